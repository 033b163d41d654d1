/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * count_pieces.h: the WordPiece vocabulary of a data set, for its lock: one made of the words of
 * the training split (text/wordpiece_train.h), or a given one, and how many ids texts have with it.
 * For the scanner, as count_terms.h.
 */
#ifndef INGOT_DATA_COUNT_PIECES_H
#define INGOT_DATA_COUNT_PIECES_H

#include "data/count_terms.h"

/* request: {"pieces": {"cased": 0 or 1, "size": tokens to make}, "terms": a given vocabulary in
 * place of one that is made, or none, "files": as ingot_count_terms takes them}. Calls sink for
 * each token in the order of ids, `documents` being the training texts that have it. counts:
 * `found` is how many different words the training texts have (0 where none were counted), `most`
 * and `entries` count ids, [CLS] and [SEP] among them. */
ingot_status ingot_count_pieces(const ingot_reader *reader, const void *config, const char *root,
                                const struct json_t *request, ingot_term_sink sink, void *user,
                                ingot_term_counts *counts, ingot_error *error);

#endif
