/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * test_onednn.c: convolution and dense slots against sums written out in double, for the target
 * x86-64-v4 (skipped where the CPU has no AVX-512). test_onednn_v3.c runs the same for x86-64-v3:
 * a process can have only one ISA.
 */
/* link: runtime/backends/onednn.c runtime/backends/onednn_conv2d.c
 *     runtime/backends/onednn_linear.c runtime/base/error.c ;
 * libs: dnnl gomp cmocka m */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/onednn.h"

#ifndef TEST_ISA
#define TEST_ISA "x86-64-v4"
#define TEST_BLOCK 16
#define TEST_SUPPORTED (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
#endif

/* ------------------------------------------------------------------ data */

static uint32_t random_state = 1;

static float uniform(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (float)(random_state >> 8) / 16777216.0f - 0.5f;
}

static float *floats(size_t count) {
    float *p = aligned_alloc(64, (count * sizeof *p + 63) / 64 * 64 + 64);
    assert_non_null(p);
    for (size_t i = 0; i < count; i++) p[i] = uniform();
    return p;
}

static size_t up(int32_t channels) {
    return ((size_t)channels + TEST_BLOCK - 1) / TEST_BLOCK * TEST_BLOCK;
}

static size_t at(ingot_onednn_layout layout, int32_t c, int32_t height, int32_t width, int32_t n,
                 int32_t k, int32_t i, int32_t j) {
    if (layout == INGOT_ONEDNN_PLAIN) {
        return ((size_t)(n * c + k) * (size_t)height + (size_t)i) * (size_t)width + (size_t)j;
    }
    size_t blocks = up(c) / TEST_BLOCK, block = (size_t)k / TEST_BLOCK;
    return ((((size_t)n * blocks + block) * (size_t)height + (size_t)i) * (size_t)width +
            (size_t)j) *
               TEST_BLOCK +
           (size_t)k % TEST_BLOCK;
}

static size_t size_of(ingot_onednn_layout layout, int32_t n, int32_t c, int32_t h, int32_t w) {
    return (size_t)n * (layout == INGOT_ONEDNN_PLAIN ? (size_t)c : up(c)) * (size_t)h * (size_t)w;
}

/* Random values with zeros in the padding of the last block. */
static float *activations(ingot_onednn_layout layout, int32_t n, int32_t c, int32_t h, int32_t w) {
    size_t count = size_of(layout, n, c, h, w);
    float *p = floats(count);
    if (layout == INGOT_ONEDNN_PLAIN) return p;
    for (size_t x = 0; x < count; x++) {
        size_t block = x / ((size_t)h * (size_t)w * TEST_BLOCK) % (up(c) / TEST_BLOCK);
        if (block * TEST_BLOCK + x % TEST_BLOCK >= (size_t)c) p[x] = 0.0f;
    }
    return p;
}

static void assert_padding_is_zero(const float *p, ingot_onednn_layout layout, int32_t n, int32_t c,
                                   int32_t h, int32_t w) {
    if (layout == INGOT_ONEDNN_PLAIN) return;
    for (size_t x = 0; x < size_of(layout, n, c, h, w); x++) {
        size_t block = x / ((size_t)h * (size_t)w * TEST_BLOCK) % (up(c) / TEST_BLOCK);
        if (block * TEST_BLOCK + x % TEST_BLOCK >= (size_t)c) assert_true(p[x] == 0.0f);
    }
}

static ingot_onednn *context_of(int32_t slots) {
    ingot_error error;
    ingot_onednn *context = NULL;
    if (ingot_onednn_new(&context, slots, TEST_ISA, &error) != INGOT_OK) fail_msg("%s", error.text);
    return context;
}

/* ------------------------------------------------------------------ convolution */

enum { FORWARD_TERMS, DATA_TERMS, WEIGHT_TERMS };

