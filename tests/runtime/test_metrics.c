/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Metrics against scikit-learn's, on tests/vectors/metrics.json and metrics_regression.json
 * (make_metrics.py).
 */
/* clang-format off */
/* link: runtime/train/metrics.c runtime/train/metrics_ranking.c runtime/train/metrics_regression.c runtime/train/scores.c runtime/base/error.c ; libs: jansson m cmocka */
/* clang-format on */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "train/metrics.h"
#include "train/metrics_ranking.h"
#include "train/metrics_regression.h"

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static void near(double found, double expected) {
    if (!(fabs(found - expected) <= 1e-12 * fmax(1, fabs(expected)))) {
        fail_msg("found %.17g, expected %.17g", found, expected);
    }
}

/* A number, or NaN where null is expected. */
static void defined(double found, const json_t *expected) {
    if (json_is_null(expected)) {
        assert_true(isnan(found));
    } else {
        near(found, json_number_value(expected));
    }
}

/* Each point of a thinned curve is one of the whole curve; ends and areas are those of the whole.
 */
static void compare_curve(const ingot_curve *curve, const json_t *whole, int32_t most) {
    const json_t *x = json_array_get(whole, 0), *y = json_array_get(whole, 1);
    const size_t count = json_array_size(x);
    assert_true(curve->count >= 2 && curve->count <= most);
    size_t at = 0;
    for (int32_t i = 0; i < curve->count; i++) {
        while (at < count &&
               !(fabs(json_number_value(json_array_get(x, at)) - (double)curve->x[i]) < 1e-6 &&
                 fabs(json_number_value(json_array_get(y, at)) - (double)curve->y[i]) < 1e-6)) {
            at++;
        }
        if (at == count) fail_msg("point %d is not on the curve", i);
    }
    near((double)curve->x[curve->count - 1], json_number_value(json_array_get(x, count - 1)));
}

static void compare_ranking(const ingot_scores *scores, const json_t *expected) {
    for (int32_t points = 4; points <= 400; points *= 10) {
        ingot_ranking ranking;
        ingot_error error;
        assert_int_equal(ingot_rank(scores, points, &ranking, &error), INGOT_OK);
        defined(ranking.roc_auc, json_object_get(expected, "macro_roc_auc"));
        defined(ranking.average_precision, json_object_get(expected, "macro_average_precision"));
        for (int32_t c = 0; c < ranking.classes; c++) {
            const ingot_class_ranking *one = &ranking.by_class[c];
            const size_t at = (size_t)c;
            const json_t *curves = json_array_get(json_object_get(expected, "curves"), at);
            defined(one->roc_auc, json_array_get(json_object_get(expected, "roc_auc"), at));
            defined(one->average_precision,
                    json_array_get(json_object_get(expected, "average_precision"), at));
            if (json_is_null(curves)) {
                assert_int_equal(one->roc.count, 0);
            } else {
                compare_curve(&one->roc, json_object_get(curves, "roc"), points + 2);
                compare_curve(&one->pr, json_object_get(curves, "pr"), points + 2);
            }
        }
        ingot_ranking_free(&ranking);
    }
}

