/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * json.h: JSON through jansson, always in the same form: keys in ascending byte order, so that the
 * same values are the same bytes.
 */
#ifndef INGOT_BASE_JSON_H
#define INGOT_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

/* Parses text; `what` names it in messages ("%s: line 3, column 7: ..."). Duplicate keys and bytes
 * after the value are errors. The caller releases the value with json_decref. */
ingot_status ingot_json_parse(const char *text, size_t size, const char *what, json_t **value,
                              ingot_error *error);

/* One line, no spaces, no newline at the end, from malloc; NULL: out of memory or not UTF-8.
 * Numbers have up to 15 digits, all of which a double can hold: 0.1 stays 0.1. */
char *ingot_json_line(const json_t *value);

/* The same for people: indented by two, LF at the end. */
char *ingot_json_text(const json_t *value);

/* A number, or null where it is not finite, which JSON cannot say. */
json_t *ingot_json_real(double value);

#endif
