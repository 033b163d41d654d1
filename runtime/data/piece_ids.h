/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * piece_ids.h: features of a text: the ids of its WordPiece tokens (text/wordpiece.h) as BERT reads
 * them. A sample is a row of integers (program.h, ingot_data.row_cells = 1): how many ids there
 * are, [CLS] and [SEP] among them, the ids, and [PAD]. What of a text is too long is cut off at its
 * end.
 */
#ifndef INGOT_DATA_PIECE_IDS_H
#define INGOT_DATA_PIECE_IDS_H

#include "data/features.h"

typedef struct ingot_piece_ids_config {
    int32_t cased;
    int32_t count;             /* of tokens */
    const char *const *tokens; /* in the order of their ids */
    int32_t length;            /* ids of a row, at least 2 */
} ingot_piece_ids_config;

#endif