static void compare(const ingot_metrics *m, const json_t *expected) {
    near(m->accuracy, number(expected, "accuracy"));
    near(m->balanced_accuracy, number(expected, "balanced_accuracy"));
    near(m->log_loss, number(expected, "log_loss"));
    near(m->macro_precision, number(expected, "macro_precision"));
    near(m->macro_recall, number(expected, "macro_recall"));
    near(m->macro_f1, number(expected, "macro_f1"));
    near(m->micro_precision, number(expected, "micro_precision"));
    near(m->micro_recall, number(expected, "micro_recall"));
    near(m->micro_f1, number(expected, "micro_f1"));
    near(m->weighted_precision, number(expected, "weighted_precision"));
    near(m->weighted_recall, number(expected, "weighted_recall"));
    near(m->weighted_f1, number(expected, "weighted_f1"));
    near(m->brier, number(expected, "brier"));
    near(m->calibration_error, number(expected, "calibration_error"));
    defined(m->top5_accuracy, json_object_get(expected, "top5"));
    for (int i = 0; i < INGOT_BINS; i++) {
        const json_t *bins = json_object_get(expected, "bins");
        assert_int_equal(m->bins[i].rows, json_integer_value(json_array_get(bins, (size_t)i)));
    }
    for (int32_t c = 0; c < m->classes; c++) {
        const size_t at = (size_t)c;
        near(m->by_class[c].precision,
             json_number_value(json_array_get(json_object_get(expected, "precision"), at)));
        near(m->by_class[c].recall,
             json_number_value(json_array_get(json_object_get(expected, "recall"), at)));
        near(m->by_class[c].f1,
             json_number_value(json_array_get(json_object_get(expected, "f1"), at)));
        assert_int_equal(m->by_class[c].support, json_integer_value(json_array_get(
                                                     json_object_get(expected, "support"), at)));
        const json_t *row = json_array_get(json_object_get(expected, "confusion"), at);
        for (int32_t p = 0; p < m->classes; p++) {
            assert_int_equal(m->confusion[c * m->classes + p],
                             json_integer_value(json_array_get(row, (size_t)p)));
        }
    }
}

static void agrees_with_scikit_learn(void **state) {
    (void)state;
    json_error_t problem;
    json_t *cases = json_load_file("tests/vectors/metrics.json", 0, &problem);
    assert_non_null(cases);
    assert_true(json_array_size(cases) >= 4);
    size_t i;
    json_t *one;
    json_array_foreach(cases, i, one) {
        const int32_t classes = (int32_t)json_integer_value(json_object_get(one, "classes"));
        const json_t *labels = json_object_get(one, "labels");
        const json_t *segments = json_object_get(one, "segments");
        const json_t *values = json_object_get(one, "probabilities");
        ingot_error error;
        ingot_tally samples, items;
        assert_int_equal(ingot_tally_new(classes, &samples, &error), INGOT_OK);
        assert_int_equal(ingot_tally_new(classes, &items, &error), INGOT_OK);
        ingot_scores scores;
        assert_int_equal(
            ingot_scores_new(classes, (int64_t)json_array_size(labels), &scores, &error), INGOT_OK);
        float *row = malloc((size_t)classes * sizeof *row);
        double *sum = malloc((size_t)classes * sizeof *sum);
        size_t at = 0;
        for (size_t item = 0; item < json_array_size(labels); item++) {
            const int32_t label = (int32_t)json_integer_value(json_array_get(labels, item));
            const int64_t count = json_integer_value(json_array_get(segments, item));
            memset(sum, 0, (size_t)classes * sizeof *sum);
            for (int64_t s = 0; s < count; s++) {
                for (int32_t c = 0; c < classes; c++) {
                    row[c] = (float)json_number_value(json_array_get(values, at++));
                    sum[c] += (double)row[c];
                }
                ingot_tally_add(&samples, label, row);
            }
            for (int32_t c = 0; c < classes; c++) row[c] = (float)(sum[c] / (double)count);
            ingot_tally_add(&items, label, row);
            ingot_scores_add(&scores, (int64_t)item, 0, label, row);
        }
        compare_ranking(&scores, json_object_get(one, "per_item"));
        ingot_scores_free(&scores);
        ingot_metrics metrics;
        assert_int_equal(ingot_tally_finish(&samples, &metrics, &error), INGOT_OK);
        compare(&metrics, json_object_get(one, "per_sample"));
        ingot_metrics_free(&metrics);
        assert_int_equal(ingot_tally_finish(&items, &metrics, &error), INGOT_OK);
        compare(&metrics, json_object_get(one, "per_item"));
        ingot_metrics_free(&metrics);
        ingot_tally_free(&samples);
        ingot_tally_free(&items);
        free(row);
        free(sum);
    }
    json_decref(cases);
}