/* All products x * w * dy of the convolution, each added where `what` wants it. */
static void sum_products(const ingot_onednn_conv2d *d, int what, const float *x, const float *w,
                         const float *dy, double *out) {
    int32_t group_in = d->in_channels / d->groups, group_out = d->out_channels / d->groups;
    /* One index space of seven dimensions: read best without steps. */
    /* clang-format off */
    for (int32_t n = 0; n < d->batch; n++)
    for (int32_t o = 0; o < d->out_channels; o++)
    for (int32_t i = 0; i < d->out_height; i++)
    for (int32_t j = 0; j < d->out_width; j++)
    for (int32_t c = 0; c < group_in; c++)
    for (int32_t u = 0; u < d->kernel_height; u++)
    for (int32_t v = 0; v < d->kernel_width; v++) {
        int32_t k = o / group_out * group_in + c;
        int32_t r = i * d->stride_height - d->pad_top + u * d->dilation_height;
        int32_t s = j * d->stride_width - d->pad_left + v * d->dilation_width;
        if (r < 0 || r >= d->in_height || s < 0 || s >= d->in_width) continue;
        size_t xi = at(d->x_layout, d->in_channels, d->in_height, d->in_width, n, k, r, s);
        size_t yi = at(d->y_layout, d->out_channels, d->out_height, d->out_width, n, o, i, j);
        size_t wi = (((size_t)o * (size_t)group_in + (size_t)c) * (size_t)d->kernel_height +
                     (size_t)u) * (size_t)d->kernel_width + (size_t)v;
        if (what == FORWARD_TERMS) out[yi] += (double)x[xi] * (double)w[wi];
        if (what == DATA_TERMS) out[xi] += (double)dy[yi] * (double)w[wi];
        if (what == WEIGHT_TERMS) out[wi] += (double)dy[yi] * (double)x[xi];
    }
    /* clang-format on */
}

static void assert_near(const float *got, const double *want, size_t count, double tolerance,
                        const char *what) {
    double scale = 0, worst = 0;
    for (size_t i = 0; i < count; i++) scale = fmax(scale, fabs(want[i]));
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)got[i] - want[i]);
        if (!(difference <= worst)) worst = difference; /* a NaN is kept */
    }
    if (!(worst <= tolerance * scale)) fail_msg("%s: off by %g of %g", what, worst, scale);
}

