/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * test_openblas.c: the products of runtime/backends/openblas.c against sums in double.
 */
/* link: runtime/backends/openblas.c runtime/base/error.c ; libs: openblas cmocka m */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/openblas.h"

static uint32_t random_state = 1;

static float *floats(size_t count) {
    float *p = malloc(count * sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < count; i++) {
        random_state = random_state * 1664525u + 1013904223u;
        p[i] = (float)(random_state >> 8) / 16777216.0f - 0.5f;
    }
    return p;
}

typedef void (*product)(int32_t, int32_t, int32_t, const float *, const float *, const float *,
                        int32_t, float *);

static void check(product run, int turn_a, int turn_b, int32_t m, int32_t n, int32_t k, int with) {
    float *a = floats((size_t)(m * k)), *b = floats((size_t)(k * n)), *bias = floats((size_t)n);
    float *y = floats((size_t)(m * n));
    run(m, n, k, a, b, with ? bias : NULL, with, y);
    for (int32_t i = 0; i < m; i++) {
        for (int32_t j = 0; j < n; j++) {
            double sum = with ? (double)bias[j] : 0;
            for (int32_t l = 0; l < k; l++) {
                sum += (double)a[turn_a ? l * m + i : i * k + l] *
                       (double)b[turn_b ? j * k + l : l * n + j];
            }
            if (with && sum < 0) sum = 0;
            assert_true(fabs(sum - (double)y[i * n + j]) <= 1e-5);
        }
    }
    free(a), free(b), free(bias), free(y);
}

static void products_are_right(void **state) {
    (void)state;
    static const int32_t sizes[][3] = {{1, 1, 1}, {5, 7, 3}, {32, 128, 784}, {17, 33, 65}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int with = 0; with < 2; with++) {
            const int32_t *z = sizes[s];
            check(ingot_openblas_nn, 0, 0, z[0], z[1], z[2], with);
            check(ingot_openblas_nt, 0, 1, z[0], z[1], z[2], with);
            check(ingot_openblas_tn, 1, 0, z[0], z[1], z[2], with);
        }
    }
}

static void relu_lets_a_nan_through(void **state) {
    (void)state;
    float a[1] = {NAN}, b[1] = {1}, y[1] = {0};
    ingot_openblas_nn(1, 1, 1, a, b, NULL, 1, y);
    assert_true(isnan(y[0]));
}

static void opens_only_its_own_core_type(void **state) {
    (void)state;
    ingot_error error;
    assert_int_equal(ingot_openblas_open(ingot_openblas_core(), 2, &error), INGOT_OK);
    assert_int_equal(ingot_openblas_open("Prescott-like", 2, &error), INGOT_ENVIRONMENT);
    assert_non_null(strstr(error.text, "Prescott-like"));
    assert_non_null(strstr(error.text, ingot_openblas_core()));
    assert_non_null(strchr(ingot_openblas_version(), '.'));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_right),
        cmocka_unit_test(relu_lets_a_nan_through),
        cmocka_unit_test(opens_only_its_own_core_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
