/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * rng.h: the known answers of Random123 1.14 (kat_vectors, philox4x32 10), bounds and moments of
 * the distributions, permutations. The moments' tolerances are six standard errors.
 */
/* link: ; libs: m cmocka */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

static void philox_known_answers(void **state) {
    (void)state;
    static const struct {
        ingot_words4 counter;
        uint32_t key[2];
        ingot_words4 answer;
    } known[] = {
        {{{0, 0, 0, 0}}, {0, 0}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
        {{{~0u, ~0u, ~0u, ~0u}}, {~0u, ~0u}, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
        {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
         {0xa4093822, 0x299f31d0},
         {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ingot_words4 words = ingot_philox(known[i].counter, known[i].key[0], known[i].key[1]);
        assert_memory_equal(&words, &known[i].answer, sizeof words);
    }
}

static void a_sequence_is_its_blocks(void **state) {
    (void)state;
    uint64_t seed = 0x0123456789abcdefu;
    ingot_rng rng = ingot_rng_make(seed, 5, INGOT_STREAM_SHUFFLE);
    for (uint32_t block = 0; block < 3; block++) {
        ingot_words4 words = ingot_philox((ingot_words4){{block, 0, 5, INGOT_STREAM_SHUFFLE}},
                                          0x89abcdefu, 0x01234567u);
        for (int i = 0; i < 4; i++) assert_int_equal(ingot_rng_u32(&rng), words.word[i]);
    }
}

static void uniform_is_in_its_bounds(void **state) {
    (void)state;
    assert_true(ingot_unit_float(0) == 0);
    assert_true(ingot_unit_float(~0u) < 1);
    ingot_rng rng = ingot_rng_make(1, 2, 3);
    double sum = 0, n = 1 << 18;
    for (int i = 0; i < 1 << 18; i++) {
        double a = ingot_rng_double(&rng), b = (double)ingot_rng_float(&rng);
        assert_true(a >= 0 && a < 1 && b >= 0 && b < 1);
        sum += (a + b) / 2;
    }
    assert_true(fabs(sum / n - 0.5) < 6 * sqrt(1.0 / 24 / n));
}

static void bounded_is_even(void **state) {
    (void)state;
    ingot_rng rng = ingot_rng_make(7, 0, 0);
    int counts[7] = {0}, n = 70000;
    for (int i = 0; i < n; i++) counts[ingot_rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++) assert_true(abs(counts[i] - 10000) < 600);
    /* where nearly half of the products are refused */
    uint64_t large = (1ull << 63) + 1, above = 0;
    for (int i = 0; i < 10000; i++) {
        uint64_t value = ingot_rng_below(&rng, large);
        assert_true(value < large);
        above += value > large / 2;
    }
    assert_true(above > 4700 && above < 5300);
    for (int i = 0; i < 100; i++) assert_int_equal(ingot_rng_below(&rng, 1), 0);
}

static void normal_has_its_moments(void **state) {
    (void)state;
    ingot_rng rng = ingot_rng_make(11, 0, 0);
    double n = 1 << 19, moment[5] = {0}, beyond = 0;
    for (int i = 0; i < 1 << 19; i++) {
        double x = ingot_rng_normal(&rng), power = 1;
        assert_true(isfinite(x));
        for (int k = 1; k <= 4; k++) moment[k] += power *= x;
        beyond += fabs(x) > 1.959963984540054;
    }
    /* variances of x, x^2, x^3, x^4: 1, 2, 15, 96 */
    assert_true(fabs(moment[1] / n) < 6 * sqrt(1 / n));
    assert_true(fabs(moment[2] / n - 1) < 6 * sqrt(2 / n));
    assert_true(fabs(moment[3] / n) < 6 * sqrt(15 / n));
    assert_true(fabs(moment[4] / n - 3) < 6 * sqrt(96 / n));
    assert_true(fabs(beyond / n - 0.05) < 6 * sqrt(0.05 * 0.95 / n));
}

static void log_and_turn_are_those_of_libm(void **state) {
    (void)state;
    ingot_rng rng = ingot_rng_make(13, 0, 0);
    assert_true(ingot_log_unit(1) == 0);
    for (int i = 0; i < 100000; i++) {
        double u = 1 - ingot_rng_double(&rng), cosine, sine;
        if (i < 1000) u = ldexp(u, -(i % 60)); /* small ones too */
        double expected = log(u);
        assert_true(fabs(ingot_log_unit(u) - expected) <= 5e-16 * fabs(expected));
        u = ingot_rng_double(&rng);
        ingot_turn(u, &cosine, &sine);
        assert_true(fabs(cosine - cos(2 * M_PI * u)) < 2e-15);
        assert_true(fabs(sine - sin(2 * M_PI * u)) < 2e-15);
    }
}

static void normals_never_change(void **state) {
    (void)state;
    /* The initial weights of every model hang on these bits: fma() chains, the same everywhere. */
    ingot_rng rng = ingot_rng_make(1, 0, INGOT_STREAM_INIT);
    static const double expected[4] = {-0x1.be8a55a38375ep-2, -0x1.42fd7ec8c00acp-5,
                                       -0x1.bbf97457dfe16p-3, -0x1.716be83263a5fp-1};
    for (int i = 0; i < 4; i++) {
        double x = ingot_rng_normal(&rng);
        assert_memory_equal(&x, &expected[i], sizeof x);
    }
}

static void permutations(void **state) {
    (void)state;
    enum { N = 1000 };
    int64_t a[N], b[N];
    char seen[N] = {0};
    ingot_permutation(a, N, 42, 0, INGOT_STREAM_SHUFFLE);
    for (int i = 0; i < N; i++) {
        assert_true(a[i] >= 0 && a[i] < N && !seen[a[i]]);
        seen[a[i]] = 1;
    }
    ingot_permutation(b, N, 42, 0, INGOT_STREAM_SHUFFLE);
    assert_memory_equal(a, b, sizeof a);
    ingot_permutation(b, N, 42, 1, INGOT_STREAM_SHUFFLE);
    assert_memory_not_equal(a, b, sizeof a);
    ingot_permutation(b, N, 43, 0, INGOT_STREAM_SHUFFLE);
    assert_memory_not_equal(a, b, sizeof a);
    ingot_permutation(b, 0, 1, 0, 0);
    ingot_permutation(b, 1, 1, 0, 0);
    assert_int_equal(b[0], 0);
    /* all six orders of three, evenly */
    int counts[6] = {0};
    for (uint32_t epoch = 0; epoch < 6000; epoch++) {
        ingot_permutation(b, 3, 1, epoch, INGOT_STREAM_SHUFFLE);
        counts[2 * b[0] + (b[1] > b[2])]++;
    }
    for (int i = 0; i < 6; i++) assert_true(abs(counts[i] - 1000) < 180);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_known_answers),
        cmocka_unit_test(a_sequence_is_its_blocks),
        cmocka_unit_test(uniform_is_in_its_bounds),
        cmocka_unit_test(bounded_is_even),
        cmocka_unit_test(normal_has_its_moments),
        cmocka_unit_test(log_and_turn_are_those_of_libm),
        cmocka_unit_test(normals_never_change),
        cmocka_unit_test(permutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
