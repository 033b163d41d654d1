/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * wordpiece_train.h: a WordPiece vocabulary of given words and how often each occurs, where none is
 * given. Pieces are merged as in byte-pair encoding (Sennrich, Haddow and Birch, "Neural machine
 * translation of rare words with subword units", 2016), which is what the package tokenizers does
 * for BERT too:
 *
 *   tokens 0 to 4     [PAD] [UNK] [CLS] [SEP] [MASK]
 *   then              single characters, "a" and "##a" apart, the most frequent first: at most
 *                     half of what is asked for
 *   then              until there are enough, the merge of those two neighbours that are together
 *                     most often; of equals the one whose token comes first in byte order. Pairs
 *                     that are together once only are not merged.
 *
 * The same words and counts give the same vocabulary, in whatever order they were added.
 */
#ifndef INGOT_TEXT_WORDPIECE_TRAIN_H
#define INGOT_TEXT_WORDPIECE_TRAIN_H

#include <stdint.h>

#include "base/error.h"
#include "text/vocabulary.h"

/* words: `documents` of an entry is how often the word occurs, at least once. No word is longer
 * than INGOT_BASIC_BYTES. `tokens` (starts as {0}) has the vocabulary then, in order; size: of it,
 * at least 16. */
ingot_status ingot_wordpiece_train(const ingot_vocabulary *words, int32_t size,
                                   ingot_vocabulary *tokens, ingot_error *error);

#endif
