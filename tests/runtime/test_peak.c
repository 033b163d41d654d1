/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * What the machine can do: every figure is one, and none is beyond any machine.
 */
/* link: runtime/cli/peak.c ; libs: gomp cmocka */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/peak.h"

static void figures_are_plausible(void **state) {
    (void)state;
    const int lanes = ingot_peak_lanes();
    assert_true(lanes == 4 || lanes == 8 || lanes == 16);
    const double fma = ingot_peak_fma(1, 0.01);
    assert_true(fma > 0.1 && fma < 1e4);
    const double triad = ingot_peak_triad(1, 0.01);
    assert_true(triad > 0.1 && triad < 1e5);
}

static void what_the_processor_lacks_is_zero(void **state) {
    (void)state;
    const double dot = ingot_peak_bf16(1, 0.01, 0), tiles = ingot_peak_bf16(1, 0.01, 1);
    assert_true(__builtin_cpu_supports("avx512bf16") ? dot > 0.1 : dot == 0);
    assert_true(tiles >= 0 && tiles < 1e6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_plausible),
        cmocka_unit_test(what_the_processor_lacks_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
