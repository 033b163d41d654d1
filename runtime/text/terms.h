/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * terms.h: a text as terms, the things that a vocabulary has: its words (text/words.h), of which
 * some are passed over and the others may be stemmed, and runs of neighbouring ones.
 *
 * In this order: words in lower case and NFC; those that are too short go; stop words go (compared
 * as they stand in the text, before stemming); what is left is stemmed; n-grams are made of what
 * came out, words joined by a space, as in scikit-learn's CountVectorizer with a stemming
 * tokenizer.
 */
#ifndef INGOT_TEXT_TERMS_H
#define INGOT_TEXT_TERMS_H

#include "text/words.h"

enum { INGOT_NGRAM = 5 }; /* words of the longest */

typedef struct ingot_term_rules {
    int32_t strip_accents;
    int32_t min_characters;    /* of a word */
    int32_t stop_words;        /* 1: English ones go */
    int32_t stem;              /* 1: Porter's stemmer */
    int32_t shortest, longest; /* words of an n-gram, from 1 to INGOT_NGRAM */
} ingot_term_rules;

/* Room for the terms of one text at a time; large, so not for the stack of a thread. */
typedef struct ingot_terms {
    const ingot_term_rules *rules;
    ingot_words words;
    int32_t have; /* words in `last`, up to rules->longest */
    int32_t next; /* words of the n-gram to be given next; 0: a word is to be read */
    size_t lengths[INGOT_NGRAM];
    char last[INGOT_NGRAM][INGOT_WORD_BYTES]; /* the latest last */
    const char *term;                         /* [length]; valid until the next call */
    size_t length;
    char joined[INGOT_NGRAM * INGOT_WORD_BYTES];
} ingot_terms;

void ingot_terms_begin(ingot_terms *terms, const ingot_term_rules *rules, const char *text,
                       size_t size);

/* The next term; false at the end. Terms come in the order of their last words, shorter n-grams
 * first. */
bool ingot_terms_next(ingot_terms *terms);

#endif
