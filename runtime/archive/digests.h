/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * digests.h: the list of digests that an artifact may have (docs/proof.md,
 * generator/proof/digests.lua): comment lines, then `<sha256>  <path>` for every member but itself
 * and its signatures, in byte order of the paths.
 */
#ifndef INGOT_ARCHIVE_DIGESTS_H
#define INGOT_ARCHIVE_DIGESTS_H

#include <jansson.h>

#include "base/error.h"

/* By its path: whether a member is the list; whether it is the list or a signature of it. */
int ingot_digests_list(const char *path);
int ingot_digests_apart(const char *path);

/* The member of a record with that path, or NULL. Borrowed. */
const json_t *ingot_digests_member(const json_t *record, const char *path);

/* Whether the list `text`, which is cut into lines in place, names exactly the members of `record`
 * with their digests; `list` is its path for messages. */
ingot_status ingot_digests_compare(const char *list, char *text, const json_t *record,
                                   ingot_error *error);

#endif
