/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 */
#include "text/words.h"

#include "text/unicode.h"
#include "text/utf8.h"

/* The characters of the word that is being read: decomposed, marks in canonical order. */
typedef struct run {
    uint32_t text[INGOT_WORD_CHARACTERS + 8];
    size_t length;
    size_t settled; /* no mark that comes moves in front of this */
    bool too_long;
    bool unstable;
} run;

static void append(run *word, uint32_t cp, uint8_t combining) {
    if (word->length == sizeof word->text / sizeof *word->text) {
        word->too_long = true;
        return;
    }
    ingot_unicode_insert(word->text, word->length, word->settled, cp, combining);
    word->length++;
    if (combining == 0) word->settled = word->length;
}

static void take(run *word, uint32_t cp, bool strip_accents) {
    uint32_t parts[4];
    const uint32_t lower = ingot_unicode_lower(cp);
    if (lower < 0x80) {
        append(word, lower, 0);
        return;
    }
    const size_t count = ingot_unicode_decompose(lower, parts);
    word->unstable = true;
    for (size_t i = 0; i < count; i++) {
        const ingot_unicode_property property = ingot_unicode_property_of(parts[i]);
        if (strip_accents && (property.flags & INGOT_UNICODE_MARK)) {
            if (property.combining == 0) word->settled = word->length;
            continue;
        }
        append(word, parts[i], property.combining);
    }
}

/* Writes the word out. False where there is none. */
static bool finish(ingot_words *words, run *word) {
    if (word->unstable) word->length = ingot_unicode_compose_all(word->text, word->length);
    if (word->length > INGOT_WORD_CHARACTERS) word->too_long = true;
    if (word->too_long) {
        words->left_out++;
        return false;
    }
    words->length = 0;
    words->characters = word->length;
    for (size_t i = 0; i < word->length; i++) {
        words->length += ingot_utf8_put(word->text[i], words->word + words->length);
    }
    words->word[words->length] = '\0';
    return words->length > 0;
}

bool ingot_words_next(ingot_words *words) {
    run word;
    word.length = word.settled = 0;
    word.too_long = word.unstable = false;
    bool started = false;
    while (words->at < words->end) {
        const char *begin = words->at;
        const uint32_t cp = ingot_utf8_next(&words->at, words->end, &words->replaced);
        const uint8_t flags = ingot_unicode_property_of(cp).flags;
        if (flags & INGOT_UNICODE_DROP) continue;
        const bool ideograph = (flags & INGOT_UNICODE_CJK) != 0;
        const bool joins = started && (flags & INGOT_UNICODE_JOINS);
        if ((flags & INGOT_UNICODE_WORD || joins) && !ideograph) {
            take(&word, cp, words->strip_accents);
            started = true;
            continue;
        }
        if (started) {
            if (ideograph) words->at = begin; /* it is the next word */
            if (finish(words, &word)) return true;
            word.length = word.settled = 0;
            word.too_long = word.unstable = started = false;
            if (ideograph) continue;
        } else if (ideograph) {
            take(&word, cp, words->strip_accents);
            if (finish(words, &word)) return true;
            word.length = word.settled = 0;
            word.unstable = false;
        }
    }
    return started && finish(words, &word);
}
