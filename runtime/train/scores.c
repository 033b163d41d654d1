/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * scores.c: see scores.h.
 */
#include "train/scores.h"

#include <stdlib.h>
#include <string.h>

ingot_status ingot_scores_new(int32_t columns, int64_t rows, ingot_scores *scores,
                              ingot_error *error) {
    const size_t room = (size_t)rows + 1; /* malloc(0) may be NULL */
    memset(scores, 0, sizeof *scores);
    scores->columns = columns;
    scores->room = rows;
    scores->items = malloc(room * sizeof *scores->items);
    scores->samples = malloc(room * sizeof *scores->samples);
    scores->labels = malloc(room * sizeof *scores->labels);
    scores->values = malloc(room * (size_t)columns * sizeof *scores->values);
    if (scores->items && scores->samples && scores->labels && scores->values) return INGOT_OK;
    ingot_scores_free(scores);
    return ingot_fail(error, INGOT_FAILED, "out of memory for the scores of %lld items",
                      (long long)rows);
}

void ingot_scores_free(ingot_scores *scores) {
    free(scores->items);
    free(scores->samples);
    free(scores->labels);
    free(scores->values);
    memset(scores, 0, sizeof *scores);
}

void ingot_scores_add(ingot_scores *scores, int64_t item, int64_t sample, int32_t label,
                      const float *values) {
    if (scores->rows == scores->room) return;
    const int64_t r = scores->rows++;
    scores->items[r] = item;
    scores->samples[r] = sample;
    scores->labels[r] = label;
    memcpy(scores->values + r * scores->columns, values,
           (size_t)scores->columns * sizeof *scores->values);
}
