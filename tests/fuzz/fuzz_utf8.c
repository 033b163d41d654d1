/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as text: cleaning makes valid UTF-8 and is done once; words are valid, short and the
 * same before and after; a stem is no longer than its word.
 */
/* clang-format off */
/* fuzz: runtime/text/utf8.c runtime/text/unicode.c runtime/text/unicode_tables.c runtime/text/clean.c runtime/text/words.c runtime/text/stop_words.c runtime/text/porter.c runtime/base/error.c */
/* clang-format on */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/clean.h"
#include "text/porter.h"
#include "text/utf8.h"
#include "text/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    ingot_text_buffer once = {0}, twice = {0};
    ingot_error error;
    int64_t replaced;
    if (size == 0) return 0;
    const bool strip = bytes[0] & 1;
    const char *text = (const char *)bytes + 1;
    size--;
    if (ingot_text_clean(text, size, &once, &replaced, &error) != INGOT_OK) abort();
    assert(ingot_utf8_valid(once.bytes, once.size));
    assert(ingot_utf8_valid(text, size) == (replaced == 0));
    if (ingot_text_clean(once.bytes, once.size, &twice, &replaced, &error) != INGOT_OK) abort();
    assert(replaced == 0 && twice.size == once.size);
    assert(memcmp(once.bytes, twice.bytes, once.size) == 0);
    ingot_words raw, clean;
    ingot_words_begin(&raw, text, size, strip);
    ingot_words_begin(&clean, once.bytes, once.size, strip);
    while (ingot_words_next(&raw)) {
        assert(ingot_words_next(&clean));
        assert(raw.length == clean.length && memcmp(raw.word, clean.word, raw.length + 1) == 0);
        assert(raw.length > 0 && raw.length < INGOT_WORD_BYTES);
        assert(ingot_utf8_valid(raw.word, raw.length));
        ingot_stop_word(raw.word, raw.length);
        assert(ingot_porter_stem(raw.word, raw.length) <= raw.length);
    }
    assert(!ingot_words_next(&clean));
    free(once.bytes);
    free(twice.bytes);
    return 0;
}
