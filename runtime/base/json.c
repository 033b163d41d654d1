/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * json.c: see json.h.
 */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t STYLE = JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);

ingot_status ingot_json_parse(const char *text, size_t size, const char *what, json_t **value,
                              ingot_error *error) {
    json_error_t why;
    *value = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    if (*value != NULL) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: not JSON: line %d, column %d: %s", what, why.line,
                      why.column, why.text);
}

char *ingot_json_line(const json_t *value) {
    return json_dumps(value, STYLE | JSON_COMPACT);
}

char *ingot_json_text(const json_t *value) {
    char *text = json_dumps(value, STYLE | JSON_INDENT(2));
    if (text == NULL) return NULL;
    size_t length = strlen(text);
    char *ended = realloc(text, length + 2);
    if (ended == NULL) {
        free(text);
        return NULL;
    }
    memcpy(ended + length, "\n", 2);
    return ended;
}

json_t *ingot_json_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}
