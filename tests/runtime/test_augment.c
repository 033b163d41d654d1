/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Augmentations against their definitions with the same random numbers
 * (tests/vectors/make_augment.py), and by properties where a definition leaves a distribution.
 */
/* link: runtime/data/augment_geometry.c runtime/data/augment_light.c runtime/data/augment_sound.c
 * runtime/data/augment_draw.c ; libs: jansson m cmocka */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/exponential.h"
#include "data/augment.h"

typedef union config {
    ingot_flip_config flip;
    ingot_random_crop_config crop;
    ingot_rotation_config rotation;
    ingot_light_config light;
    ingot_cutout_config cutout;
    ingot_spec_augment_config spec;
    ingot_gain_config gain;
    ingot_time_shift_config shift;
    ingot_noise_config noise;
} config;

static double real(const json_t *list, size_t at) {
    return json_number_value(json_array_get(list, at));
}

static int32_t whole(const json_t *list, size_t at) {
    return (int32_t)real(list, at);
}

static ingot_fill fill(const json_t *list, size_t at) {
    return (ingot_fill){(float)real(list, at), json_is_string(json_array_get(list, at))};
}

static ingot_augment find(const char *kind, const json_t *c, config *to) {
    if (strcmp(kind, "flip") == 0) {
        to->flip = (ingot_flip_config){real(c, 0), real(c, 1)};
        return ingot_augment_flip;
    }
    if (strcmp(kind, "random_crop") == 0) {
        to->crop = (ingot_random_crop_config){whole(c, 0), fill(c, 1)};
        return ingot_augment_random_crop;
    }
    if (strcmp(kind, "rotation") == 0) {
        to->rotation = (ingot_rotation_config){real(c, 0), fill(c, 1)};
        return ingot_augment_rotation;
    }
    if (strcmp(kind, "brightness") == 0 || strcmp(kind, "contrast") == 0) {
        to->light = (ingot_light_config){real(c, 0)};
        return kind[0] == 'b' ? ingot_augment_brightness : ingot_augment_contrast;
    }
    if (strcmp(kind, "cutout") == 0) {
        to->cutout = (ingot_cutout_config){whole(c, 0), whole(c, 1), whole(c, 2), fill(c, 3)};
        return ingot_augment_cutout;
    }
    if (strcmp(kind, "spec_augment") == 0) {
        to->spec = (ingot_spec_augment_config){whole(c, 0), whole(c, 1), whole(c, 2), whole(c, 3)};
        return ingot_augment_spec_augment;
    }
    if (strcmp(kind, "gain") == 0) {
        to->gain = (ingot_gain_config){real(c, 0), real(c, 1)};
        return ingot_augment_gain;
    }
    if (strcmp(kind, "time_shift") == 0) {
        to->shift = (ingot_time_shift_config){whole(c, 0), whole(c, 1)};
        return ingot_augment_time_shift;
    }
    assert_string_equal(kind, "noise");
    to->noise = (ingot_noise_config){real(c, 0), real(c, 1)};
    return ingot_augment_noise;
}

static void check(const json_t *one) {
    const json_t *shape = json_object_get(one, "shape"), *x = json_object_get(one, "x"),
                 *y = json_object_get(one, "y"), *middles = json_object_get(one, "middle");
    const char *kind = json_string_value(json_object_get(one, "kind"));
    const size_t count = json_array_size(x);
    float *values = malloc(count * sizeof *values), *spare = malloc(count * sizeof *spare);
    float middle[4] = {0};
    for (size_t i = 0; i < count; i++) values[i] = (float)real(x, i);
    for (size_t i = 0; i < json_array_size(middles); i++) middle[i] = (float)real(middles, i);
    ingot_augmented s = {values, spare, whole(shape, 0), whole(shape, 1), whole(shape, 2), middle};
    config c;
    const ingot_augment apply = find(kind, json_object_get(one, "config"), &c);
    ingot_rng rng = ingot_augment_rng((uint64_t)json_integer_value(json_object_get(one, "seed")),
                                      (uint32_t)json_integer_value(json_object_get(one, "epoch")),
                                      json_integer_value(json_object_get(one, "sample")),
                                      (int32_t)json_integer_value(json_object_get(one, "place")));
    apply(&c, &rng, &s);
    for (size_t i = 0; i < count; i++) {
        const double wanted = real(y, i);
        if (fabs((double)s.values[i] - wanted) > 2e-3 * (1.0 + fabs(wanted) / 255.0)) {
            fail_msg("%s: value %zu is %g, not %g", kind, i, (double)s.values[i], wanted);
        }
    }
    free(values);
    free(spare);
}

