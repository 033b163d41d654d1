/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a table: the first chooses the separator. What is accepted must be readable to its
 * last cell, and written again with every cell quoted it must be read as the same table.
 */
/* fuzz: runtime/data/csv_parse.c runtime/base/error.c ; libs: m */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "data/csv_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static size_t write_again(const ingot_csv_text *text, char separator, char *to) {
    char *at = to;
    for (int64_t i = 0; i < text->rows * text->columns; i++) {
        *at++ = '"';
        for (const char *c = text->cells[i]; *c != '\0'; c++) {
            if (*c == '"') *at++ = '"';
            *at++ = *c;
        }
        *at++ = '"';
        *at++ = (i + 1) % text->columns == 0 ? '\n' : separator;
    }
    return (size_t)(at - to);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const char *const missing[] = {"", "NA", NULL};
    static const char separators[] = ",;\t|";
    ingot_csv_text text, again;
    ingot_error error;
    if (size < 1) return 0;
    const char separator = separators[bytes[0] % 4];
    if (ingot_csv_parse((const char *)bytes + 1, size - 1, separator, &text, &error) != INGOT_OK) {
        return 0;
    }
    size_t room = 1;
    for (int64_t i = 0; i < text.rows * text.columns; i++) {
        double value;
        room += 2 * strlen(text.cells[i]) + 3;
        (void)ingot_csv_number(text.cells[i], &value);
        (void)ingot_csv_missing(text.cells[i], missing);
    }
    char *copy = malloc(room);
    const size_t length = write_again(&text, separator, copy);
    assert(ingot_csv_parse(copy, length, separator, &again, &error) == INGOT_OK);
    assert(again.rows == text.rows && again.columns == text.columns);
    for (int64_t i = 0; i < text.rows * text.columns; i++) {
        assert(strcmp(again.cells[i], text.cells[i]) == 0);
    }
    free(copy);
    ingot_csv_text_free(&again);
    ingot_csv_text_free(&text);
    return 0;
}
