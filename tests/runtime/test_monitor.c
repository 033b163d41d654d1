/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * What is decided from an epoch's metrics: the learning rate of a plateau against the reference
 * framework (tests/vectors/make_plateau.py), early stopping, the best epoch.
 */
/* clang-format off */
/* link: tests/support/tiny_program.c tests/support/tiny_store.c runtime/data/loader.c runtime/data/augment_draw.c runtime/train/*.c runtime/base/*.c ; libs: jansson crypto m yaml cmocka */
/* clang-format on */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "train/monitor.h"

static double number(const json_t *settings, const char *name) {
    return json_number_value(json_object_get(settings, name));
}

static void a_plateau_lowers_the_rate_as_the_reference(void **state) {
    (void)state;
    json_t *cases = json_load_file("tests/vectors/plateau.json", 0, NULL);
    assert_true(json_array_size(cases) > 0);
    size_t i;
    const json_t *item;
    json_array_foreach(cases, i, item) {
        const json_t *s = json_object_get(item, "settings");
        const json_t *metrics = json_object_get(item, "metrics");
        const ingot_plateau plateau = {.higher = (int32_t)number(s, "higher"),
                                       .rate = number(s, "rate"),
                                       .factor = number(s, "factor"),
                                       .threshold = number(s, "threshold"),
                                       .minimum = number(s, "minimum"),
                                       .relative = (int32_t)number(s, "relative"),
                                       .patience = (int32_t)number(s, "patience"),
                                       .cooldown = (int32_t)number(s, "cooldown")};
        ingot_plateau_state p;
        int changed = 0;
        ingot_plateau_start(&plateau, &p);
        for (size_t e = 0; e < json_array_size(metrics); e++) {
            ingot_plateau_step(&plateau, &p, json_number_value(json_array_get(metrics, e)));
            const double want =
                json_number_value(json_array_get(json_object_get(item, "rates"), e));
            if (fabs(p.rate - want) > 1e-15 * want) {
                fail_msg("%s, epoch %zu: %.17g, not %.17g",
                         json_string_value(json_object_get(item, "name")), e, p.rate, want);
            }
            changed += p.rate < plateau.rate;
        }
        assert_true(changed > 0);
    }
    json_decref(cases);
}

static void a_nan_is_no_improvement(void **state) {
    (void)state;
    const ingot_plateau plateau = {.rate = 1, .factor = 0.5, .patience = 1};
    ingot_plateau_state p;
    ingot_plateau_start(&plateau, &p);
    for (int i = 0; i < 2; i++) ingot_plateau_step(&plateau, &p, (double)NAN);
    assert_true(p.rate == 0.5);
    ingot_best best = {-1, 0};
    assert_int_equal(ingot_best_step(&best, 0, 0, (double)NAN), 0);
    assert_int_equal(ingot_best_step(&best, 0, 1, 3), 1);
    assert_int_equal(ingot_best_step(&best, 0, 2, (double)NAN), 0);
    assert_int_equal(best.epoch, 1);
}

static void stopping_counts_epochs_without_enough_change(void **state) {
    (void)state;
    const ingot_train_policy policy = {.stopping = "x", .patience = 3, .min_change = 0.1};
    ingot_stopping s = {0};
    static const double values[] = {1, 0.95, 0.85, 0.8, 0.76, 0.9};
    /* 0.95 is 0.05 better: not enough; 0.85 is 0.15 better than 1; then three that are not */
    static const int stops[] = {0, 0, 0, 0, 0, 1};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(ingot_stopping_step(&policy, &s, values[i]), stops[i]);
    }
    assert_true(s.best == 0.85);
    const ingot_train_policy rising = {.stopping_higher = 1, .patience = 1};
    s = (ingot_stopping){0};
    assert_int_equal(ingot_stopping_step(&rising, &s, 0.5), 0);
    assert_int_equal(ingot_stopping_step(&rising, &s, 0.6), 0);
    assert_int_equal(ingot_stopping_step(&rising, &s, 0.6), 1);
    s = (ingot_stopping){0};
    assert_int_equal(ingot_stopping_step(&rising, &s, (double)NAN), 1);
}

static void of_equal_epochs_the_first_is_best(void **state) {
    (void)state;
    ingot_best best = {-1, 0};
    static const double values[] = {0.5, 0.7, 0.7, 0.6, 0.8};
    static const int better[] = {1, 1, 0, 0, 1};
    for (int32_t e = 0; e < 5; e++) {
        assert_int_equal(ingot_best_step(&best, 1, e, values[e]), better[e]);
    }
    assert_int_equal(best.epoch, 4);
}

static void every_metric_has_its_value(void **state) {
    (void)state;
    const ingot_epoch epoch = {.loss = 1, .accuracy = 2, .has_validation = 1, .validation_loss = 3};
    const ingot_epoch without = {.loss = 1, .accuracy = 2};
    ingot_evaluation v = {0}, r = {0};
    v.samples = (ingot_metrics){.log_loss = 3,
                                .accuracy = 4,
                                .balanced_accuracy = 5,
                                .macro_precision = 6,
                                .macro_recall = 7,
                                .macro_f1 = 8,
                                .brier = 9};
    v.items = (ingot_metrics){.log_loss = 10, .weighted_f1 = 11};
    const ingot_ranking ranking = {.roc_auc = 12, .average_precision = 13};
    static const char *const names[] = {"training.loss",
                                        "training.accuracy",
                                        "validation.loss",
                                        "validation.accuracy",
                                        "validation.balanced_accuracy",
                                        "validation.macro_precision",
                                        "validation.macro_recall",
                                        "validation.macro_f1",
                                        "validation.brier",
                                        "validation.items.loss",
                                        "validation.items.weighted_f1",
                                        "validation.items.macro_roc_auc",
                                        "validation.items.macro_average_precision"};
    double value;
    for (int i = 0; i < 13; i++) {
        assert_int_equal(ingot_monitored(names[i], &epoch, &v, &ranking, &value), 1);
        assert_true(value == i + 1);
        assert_int_equal(ingot_monitored(names[i], &without, NULL, NULL, &value), i < 2);
        assert_int_equal(ingot_monitored(names[i], &epoch, &v, NULL, &value), i < 11);
    }
    assert_int_equal(ingot_monitored("validation.none", &epoch, &v, &ranking, &value), 0);
    assert_int_equal(ingot_monitored("validation.r2", &epoch, &v, &ranking, &value), 0);
    r.regression = (ingot_regression){.outputs = 1, .all = {2, 3, 4, 5}};
    static const char *const numbers[] = {"validation.mae", "validation.mse", "validation.rmse",
                                          "validation.r2"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ingot_monitored(numbers[i], &epoch, &r, NULL, &value), 1);
        assert_true(value == i + 2);
    }
    assert_int_equal(ingot_monitored("validation.accuracy", &epoch, &r, NULL, &value), 0);
    const ingot_train_policy plain = {.best = "validation.items.loss", .stopping = "training.loss"};
    const ingot_train_policy ranks = {.stopping = "validation.items.macro_roc_auc"};
    assert_false(ingot_monitors_ranking(&plain));
    assert_true(ingot_monitors_ranking(&ranks));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plateau_lowers_the_rate_as_the_reference),
        cmocka_unit_test(a_nan_is_no_improvement),
        cmocka_unit_test(stopping_counts_epochs_without_enough_change),
        cmocka_unit_test(of_equal_epochs_the_first_is_best),
        cmocka_unit_test(every_metric_has_its_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
