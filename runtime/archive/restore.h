/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * restore.h: what an artifact must pass before anything of it may be run, beyond the digests that
 * are always checked: a row in `checks` of word_restore.c.
 */
#ifndef INGOT_ARCHIVE_RESTORE_H
#define INGOT_ARCHIVE_RESTORE_H

#include <jansson.h>

#include "archive/words.h"
#include "base/error.h"

/* `record` has been checked, the files of its members lie in `folder` under their paths, none of
 * them runnable; with r->only_count only the members of some roles do. */
typedef ingot_status (*ingot_restore_check)(const ingot_archive_request *r, const json_t *record,
                                            const char *folder, ingot_error *error);

#endif
