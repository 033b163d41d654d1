/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as vocab.txt and, behind the first 1E, as a text. Ids are ids of the vocabulary,
 * cutting off changes no id before the cut, and a row is a row.
 */
/* clang-format off */
/* fuzz: runtime/text/wordpiece.c runtime/text/basic.c runtime/text/trie.c runtime/text/utf8.c runtime/text/unicode.c runtime/text/unicode_tables.c runtime/base/error.c */
/* clang-format on */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/wordpiece.h"

enum { MOST = 1 << 14, ROW = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static int32_t ids[MOST];
    int32_t row[ROW];
    ingot_wordpiece wordpiece;
    ingot_basic_scratch scratch = {0};
    ingot_error error;
    if (size == 0) return 0;
    const char *vocabulary = (const char *)bytes + 1;
    const char *end = (const char *)bytes + size, *text = memchr(vocabulary, 0x1E, size - 1);
    if (text == NULL) text = end;
    const size_t length = (size_t)(text - vocabulary);
    if (text < end) text++;
    const size_t text_size = (size_t)(end - text);
    const bool cased = bytes[0] & 1;
    if (ingot_wordpiece_open(vocabulary, length, "v", cased, &wordpiece, &error) == INGOT_OK) {
        size_t count, inside;
        if (ingot_wordpiece_ids(&wordpiece, text, text_size, &scratch, ids, MOST, &count, &error) !=
            INGOT_OK) {
            abort();
        }
        for (size_t i = 0; i < count; i++) assert(ids[i] >= 0 && ids[i] < wordpiece.count);
        if (ingot_wordpiece_row(&wordpiece, text, text_size, &scratch, row, ROW, &inside, &error) !=
            INGOT_OK) {
            abort();
        }
        assert(inside == (count + 2 < ROW ? count + 2 : ROW));
        assert(row[0] == wordpiece.special[INGOT_CLS]);
        assert(row[inside - 1] == wordpiece.special[INGOT_SEP]);
        assert(memcmp(row + 1, ids, (inside - 2) * sizeof *ids) == 0);
        for (size_t i = inside; i < ROW; i++) assert(row[i] == wordpiece.special[INGOT_PAD]);
    }
    ingot_wordpiece_close(&wordpiece);
    free(scratch.text);
    return 0;
}
