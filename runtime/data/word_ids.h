/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * word_ids.h: features of a text: the numbers of its words, in their order. A sample is a row of
 * integers (program.h, ingot_data.row_cells = 1): how many there are, at most `length`, the ids,
 * and padding. Id 0 is padding, 1 a word that the vocabulary lacks, 2 the vocabulary's first.
 */
#ifndef INGOT_DATA_WORD_IDS_H
#define INGOT_DATA_WORD_IDS_H

#include "data/features.h"
#include "text/terms.h"

enum { INGOT_WORD_PAD, INGOT_WORD_UNKNOWN, INGOT_WORD_FIRST };

typedef struct ingot_word_ids_config {
    ingot_term_rules rules;   /* of single words */
    int32_t count;            /* of terms */
    const char *const *terms; /* in the order of their numbers */
    int32_t length;           /* ids of a row; the rest of a longer text is passed over */
    int32_t skip_unknown;     /* 1: words that the vocabulary lacks are passed over as well */
} ingot_word_ids_config;

#endif
