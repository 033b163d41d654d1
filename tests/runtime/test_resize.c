/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Separable resizing with hand-made axes; the weights the generator makes are tested against the
 * reference framework by test_mel.c (cases resized, antialiased).
 */
/* link: runtime/dsp/resize.c ; libs: cmocka */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dsp/resize.h"

static const int32_t pick_start[] = {2, 0}, pick_count[] = {1, 1};
static const float pick_weights[] = {1.0F, 1.0F};
static const ingot_resize_axis pick = {3, 2, 1, pick_start, pick_count, pick_weights};

static const int32_t mean_start[] = {0, 0, 1}, mean_count[] = {1, 2, 1};
static const float mean_weights[] = {1.0F, 0.0F, 0.25F, 0.75F, 1.0F, 0.0F};
static const ingot_resize_axis mean = {2, 3, 2, mean_start, mean_count, mean_weights};

static void rows_and_columns(void **state) {
    (void)state;
    const float x[2 * 3] = {1, 2, 3, 10, 20, 30};
    float scratch[2 * 2], y[3 * 2];
    ingot_resize(&mean, &pick, x, scratch, y);
    const float want[3 * 2] = {3, 1, 0.25F * 3 + 0.75F * 30, 0.25F * 1 + 0.75F * 10, 30, 10};
    for (int i = 0; i < 6; i++) assert_true(y[i] == want[i]);
}

static void the_identity_changes_no_bit(void **state) {
    (void)state;
    enum { SIZE = 33 };
    int32_t start[SIZE], count[SIZE];
    float weights[SIZE], x[SIZE * SIZE], scratch[SIZE * SIZE], y[SIZE * SIZE];
    for (int i = 0; i < SIZE; i++) {
        start[i] = i;
        count[i] = 1;
        weights[i] = 1.0F;
    }
    for (int i = 0; i < SIZE * SIZE; i++) x[i] = (float)(i * 7919 % 1000) / 3.0F - 100.0F;
    const ingot_resize_axis same = {SIZE, SIZE, 1, start, count, weights};
    ingot_resize(&same, &same, x, scratch, y);
    for (int i = 0; i < SIZE * SIZE; i++) assert_true(y[i] == x[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_columns),
        cmocka_unit_test(the_identity_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
