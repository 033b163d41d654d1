/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * metrics_ranking.h: how well probabilities order the rows, one class against the rest, by
 * scikit-learn's definitions (roc_curve, roc_auc_score, precision_recall_curve,
 * average_precision_score). Rows of equal probability are one threshold.
 *   ROC AUC            area under the curve of (false positive rate, true positive rate), by
 *                      trapezoids; undefined where the class has all rows or none
 *   average precision  sum over thresholds of (recall - recall before) * precision; undefined where
 *                      the class has no rows
 *   macro              mean over the classes; undefined where it is for one of them
 */
#ifndef INGOT_TRAIN_METRICS_RANKING_H
#define INGOT_TRAIN_METRICS_RANKING_H

#include "train/scores.h"

/* Points of a curve from its start to its end, thinned out; areas are those of the whole curve. */
typedef struct ingot_curve {
    int32_t count;
    float *x, *y;
} ingot_curve;

typedef struct ingot_class_ranking {
    double roc_auc, average_precision; /* NaN: undefined */
    ingot_curve roc;                   /* false positive rate, true positive rate */
    ingot_curve pr;                    /* recall, precision */
} ingot_class_ranking;

typedef struct ingot_ranking {
    int32_t classes;
    double roc_auc, average_precision; /* macro; NaN: undefined */
    ingot_class_ranking *by_class;     /* [classes] */
} ingot_ranking;

/* Curves have at most `points` + 2 points. Release with ingot_ranking_free. */
ingot_status ingot_rank(const ingot_scores *scores, int32_t points, ingot_ranking *ranking,
                        ingot_error *error);
void ingot_ranking_free(ingot_ranking *ranking);

#endif