static void check_conv2d(ingot_onednn_conv2d d, const char *expected_kernel) {
    size_t x_count = size_of(d.x_layout, d.batch, d.in_channels, d.in_height, d.in_width);
    size_t y_count = size_of(d.y_layout, d.batch, d.out_channels, d.out_height, d.out_width);
    size_t w_count = (size_t)d.out_channels * (size_t)(d.in_channels / d.groups) *
                     (size_t)d.kernel_height * (size_t)d.kernel_width;
    float *x = activations(d.x_layout, d.batch, d.in_channels, d.in_height, d.in_width);
    float *dy = activations(d.y_layout, d.batch, d.out_channels, d.out_height, d.out_width);
    float *y = activations(d.y_layout, d.batch, d.out_channels, d.out_height, d.out_width);
    float *w = floats(w_count), *b = floats((size_t)d.out_channels);
    float *dx = floats(x_count), *dw = floats(w_count), *db = floats((size_t)d.out_channels);
    size_t most = x_count > y_count ? x_count : y_count;
    double *want = malloc((most > w_count ? most : w_count) * sizeof *want);
    assert_non_null(want);
    ingot_onednn *context = context_of(4);
    ingot_error error;
    double tolerance = d.algorithm == INGOT_ONEDNN_WINOGRAD ? 3e-6 : 1e-6;

    for (int32_t slot = 0; slot < 2; slot++) { /* inference with its post-ops, then training */
        ingot_onednn_conv2d f = d;
        f.task = slot == 0 ? INGOT_ONEDNN_INFERENCE : INGOT_ONEDNN_FORWARD;
        if (slot == 1) f.sum = f.relu = 0;
        if (ingot_onednn_open_conv2d(context, slot, &f, &error) != INGOT_OK) {
            fail_msg("%s", error.text);
        }
        if (expected_kernel != NULL) {
            assert_non_null(strstr(ingot_onednn_kernel(context, slot), expected_kernel));
        }
        for (size_t i = 0; i < y_count; i++) want[i] = f.sum ? (double)y[i] : 0.0;
        sum_products(&f, FORWARD_TERMS, x, w, dy, want);
        for (int32_t n = 0; n < d.batch; n++)
            for (int32_t o = 0; o < d.out_channels; o++)
                for (int32_t i = 0; i < d.out_height; i++)
                    for (int32_t j = 0; j < d.out_width; j++) {
                        size_t at_y =
                            at(d.y_layout, d.out_channels, d.out_height, d.out_width, n, o, i, j);
                        if (d.bias) want[at_y] += (double)b[o];
                        if (f.relu && want[at_y] < 0) want[at_y] = 0;
                    }
        ingot_onednn_conv2d_pack(context, slot, w);
        ingot_onednn_conv2d_forward(context, slot, x, w, d.bias ? b : NULL, y);
        assert_near(y, want, y_count, tolerance, "forward");
        assert_padding_is_zero(y, d.y_layout, d.batch, d.out_channels, d.out_height, d.out_width);
    }

    d.sum = d.relu = 0;
    d.task = INGOT_ONEDNN_BACKWARD_DATA;
    if (ingot_onednn_open_conv2d(context, 2, &d, &error) != INGOT_OK) fail_msg("%s", error.text);
    memset(want, 0, x_count * sizeof *want);
    sum_products(&d, DATA_TERMS, x, w, dy, want);
    ingot_onednn_conv2d_pack(context, 2, w);
    ingot_onednn_conv2d_backward_data(context, 2, dy, w, dx);
    assert_near(dx, want, x_count, tolerance, "backward data");
    assert_padding_is_zero(dx, d.x_layout, d.batch, d.in_channels, d.in_height, d.in_width);

    d.task = INGOT_ONEDNN_BACKWARD_WEIGHTS;
    if (ingot_onednn_open_conv2d(context, 3, &d, &error) != INGOT_OK) fail_msg("%s", error.text);
    memset(want, 0, w_count * sizeof *want);
    sum_products(&d, WEIGHT_TERMS, x, w, dy, want);
    ingot_onednn_conv2d_backward_weights(context, 3, x, dy, dw, d.bias ? db : NULL);
    assert_near(dw, want, w_count, tolerance, "backward weights");
    if (d.bias) {
        memset(want, 0, (size_t)d.out_channels * sizeof *want);
        for (int32_t n = 0; n < d.batch; n++)
            for (int32_t o = 0; o < d.out_channels; o++)
                for (int32_t i = 0; i < d.out_height; i++)
                    for (int32_t j = 0; j < d.out_width; j++) {
                        want[o] += (double)dy[at(d.y_layout, d.out_channels, d.out_height,
                                                 d.out_width, n, o, i, j)];
                    }
        assert_near(db, want, (size_t)d.out_channels, 2e-6, "bias gradient");
    }
    /* The same again gives the same bits. */
    float *again = floats(w_count);
    ingot_onednn_conv2d_backward_weights(context, 3, x, dy, again, d.bias ? db : NULL);
    assert_memory_equal(again, dw, w_count * sizeof *dw);
    assert_true(ingot_onednn_bytes(context) > 0 || !d.bias);

    ingot_onednn_free(context);
    float *all[] = {x, dy, y, w, b, dx, dw, db, again};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    free(want);
}

static ingot_onednn_conv2d conv3x3(int32_t n, int32_t ic, int32_t oc, int32_t h, int32_t w) {
    return (ingot_onednn_conv2d){.path = "test",
                                 .batch = n,
                                 .groups = 1,
                                 .in_channels = ic,
                                 .in_height = h,
                                 .in_width = w,
                                 .out_channels = oc,
                                 .out_height = h,
                                 .out_width = w,
                                 .kernel_height = 3,
                                 .kernel_width = 3,
                                 .stride_height = 1,
                                 .stride_width = 1,
                                 .dilation_height = 1,
                                 .dilation_width = 1,
                                 .pad_top = 1,
                                 .pad_left = 1,
                                 .pad_bottom = 1,
                                 .pad_right = 1,
                                 .x_layout = INGOT_ONEDNN_BLOCKED,
                                 .y_layout = INGOT_ONEDNN_BLOCKED};
}

static void conv2d_direct(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn_conv2d d = conv3x3(2, 32, 48, 7, 9);
    d.bias = d.sum = d.relu = 1;
    check_conv2d(d, "jit");
}

