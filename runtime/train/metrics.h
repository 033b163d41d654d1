/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * metrics.h: what a classifier's probabilities are worth, by scikit-learn's definitions.
 *
 * A tally counts while probabilities stream past (nothing per sample is kept), and `finish` turns
 * the counts into metrics. Definitions, with zero where a quotient has no denominator
 * (zero_division=0) and labels=range(classes), so that an absent class counts in macro averages:
 *   accuracy           share of rows whose first largest probability is the true class
 *   balanced accuracy  mean recall over the classes that occur among the true ones
 *   precision, recall, F1, support per class; macro: their unweighted means
 *   log loss           mean of -ln p(true), p clipped to [eps, 1 - eps] with eps of a float32
 */
#ifndef INGOT_TRAIN_METRICS_H
#define INGOT_TRAIN_METRICS_H

#include <stdint.h>

#include "base/error.h"

typedef struct ingot_class_metrics {
    double precision, recall, f1;
    int64_t support; /* rows whose true class this is */
} ingot_class_metrics;

typedef struct ingot_metrics {
    int32_t classes;
    int64_t rows; /* 0: every number below is 0 */
    double accuracy, balanced_accuracy, log_loss;
    double macro_precision, macro_recall, macro_f1;
    ingot_class_metrics *by_class; /* [classes] */
    int64_t *confusion;            /* [true class][predicted class] */
} ingot_metrics;

typedef struct ingot_tally {
    int32_t classes;
    int64_t rows, correct;
    double loss_sum;    /* summed in the order of the rows: the same bits on every run */
    int64_t *confusion; /* [true class][predicted class] */
} ingot_tally;

ingot_status ingot_tally_new(int32_t classes, ingot_tally *tally, ingot_error *error);
void ingot_tally_free(ingot_tally *tally);

/* Index of the first largest of `values[count]`; a NaN never wins. */
int32_t ingot_argmax(const float *values, int32_t count);

/* -ln of a probability clipped as above. */
double ingot_clipped_log_loss(float probability);

/* One row: its true class (0 <= label < classes) and float probabilities[classes]. */
void ingot_tally_add(ingot_tally *tally, int32_t label, const float *probabilities);

/* Fills `metrics`, whose arrays the caller releases with ingot_metrics_free. */
ingot_status ingot_tally_finish(const ingot_tally *tally, ingot_metrics *metrics,
                                ingot_error *error);
void ingot_metrics_free(ingot_metrics *metrics);

#endif
