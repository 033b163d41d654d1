/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as YAML. What is accepted must be writable as JSON, and that, being YAML as well, must
 * be read as the same value wherever its keys are what a simple key may be.
 */
/* fuzz: runtime/base/yaml.c runtime/base/json.c runtime/base/error.c ; libs: yaml jansson */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    json_t *value, *again;
    ingot_error error;
    if (ingot_yaml_parse((const char *)bytes, size, "input", &value, &error) != INGOT_OK) return 0;
    char *text =
        json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_SORT_KEYS | JSON_INDENT(1));
    assert(text != NULL);
    if (ingot_yaml_parse(text, strlen(text), "output", &again, &error) == INGOT_OK) {
        assert(json_equal(value, again));
        json_decref(again);
    }
    free(text);
    json_decref(value);
    return 0;
}