static void conv2d_winograd(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn_conv2d d = conv3x3(4, 64, 64, 14, 14);
    d.bias = d.sum = d.relu = 1;
    d.algorithm = INGOT_ONEDNN_WINOGRAD;
    check_conv2d(d, TEST_BLOCK == 16 ? "wino" : NULL);
    d.in_channels = 144; /* above what inference packs in advance */
    d.out_channels = 128;
    check_conv2d(d, TEST_BLOCK == 16 ? "wino" : NULL);
}

static void conv2d_falls_back_from_winograd(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn_conv2d d = conv3x3(2, 32, 32, 8, 8);
    d.stride_height = d.stride_width = 2;
    d.out_height = d.out_width = 4;
    d.algorithm = INGOT_ONEDNN_WINOGRAD;
    check_conv2d(d, "jit:");
}

static void conv2d_stem_from_plain(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn_conv2d d = conv3x3(2, 3, 32, 19, 21);
    d.kernel_height = d.kernel_width = 7;
    d.stride_height = d.stride_width = 2;
    d.pad_top = d.pad_left = d.pad_bottom = d.pad_right = 3;
    d.out_height = 10, d.out_width = 11;
    d.x_layout = INGOT_ONEDNN_PLAIN;
    check_conv2d(d, "jit");
    d.in_channels = 1;
    d.relu = d.bias = 1;
    check_conv2d(d, "jit");
}

static void conv2d_pointwise_strided(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn_conv2d d = conv3x3(3, 32, 64, 9, 9);
    d.kernel_height = d.kernel_width = 1;
    d.pad_top = d.pad_left = d.pad_bottom = d.pad_right = 0;
    d.stride_height = d.stride_width = 2;
    d.out_height = d.out_width = 5;
    check_conv2d(d, "jit");
}

static void conv2d_padded_channels(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn_conv2d d = conv3x3(2, 20, 10, 6, 6);
    d.bias = 1;
    check_conv2d(d, NULL);
}

static void conv2d_depthwise_and_grouped(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn_conv2d d = conv3x3(2, 32, 32, 8, 8);
    d.groups = 32;
    d.bias = d.relu = 1;
    check_conv2d(d, NULL);
    d.groups = 2;
    check_conv2d(d, NULL);
}

static void conv2d_dilated_and_uneven(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn_conv2d d = conv3x3(1, 16, 16, 12, 11);
    d.dilation_height = 2;
    d.pad_top = 2, d.pad_bottom = 1; /* (12 + 3 - 5) + 1 rows */
    d.out_height = 11;
    check_conv2d(d, NULL);
}

static void conv2d_all_plain(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn_conv2d d = conv3x3(2, 5, 7, 6, 5);
    d.x_layout = d.y_layout = INGOT_ONEDNN_PLAIN;
    d.bias = 1;
    check_conv2d(d, NULL);
}

/* ------------------------------------------------------------------ dense */

