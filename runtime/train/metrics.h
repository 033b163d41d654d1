/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * metrics.h: what a classifier's probabilities are worth, by scikit-learn's definitions.
 *
 * A tally counts while probabilities stream past (nothing per sample is kept), and `finish` turns
 * the counts into metrics. Definitions, with zero where a quotient has no denominator
 * (zero_division=0) and labels=range(classes), so that an absent class counts in macro averages:
 *   accuracy           share of rows whose first largest probability is the true class
 *   balanced accuracy  mean recall over the classes that occur among the true ones
 *   precision, recall, F1, support per class; macro: their unweighted means; weighted: their means
 *                      weighted by support; micro: of the counts added up over the classes
 *   log loss           mean of -ln p(true), p clipped to [eps, 1 - eps] with eps of a float32
 *   Brier score        mean over rows of sum over classes of (p - [class is the true one])^2,
 *                      halved where there are two classes (brier_score_loss, scale_by_half="auto")
 *   expected calibration error (Guo et al. 2017)
 *                      INGOT_BINS bins of equal width over the confidence, the largest probability
 *                      of a row: bin i holds (i / n, (i + 1) / n], the first one 0 too;
 *                      sum over bins of rows in it / rows * |accuracy in it - mean confidence in
 * it| top-5 accuracy     share of rows with fewer than five classes ahead of the true one (a larger
 *                      probability, or the same with a smaller index); NaN with five classes or
 * less What needs all rows at once (ROC, precision-recall) is in train/metrics_ranking.h,
 * regression in train/metrics_regression.h.
 */
#ifndef INGOT_TRAIN_METRICS_H
#define INGOT_TRAIN_METRICS_H

#include <stdint.h>

#include "base/error.h"

typedef struct ingot_class_metrics {
    double precision, recall, f1;
    int64_t support; /* rows whose true class this is */
} ingot_class_metrics;

enum { INGOT_BINS = 15, INGOT_TOP = 5 };

/* A bin of the reliability diagram. */
typedef struct ingot_bin {
    int64_t rows;
    double confidence, accuracy; /* means over its rows; 0 without rows */
} ingot_bin;

typedef struct ingot_metrics {
    int32_t classes;
    int64_t rows; /* 0: every number below is 0 */
    double accuracy, balanced_accuracy, log_loss, brier, calibration_error, top5_accuracy;
    double macro_precision, macro_recall, macro_f1;
    double micro_precision, micro_recall, micro_f1;
    double weighted_precision, weighted_recall, weighted_f1;
    ingot_bin bins[INGOT_BINS];
    ingot_class_metrics *by_class; /* [classes] */
    int64_t *confusion;            /* [true class][predicted class] */
} ingot_metrics;

typedef struct ingot_tally {
    int32_t classes;
    int64_t rows, correct, near; /* near: the true class is among the first INGOT_TOP */
    double loss_sum;             /* summed in the order of the rows: the same bits on every run */
    double squared_sum;          /* of the Brier score */
    int64_t bin_rows[INGOT_BINS], bin_correct[INGOT_BINS];
    double bin_confidence[INGOT_BINS];
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
