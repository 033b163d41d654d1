/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Metrics against scikit-learn's, on tests/vectors/metrics.json (make_metrics.py).
 */
/* link: runtime/train/metrics.c runtime/base/error.c ; libs: jansson m cmocka */
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

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static void near(double found, double expected) {
    if (!(fabs(found - expected) <= 1e-12 * fmax(1, fabs(expected)))) {
        fail_msg("found %.17g, expected %.17g", found, expected);
    }
}

static void compare(const ingot_metrics *m, const json_t *expected) {
    near(m->accuracy, number(expected, "accuracy"));
    near(m->balanced_accuracy, number(expected, "balanced_accuracy"));
    near(m->log_loss, number(expected, "log_loss"));
    near(m->macro_precision, number(expected, "macro_precision"));
    near(m->macro_recall, number(expected, "macro_recall"));
    near(m->macro_f1, number(expected, "macro_f1"));
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
        }
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
        cmocka_unit_test(argmax_takes_the_first_and_never_a_nan),
        cmocka_unit_test(no_rows_are_no_division_by_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
