/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the list of digests of an artifact with three members: taken only where every line
 * of a member is there with its digest, refused with a message otherwise.
 */
/* fuzz: runtime/archive/digests.c runtime/base/error.c ; libs: jansson */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/digests.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char MEMBERS[] =
    "{\"members\":["
    "{\"path\":\"a\",\"sha256\":\"00000000000000000000000000000000"
    "00000000000000000000000000000000\"},"
    "{\"path\":\"b c\",\"sha256\":\"11111111111111111111111111111111"
    "11111111111111111111111111111111\"},"
    "{\"path\":\"x.digests\",\"sha256\":\"22222222222222222222222222222222"
    "22222222222222222222222222222222\"}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static json_t *record;
    if (!record) record = json_loads(MEMBERS, 0, NULL);
    ingot_error error = {""};
    char *text = malloc(size + 1), *copy = malloc(size + 1);
    if (!record || !text || !copy) abort();
    memcpy(text, data, size);
    memcpy(copy, data, size);
    text[size] = copy[size] = 0;
    const ingot_status status = ingot_digests_compare("x.digests", text, record, &error);
    if (status == INGOT_OK) {
        char line[80];
        snprintf(line, sizeof line, "\n%064d  a\n", 0);
        if (!strstr(copy, line) || !strstr(copy, "1  b c")) abort();
    } else if (!error.text[0]) {
        abort();
    }
    free(copy);
    free(text);
    return 0;
}