static void check_linear(int32_t n, int32_t in, int32_t out, int32_t transposed) {
    ingot_onednn_linear d = {.path = "fc",
                             .batch = n,
                             .inputs = in,
                             .outputs = out,
                             .transposed = transposed,
                             .bias = 1,
                             .relu = 1};
    size_t x_count = (size_t)(n * in), y_count = (size_t)(n * out), w_count = (size_t)(in * out);
    float *x = floats(x_count), *w = floats(w_count), *b = floats((size_t)out);
    float *y = floats(y_count), *dy = floats(y_count), *dx = floats(x_count);
    float *dw = floats(w_count), *db = floats((size_t)out);
    double *want_y = calloc(y_count, sizeof *want_y), *want_x = calloc(x_count, sizeof *want_x);
    double *want_w = calloc(w_count, sizeof *want_w);
    double *want_b = calloc((size_t)out, sizeof *want_b);
    assert_true(want_y != NULL && want_x != NULL && want_w != NULL && want_b != NULL);
    for (int32_t r = 0; r < n; r++)
        for (int32_t o = 0; o < out; o++) {
            want_b[o] += (double)dy[r * out + o];
            for (int32_t i = 0; i < in; i++) {
                int32_t k = transposed ? i * out + o : o * in + i;
                want_y[r * out + o] += (double)x[r * in + i] * (double)w[k];
                want_x[r * in + i] += (double)dy[r * out + o] * (double)w[k];
                want_w[k] += (double)dy[r * out + o] * (double)x[r * in + i];
            }
            want_y[r * out + o] = fmax(0.0, want_y[r * out + o] + (double)b[o]);
        }
    ingot_onednn *context = context_of(3);
    ingot_error error;
    for (int32_t slot = 0; slot < 3; slot++) {
        d.task = slot == 0   ? INGOT_ONEDNN_FORWARD
                 : slot == 1 ? INGOT_ONEDNN_BACKWARD_DATA
                             : INGOT_ONEDNN_BACKWARD_WEIGHTS;
        if (ingot_onednn_open_linear(context, slot, &d, &error) != INGOT_OK) {
            fail_msg("%s", error.text);
        }
    }
    ingot_onednn_linear_forward(context, 0, x, w, b, y);
    ingot_onednn_linear_backward_data(context, 1, dy, w, dx);
    ingot_onednn_linear_backward_weights(context, 2, x, dy, dw, db);
    assert_near(y, want_y, y_count, 1e-6, "y");
    assert_near(dx, want_x, x_count, 1e-6, "dx");
    assert_near(dw, want_w, w_count, 1e-6, "dw");
    assert_near(db, want_b, (size_t)out, 1e-6, "db");
    ingot_onednn_free(context);
    void *all[] = {x, w, b, y, dy, dx, dw, db, want_y, want_x, want_w, want_b};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void linear_both_orders(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    for (int32_t transposed = 0; transposed < 2; transposed++) {
        check_linear(32, 784, 128, transposed);
        check_linear(16, 128, 10, transposed);
        check_linear(5, 33, 17, transposed);
        check_linear(1, 64, 3, transposed);
    }
}

/* ------------------------------------------------------------------ refusals */

static void refuses_an_unknown_target(void **state) {
    (void)state;
    ingot_onednn *context = NULL;
    ingot_error error;
    assert_int_equal(ingot_onednn_new(&context, 1, "x86-64-v2", &error), INGOT_ENVIRONMENT);
    assert_null(context);
    assert_non_null(strstr(error.text, "x86-64-v2"));
    ingot_onednn_free(NULL);
}

static void refuses_another_target_in_the_same_process(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn *context = context_of(0), *other = NULL;
    ingot_error error;
    const char *isa = strcmp(TEST_ISA, "x86-64-v4") == 0 ? "x86-64-v3" : "x86-64-v4";
    assert_int_equal(ingot_onednn_new(&other, 1, isa, &error), INGOT_ENVIRONMENT);
    assert_null(other);
    assert_non_null(strstr(error.text, isa));
    ingot_onednn_free(context);
}

static void refuses_shapes_that_do_not_fit(void **state) {
    (void)state;
    if (!TEST_SUPPORTED) skip();
    ingot_onednn *context = context_of(1);
    ingot_error error;
    ingot_onednn_conv2d d = conv3x3(1, 16, 16, 8, 8);
    d.path = "layer1.0.conv1";
    d.out_height = 5;
    assert_int_equal(ingot_onednn_open_conv2d(context, 0, &d, &error), INGOT_ENVIRONMENT);
    assert_non_null(strstr(error.text, "layer1.0.conv1"));
    assert_non_null(strstr(error.text, "invalid arguments"));
    assert_non_null(strstr(error.text, ingot_onednn_version()));
    ingot_onednn_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv2d_direct),
        cmocka_unit_test(conv2d_winograd),
        cmocka_unit_test(conv2d_falls_back_from_winograd),
        cmocka_unit_test(conv2d_stem_from_plain),
        cmocka_unit_test(conv2d_pointwise_strided),
        cmocka_unit_test(conv2d_padded_channels),
        cmocka_unit_test(conv2d_depthwise_and_grouped),
        cmocka_unit_test(conv2d_dilated_and_uneven),
        cmocka_unit_test(conv2d_all_plain),
        cmocka_unit_test(linear_both_orders),
        cmocka_unit_test(refuses_an_unknown_target),
        cmocka_unit_test(refuses_another_target_in_the_same_process),
        cmocka_unit_test(refuses_shapes_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
