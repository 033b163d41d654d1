/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * results_metrics.h: metrics as JSON: the values that metrics.json holds for a split. A number that
 * is undefined (train/metrics.h and its neighbours say which can be) is null.
 */
#ifndef INGOT_REPORT_RESULTS_METRICS_H
#define INGOT_REPORT_RESULTS_METRICS_H

#include <jansson.h>

#include "train/evaluate.h"
#include "train/metrics_ranking.h"
#include "train/metrics_regression.h"

/* Every function returns a new value, or NULL when out of memory. */

/* {"accuracy", "balanced_accuracy", "brier", "calibration": [{"accuracy", "confidence", "rows"}],
 *  "classes": [{"name", "precision", "recall", "f1", "support"}], "confusion": [[...]],
 *  "expected_calibration_error", "log_loss", "macro": {"precision", "recall", "f1"}, "micro",
 *  "weighted", "rows", "top_5_accuracy" (with more than five classes)} */
json_t *ingot_metrics_json(const ingot_metrics *metrics, const char *const *class_names);

/* The metrics per item, and per sample under "per_sample". With `ranking` (may be NULL) the classes
 * and "macro" also have "roc_auc" and "average_precision", and "curves" holds, by class, {"roc":
 * {"x", "y"}, "pr": {"x", "y"}}. */
json_t *ingot_evaluation_json(const ingot_evaluation *evaluation, const ingot_ranking *ranking,
                              const char *const *class_names);

/* Points of a curve for so many classes: a file of metrics stays small. */
int32_t ingot_curve_points(int32_t classes);

/* {"mae", "mse", "rmse", "r2", "rows", "outputs": [{"name", "mae", "mse", "rmse", "r2", "points":
 *  [[target, predicted]] (evenly chosen rows, at most 400), "residuals": {"low", "high",
 * "counts"}}]} of targets[rows][outputs], and predicted numbers of the same form. */
json_t *ingot_regression_json(const ingot_regression *metrics, const char *const *names,
                              const float *targets, const float *predicted);

/* The numbers of such a value for the last line of --json: flat, without tables. */
json_t *ingot_metrics_summary(const json_t *metrics);

#endif
