/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * metrics_regression.h: what predicted numbers are worth, by scikit-learn's definitions. Per output
 * and, over outputs, their unweighted mean (multioutput="uniform_average"):
 *   MAE, MSE  mean of |predicted - target|, of its square;  RMSE  the root of an output's MSE
 *   R2        1 - sum of squared errors / sum of squares of target - mean target; where all targets
 *             are the same, 1 if they are met exactly, else 0; undefined (NaN) for a single row
 */
#ifndef INGOT_TRAIN_METRICS_REGRESSION_H
#define INGOT_TRAIN_METRICS_REGRESSION_H

#include <stdint.h>

#include "base/error.h"

typedef struct ingot_output_metrics {
    double mae, mse, rmse, r2;
} ingot_output_metrics;

typedef struct ingot_regression {
    int32_t outputs;
    int64_t rows; /* 0: every number is 0 */
    ingot_output_metrics all;
    ingot_output_metrics *by_output; /* [outputs] */
} ingot_regression;

/* Sums of one output; targets by Welford's recurrence, so that a large mean costs no digits. */
typedef struct ingot_error_sums {
    double absolute, squared, mean, spread;
} ingot_error_sums;

typedef struct ingot_regression_tally {
    int32_t outputs;
    int64_t rows;
    ingot_error_sums *sums; /* [outputs] */
} ingot_regression_tally;

ingot_status ingot_regression_tally_new(int32_t outputs, ingot_regression_tally *tally,
                                        ingot_error *error);
void ingot_regression_tally_free(ingot_regression_tally *tally);

/* One row: targets[outputs], predicted[outputs]. */
void ingot_regression_tally_add(ingot_regression_tally *tally, const float *targets,
                                const float *predicted);

/* Fills `metrics`, whose array the caller releases with ingot_regression_free. */
ingot_status ingot_regression_tally_finish(const ingot_regression_tally *tally,
                                           ingot_regression *metrics, ingot_error *error);
void ingot_regression_free(ingot_regression *metrics);

#endif