static void test_definitions(void **state) {
    (void)state;
    json_t *cases = json_load_file("tests/vectors/augment.json", 0, NULL), *one;
    size_t at;
    assert_int_equal(json_array_size(cases), 42);
    json_array_foreach(cases, at, one) check(one);
    json_decref(cases);
}

static void test_boxes_keep_their_bounds(void **state) {
    (void)state;
    const ingot_random_resized_crop_config c = {{0.08, 1.0}, {log(0.75), log(4.0 / 3.0)}, 1};
    double area = 0, first = 0;
    const int32_t h = 375, w = 500;
    for (int64_t i = 0; i < 4000; i++) {
        ingot_rng rng = ingot_augment_rng(1, 0, i, 0);
        const ingot_box b = ingot_draw_box(&c, &rng, h, w);
        assert_true(b.top >= 0 && b.left >= 0 && b.height >= 1 && b.width >= 1);
        assert_true(b.top + b.height <= h && b.left + b.width <= w);
        const double ratio = (double)b.width / b.height, share = (double)b.width * b.height / h / w;
        assert_true(ratio > 0.73 && ratio < 1.36 && share > 0.075);
        area += share / 4000;
        first += (double)b.left / (w - b.width + 1) / 4000;
    }
    /* The mean that torchvision gives: shares near 1 do not fit with every ratio. */
    assert_true(fabs(area - 0.435) < 0.01);
    assert_true(fabs(first - 0.5) < 0.02);
    /* A strip: no draw fits, the middle is taken. */
    ingot_rng rng = ingot_augment_rng(1, 0, 0, 0);
    const ingot_random_resized_crop_config whole_area = {
        {1.0, 1.0}, {log(0.75), log(4.0 / 3.0)}, 1};
    const ingot_box b = ingot_draw_box(&whole_area, &rng, 10, 100);
    assert_int_equal(b.height, 10);
    assert_int_equal(b.width, 13);
    assert_int_equal(b.left, 43);
}

static void test_beta(void **state) {
    (void)state;
    static const double alphas[] = {0.1, 0.2, 0.4, 1.0, 3.0, 50.0};
    for (size_t a = 0; a < sizeof alphas / sizeof *alphas; a++) {
        double sum = 0, squares = 0;
        const int n = 20000;
        for (int i = 0; i < n; i++) {
            ingot_rng rng = ingot_augment_rng(7, 0, i, (int32_t)a);
            const double x = ingot_draw_beta(&rng, alphas[a]);
            assert_true(x >= 0.0 && x <= 1.0);
            sum += x / n;
            squares += x * x / n;
        }
        const double variance = 1.0 / (4.0 * (2.0 * alphas[a] + 1.0));
        assert_true(fabs(sum - 0.5) < 0.012);
        assert_true(fabs(squares - sum * sum - variance) < 0.03 * variance);
    }
}

static void test_mixup(void **state) {
    (void)state;
    const ingot_mixup_config c = {0.4};
    float x[3][2] = {{1, 2}, {10, 20}, {100, 200}}, last[2], mix[3];
    const int32_t labels[3] = {4, 5, 6};
    int32_t labels2[3];
    ingot_rng rng = ingot_augment_rng(3, 1, 0, 2), same = rng;
    const float share = (float)ingot_draw_beta(&same, 0.4), rest = 1.0F - share;
    ingot_mixup(&c, &rng, 3, 2, x[0], labels, labels2, mix, last);
    for (int i = 0; i < 3; i++) assert_true(mix[i] == share);
    assert_int_equal(labels2[0], 6);
    assert_int_equal(labels2[1], 4);
    assert_int_equal(labels2[2], 5);
    const float wanted[3] = {share * 1 + rest * 100, share * 10 + rest * 1,
                             share * 100 + rest * 10};
    for (int i = 0; i < 3; i++) {
        assert_true(fabsf(x[i][0] - wanted[i]) < 1e-4F && fabsf(x[i][1] - 2 * wanted[i]) < 1e-4F);
    }
}

static void test_exponential(void **state) {
    (void)state;
    for (double x = -300; x < 300; x += 0.37) {
        assert_true(fabs(ingot_exp(x) / exp(x) - 1.0) < 2e-15);
    }
    assert_true(ingot_exp(0.0) == 1.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definitions), cmocka_unit_test(test_boxes_keep_their_bounds),
        cmocka_unit_test(test_beta),        cmocka_unit_test(test_mixup),
        cmocka_unit_test(test_exponential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
