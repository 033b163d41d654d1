/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * terms.c: see terms.h.
 */
#include "text/terms.h"

#include <string.h>

#include "text/porter.h"

void ingot_terms_begin(ingot_terms *terms, const ingot_term_rules *rules, const char *text,
                       size_t size) {
    terms->rules = rules;
    terms->have = terms->next = 0;
    ingot_words_begin(&terms->words, text, size, rules->strip_accents != 0);
}

/* The next word that is kept, behind those in `last`. */
static bool read_word(ingot_terms *t) {
    const ingot_term_rules *rules = t->rules;
    ingot_words *words = &t->words;
    do {
        if (!ingot_words_next(words)) return false;
    } while (words->characters < (size_t)rules->min_characters ||
             (rules->stop_words && ingot_stop_word(words->word, words->length)));
    size_t length = words->length;
    if (rules->stem) length = ingot_porter_stem(words->word, length);
    if (t->have == rules->longest) {
        memmove(t->last[0], t->last[1], (size_t)(t->have - 1) * sizeof t->last[0]);
        memmove(t->lengths, t->lengths + 1, (size_t)(t->have - 1) * sizeof t->lengths[0]);
        t->have--;
    }
    memcpy(t->last[t->have], words->word, length);
    t->lengths[t->have++] = length;
    t->next = rules->shortest;
    return true;
}

bool ingot_terms_next(ingot_terms *t) {
    while (t->next == 0 || t->next > t->have) {
        if (!read_word(t)) return false;
    }
    const int32_t first = t->have - t->next;
    if (t->next == 1) {
        t->term = t->last[first];
        t->length = t->lengths[first];
    } else {
        t->length = 0;
        for (int32_t i = first; i < t->have; i++) {
            if (i > first) t->joined[t->length++] = ' ';
            memcpy(t->joined + t->length, t->last[i], t->lengths[i]);
            t->length += t->lengths[i];
        }
        t->term = t->joined;
    }
    t->next = t->next == t->rules->longest ? 0 : t->next + 1;
    return true;
}
