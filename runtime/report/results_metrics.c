/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * results_metrics.c: see results_metrics.h. json_pack steals what "o" is given and returns NULL
 * when any part of it is NULL, so that one test at the end sees every failed allocation.
 */
#include "report/results_metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* ------------------------------------------------------------------ classification */

static json_t *averages(double precision, double recall, double f1) {
    return json_pack("{s:o, s:o, s:o}", "precision", ingot_json_real(precision), "recall",
                     ingot_json_real(recall), "f1", ingot_json_real(f1));
}

static json_t *bins_json(const ingot_metrics *m) {
    json_t *bins = json_array();
    for (int i = 0; i < INGOT_BINS; i++) {
        const ingot_bin *bin = &m->bins[i];
        json_array_append_new(bins, json_pack("{s:o, s:o, s:I}", "accuracy",
                                              ingot_json_real(bin->accuracy), "confidence",
                                              ingot_json_real(bin->confidence), "rows",
                                              (json_int_t)bin->rows));
    }
    return bins;
}

json_t *ingot_metrics_json(const ingot_metrics *m, const char *const *class_names) {
    json_t *classes = json_array(), *confusion = json_array();
    for (int32_t c = 0; c < m->classes; c++) {
        const ingot_class_metrics *k = &m->by_class[c];
        json_array_append_new(
            classes, json_pack("{s:s, s:o, s:o, s:o, s:I}", "name", class_names[c], "precision",
                               ingot_json_real(k->precision), "recall", ingot_json_real(k->recall),
                               "f1", ingot_json_real(k->f1), "support", (json_int_t)k->support));
        json_t *row = json_array();
        for (int32_t p = 0; p < m->classes; p++) {
            json_array_append_new(row, json_integer(m->confusion[(int64_t)c * m->classes + p]));
        }
        json_array_append_new(confusion, row);
    }
    json_t *all = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "accuracy",
        ingot_json_real(m->accuracy), "balanced_accuracy", ingot_json_real(m->balanced_accuracy),
        "brier", ingot_json_real(m->brier), "calibration", bins_json(m), "classes", classes,
        "confusion", confusion, "expected_calibration_error", ingot_json_real(m->calibration_error),
        "log_loss", ingot_json_real(m->log_loss), "macro",
        averages(m->macro_precision, m->macro_recall, m->macro_f1), "micro",
        averages(m->micro_precision, m->micro_recall, m->micro_f1), "weighted",
        averages(m->weighted_precision, m->weighted_recall, m->weighted_f1), "rows",
        (json_int_t)m->rows);
    if (all && m->classes > INGOT_TOP) {
        json_object_set_new(all, "top_5_accuracy", ingot_json_real(m->top5_accuracy));
    }
    return all;
}

/* Four decimals are a tenth of a pixel in the report's charts. */
static json_t *coordinates(const float *values, int32_t count) {
    json_t *list = json_array();
    for (int32_t i = 0; i < count; i++) {
        json_array_append_new(list, json_real(round((double)values[i] * 1e4) / 1e4));
    }
    return list;
}

static json_t *curve_json(const ingot_curve *curve) {
    return json_pack("{s:o, s:o}", "x", coordinates(curve->x, curve->count), "y",
                     coordinates(curve->y, curve->count));
}

static void add_ranking(json_t *items, const ingot_ranking *ranking) {
    json_t *curves = json_array(), *macro = json_object_get(items, "macro");
    const json_t *classes = json_object_get(items, "classes");
    for (int32_t c = 0; c < ranking->classes; c++) {
        const ingot_class_ranking *one = &ranking->by_class[c];
        json_t *named = json_array_get(classes, (size_t)c);
        json_object_set_new(named, "roc_auc", ingot_json_real(one->roc_auc));
        json_object_set_new(named, "average_precision", ingot_json_real(one->average_precision));
        json_array_append_new(curves, json_pack("{s:o, s:o}", "roc", curve_json(&one->roc), "pr",
                                                curve_json(&one->pr)));
    }
    json_object_set_new(macro, "roc_auc", ingot_json_real(ranking->roc_auc));
    json_object_set_new(macro, "average_precision", ingot_json_real(ranking->average_precision));
    json_object_set_new(items, "curves", curves);
}

json_t *ingot_evaluation_json(const ingot_evaluation *evaluation, const ingot_ranking *ranking,
                              const char *const *class_names) {
    json_t *items = ingot_metrics_json(&evaluation->items, class_names);
    json_t *samples = ingot_metrics_json(&evaluation->samples, class_names);
    if (!items || json_object_set_new(items, "per_sample", samples) != 0) {
        json_decref(items);
        return NULL;
    }
    if (ranking) add_ranking(items, ranking);
    return items;
}