static void compare_output(const ingot_output_metrics *m, const json_t *expected) {
    static const char *const names[] = {"mae", "mse", "rmse", "r2"};
    const double found[] = {m->mae, m->mse, m->rmse, m->r2};
    for (int i = 0; i < 4; i++) {
        const double value = number(expected, names[i]);
        if (!(fabs(found[i] - value) <= 1e-10 * fmax(1, fabs(value)))) {
            fail_msg("%s: found %.17g, expected %.17g", names[i], found[i], value);
        }
    }
}

static void regression_agrees_with_scikit_learn(void **state) {
    (void)state;
    json_error_t problem;
    json_t *cases = json_load_file("tests/vectors/metrics_regression.json", 0, &problem);
    assert_true(json_array_size(cases) >= 4);
    size_t i;
    json_t *one;
    json_array_foreach(cases, i, one) {
        const int32_t outputs = (int32_t)json_integer_value(json_object_get(one, "outputs"));
        const json_t *targets = json_object_get(one, "targets");
        const json_t *predicted = json_object_get(one, "predicted");
        ingot_regression_tally tally;
        ingot_regression metrics;
        ingot_error error;
        assert_int_equal(ingot_regression_tally_new(outputs, &tally, &error), INGOT_OK);
        for (size_t at = 0; at < json_array_size(targets);) {
            float t[4], p[4];
            for (int32_t o = 0; o < outputs; o++, at++) {
                t[o] = (float)json_number_value(json_array_get(targets, at));
                p[o] = (float)json_number_value(json_array_get(predicted, at));
            }
            ingot_regression_tally_add(&tally, t, p);
        }
        assert_int_equal(ingot_regression_tally_finish(&tally, &metrics, &error), INGOT_OK);
        compare_output(&metrics.all, json_object_get(one, "all"));
        for (int32_t o = 0; o < outputs; o++) {
            compare_output(&metrics.by_output[o],
                           json_array_get(json_object_get(one, "by_output"), (size_t)o));
        }
        ingot_regression_free(&metrics);
        ingot_regression_tally_free(&tally);
    }
    json_decref(cases);
}

static void r2_of_one_row_is_undefined(void **state) {
    (void)state;
    ingot_regression_tally tally;
    ingot_regression metrics;
    ingot_error error;
    assert_int_equal(ingot_regression_tally_new(1, &tally, &error), INGOT_OK);
    assert_int_equal(ingot_regression_tally_finish(&tally, &metrics, &error), INGOT_OK);
    assert_true(metrics.all.mae == 0 && metrics.all.r2 == 0);
    ingot_regression_free(&metrics);
    ingot_regression_tally_add(&tally, (const float[]){1}, (const float[]){2});
    assert_int_equal(ingot_regression_tally_finish(&tally, &metrics, &error), INGOT_OK);
    assert_true(metrics.all.mae == 1 && isnan(metrics.all.r2));
    ingot_regression_free(&metrics);
    ingot_regression_tally_free(&tally);
}

static void argmax_takes_the_first_and_never_a_nan(void **state) {
    (void)state;
    assert_int_equal(ingot_argmax((const float[]){1, 3, 3}, 3), 1);
    assert_int_equal(ingot_argmax((const float[]){NAN, -3, -4}, 3), 1);
    assert_int_equal(ingot_argmax((const float[]){-5, NAN, -6}, 3), 0);
}

static void no_rows_are_no_division_by_zero(void **state) {
    (void)state;
    ingot_error error;
    ingot_tally tally;
    ingot_metrics metrics;
    assert_int_equal(ingot_tally_new(3, &tally, &error), INGOT_OK);
    assert_int_equal(ingot_tally_finish(&tally, &metrics, &error), INGOT_OK);
    assert_true(metrics.accuracy == 0 && metrics.log_loss == 0 && metrics.balanced_accuracy == 0);
    ingot_metrics_free(&metrics);
    ingot_tally_free(&tally);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_scikit_learn),
        cmocka_unit_test(regression_agrees_with_scikit_learn),
        cmocka_unit_test(r2_of_one_row_is_undefined),
        cmocka_unit_test(argmax_takes_the_first_and_never_a_nan),
        cmocka_unit_test(no_rows_are_no_division_by_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
