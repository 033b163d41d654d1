/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * fit.h: what is fitted on the training split, and on nothing else, before training begins: what
 * fills a missing value of each column, what is subtracted from it and what it is divided by. The
 * numbers are buffers of the state (features.fill, features.mean, features.std, a float for each
 * float of a sample), so that they are saved, loaded and checkpointed with the weights; the op
 * `standardise` uses them.
 *
 * Definitions are scikit-learn's, taken in double over the cached floats: SimpleImputer (mean;
 * median, of two in the middle their mean; most frequent, of several the smallest; constant), then
 * StandardScaler (mean and standard deviation with the divisor n of the filled column) or
 * MinMaxScaler (the smallest is subtracted, the range divides). A column that does not vary is
 * divided by 1.
 */
#ifndef INGOT_DATA_FIT_H
#define INGOT_DATA_FIT_H

#include "data/dataset.h"

typedef enum ingot_fill {
    INGOT_FILL_CONSTANT,
    INGOT_FILL_MEAN,
    INGOT_FILL_MEDIAN,
    INGOT_FILL_MOST_FREQUENT
} ingot_fill;

typedef enum ingot_scaling {
    INGOT_SCALE_NONE,
    INGOT_SCALE_STANDARD,
    INGOT_SCALE_MIN_MAX
} ingot_scaling;

typedef struct ingot_fit_column {
    int32_t width;      /* floats of a sample that are this column's */
    int32_t categories; /* 1: they are a one-hot vector, filled whole and not scaled */
    ingot_fill fill;
    double constant;
    ingot_scaling scaling;
} ingot_fit_column;

typedef struct ingot_fit {
    int32_t count;
    const ingot_fit_column *columns;
} ingot_fit;

/* Fits program->data.fit, which is not NULL, on the training split of the store. */
ingot_status ingot_fit_train(const ingot_program *program, const ingot_store *store, float *state,
                             ingot_error *error);

#endif