int32_t ingot_curve_points(int32_t classes) {
    const int32_t points = 6000 / classes;
    return points > 60 ? 60 : points < 10 ? 10 : points;
}

/* ------------------------------------------------------------------ regression */

enum { POINTS = 400, RESIDUAL_BINS = 31 };

static json_t *points_json(const float *targets, const float *predicted, int64_t rows,
                           int32_t outputs, int32_t o) {
    json_t *points = json_array();
    const int64_t shown = rows < POINTS ? rows : POINTS;
    for (int64_t i = 0; i < shown; i++) {
        const int64_t at = i * rows / shown * outputs + o;
        json_array_append_new(points, json_pack("[o, o]", ingot_json_real((double)targets[at]),
                                                ingot_json_real((double)predicted[at])));
    }
    return points;
}

/* How many rows miss by how much: bins of equal width around zero. */
static json_t *residuals_json(const float *targets, const float *predicted, int64_t rows,
                              int32_t outputs, int32_t o) {
    double most = 0;
    int64_t counts[RESIDUAL_BINS] = {0};
    for (int64_t i = 0; i < rows; i++) {
        const double miss = (double)predicted[i * outputs + o] - (double)targets[i * outputs + o];
        most = fmax(most, fabs(miss));
    }
    for (int64_t i = 0; i < rows; i++) {
        const double miss = (double)predicted[i * outputs + o] - (double)targets[i * outputs + o];
        const double place = most > 0 ? (miss / most + 1) / 2 * RESIDUAL_BINS : RESIDUAL_BINS / 2.0;
        const int bin = (int)place;
        counts[bin < 0 ? 0 : bin >= RESIDUAL_BINS ? RESIDUAL_BINS - 1 : bin]++;
    }
    json_t *list = json_array();
    for (int i = 0; i < RESIDUAL_BINS; i++) json_array_append_new(list, json_integer(counts[i]));
    return json_pack("{s:o, s:o, s:o}", "low", ingot_json_real(-most), "high",
                     ingot_json_real(most), "counts", list);
}

static json_t *output_json(const ingot_output_metrics *m) {
    return json_pack("{s:o, s:o, s:o, s:o}", "mae", ingot_json_real(m->mae), "mse",
                     ingot_json_real(m->mse), "rmse", ingot_json_real(m->rmse), "r2",
                     ingot_json_real(m->r2));
}

json_t *ingot_regression_json(const ingot_regression *metrics, const char *const *names,
                              const float *targets, const float *predicted) {
    json_t *all = output_json(&metrics->all), *outputs = json_array();
    for (int32_t o = 0; o < metrics->outputs; o++) {
        json_t *one = output_json(&metrics->by_output[o]);
        json_object_set_new(one, "name", json_string(names[o]));
        json_object_set_new(one, "points",
                            points_json(targets, predicted, metrics->rows, metrics->outputs, o));
        json_object_set_new(one, "residuals",
                            residuals_json(targets, predicted, metrics->rows, metrics->outputs, o));
        json_array_append_new(outputs, one);
    }
    json_object_set_new(all, "outputs", outputs);
    json_object_set_new(all, "rows", json_integer(metrics->rows));
    return all;
}

/* ------------------------------------------------------------------ both */

json_t *ingot_metrics_summary(const json_t *metrics) {
    json_t *flat = json_object();
    static const char *const names[] = {"accuracy", "balanced_accuracy",
                                        "brier",    "expected_calibration_error",
                                        "log_loss", "mae",
                                        "mse",      "r2",
                                        "rmse",     "top_5_accuracy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = json_object_get(metrics, names[i]);
        if (value) json_object_set(flat, names[i], value);
    }
    static const char *const averages[] = {"average_precision", "f1", "precision", "recall",
                                           "roc_auc"};
    const json_t *macro = json_object_get(metrics, "macro");
    for (size_t i = 0; i < sizeof averages / sizeof *averages; i++) {
        char name[64];
        json_t *value = json_object_get(macro, averages[i]);
        snprintf(name, sizeof name, "macro_%s", averages[i]);
        if (value) json_object_set(flat, name, value);
    }
    const json_t *samples = json_object_get(metrics, "per_sample");
    if (samples) json_object_set_new(flat, "per_sample", ingot_metrics_summary(samples));
    return flat;
}
