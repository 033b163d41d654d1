/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * record.h: what an artifact is made of (docs/archive.md, "An artifact record"), as JSON that has
 * been checked: whoever holds one may trust its types, its sizes and its paths.
 */
#ifndef INGOT_ARCHIVE_RECORD_H
#define INGOT_ARCHIVE_RECORD_H

#include <jansson.h>

#include "archive/place.h"

enum { INGOT_RECORD_FORMAT = 1, INGOT_LARGEST_RECORD = 32 << 20 };

/* A relative path that stays below where it begins: no empty name, "." or "..", no leading '/', no
 * byte below ' ', UTF-8. NULL where it is one, else what is wrong with it. */
const char *ingot_member_path_problem(const char *path);

/* Names of tags, stages and roles: letters, digits, '.', '_', '-', 1 to 100, beginning with a
 * letter or digit. */
int ingot_is_word(const char *text);

/* Names of artifacts: those of specs, 1 to 200 bytes of UTF-8 without control characters, '/' or
 * '@'. */
int ingot_is_name(const char *text);

/* Checks a parsed record; `what` names it in messages. */
ingot_status ingot_record_check(const json_t *record, const char *what, ingot_error *error);

/* Parses and checks. The caller releases *record. */
ingot_status ingot_record_parse(const char *text, size_t size, const char *what, json_t **record,
                                ingot_error *error);

/* Reads the record whose digest is `hex`. */
ingot_status ingot_record_read(ingot_place *place, const char *hex, json_t **record,
                               ingot_error *error);

/* The member of a role (the first), or NULL. Borrowed. */
const json_t *ingot_record_member(const json_t *record, const char *role);

/* Fields of a member. */
const char *ingot_member_text(const json_t *member, const char *field);
uint64_t ingot_member_size(const json_t *member);

/* Writes a member to a file; see ingot_file_get. */
struct ingot_traffic;
ingot_status ingot_member_write(ingot_place *place, const json_t *member, const char *path,
                                struct ingot_traffic *traffic, ingot_error *error);

/* A small member into memory, from malloc. */
ingot_status ingot_member_read(ingot_place *place, const json_t *member, size_t limit, char **bytes,
                               ingot_error *error);

#endif
