/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * words.h: a text as words, for vocabularies of words.
 *
 * A word is a run of letters, marks and digits (Unicode categories L, M, N); an ideograph is a word
 * of its own; everything else stands between words, an apostrophe and an underscore too. Characters
 * without a shape (joiners, soft hyphens, controls, bytes that are not UTF-8) are passed over as if
 * they were not there. Words are in lower case and in NFC, so that an e with an accent is one word
 * however it was written; with `strip_accents` marks of category Mn go instead. Runs of more than
 * INGOT_WORD_CHARACTERS characters (encoded data, not words) are no words and are left out.
 */
#ifndef INGOT_TEXT_WORDS_H
#define INGOT_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INGOT_WORD_CHARACTERS = 100,
    /* bytes of the longest word, and a NUL */
    INGOT_WORD_BYTES = 4 * INGOT_WORD_CHARACTERS + 1
};

typedef struct ingot_words {
    const char *at, *end; /* what is not read yet */
    bool strip_accents;
    int64_t replaced; /* how often bytes were not UTF-8 */
    int64_t left_out; /* runs that were too long */
    size_t length;    /* of `word`, in bytes */
    size_t characters;
    char word[INGOT_WORD_BYTES]; /* NUL behind it */
} ingot_words;

static inline void ingot_words_begin(ingot_words *words, const char *text, size_t size,
                                     bool strip_accents) {
    words->at = text;
    words->end = text + size;
    words->strip_accents = strip_accents;
    words->replaced = words->left_out = 0;
    words->length = words->characters = 0;
}

/* The next word into words->word; false at the end of the text. */
bool ingot_words_next(ingot_words *words);

/* Whether a word of this form (lower case, not stemmed) is one of the English words that say little
 * about the subject of a text: articles, pronouns, prepositions, conjunctions, auxiliaries, and
 * what is left of "don't" and its like without the apostrophe. */
bool ingot_stop_word(const char *word, size_t length);

#endif
