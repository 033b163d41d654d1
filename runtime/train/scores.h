/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * scores.h: what a model said of every item of a split, kept in the order of the items, for what
 * cannot be counted while rows stream past: ROC and precision-recall, worst mistakes, slices.
 */
#ifndef INGOT_TRAIN_SCORES_H
#define INGOT_TRAIN_SCORES_H

#include <stdint.h>

#include "base/error.h"

typedef struct ingot_scores {
    int32_t columns;    /* classes, or outputs of a regression */
    int64_t rows, room; /* rows that are there, rows that fit */
    int64_t *items;     /* [rows] index into the data set's items */
    int64_t *samples;   /* [rows] store index of the item's sample that fits its label least */
    int32_t *labels;    /* [rows] true class */
    float *values;      /* [rows][columns] probabilities, or predicted numbers */
} ingot_scores;

/* Room for `rows`; adding more is an error of the caller's. Release with ingot_scores_free. */
ingot_status ingot_scores_new(int32_t columns, int64_t rows, ingot_scores *scores,
                              ingot_error *error);
void ingot_scores_free(ingot_scores *scores);

void ingot_scores_add(ingot_scores *scores, int64_t item, int64_t sample, int32_t label,
                      const float *values);

#endif
