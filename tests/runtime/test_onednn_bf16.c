/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * test_onednn_bf16.c: slots in bf16 against sums in double over the rounded factors, for the target
 * with tiles where the CPU has them, else for AVX512_BF16 alone (skipped where neither is there).
 */
/* link: runtime/backends/onednn.c runtime/backends/onednn_conv2d.c
 *     runtime/backends/onednn_linear.c runtime/base/error.c runtime/base/cpu.c ;
 * libs: dnnl gomp cmocka m */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/onednn.h"
#include "base/cpu.h"

static uint32_t random_state = 1;

static float value_of(uint16_t half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A float in (-0.5, 0.5) that bf16 holds. */
static uint16_t half(void) {
    random_state = random_state * 1664525u + 1013904223u;
    float value = (float)(random_state >> 8) / 16777216.0f - 0.5f;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static void *room(size_t bytes) {
    void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
    assert_non_null(p);
    memset(p, 0xff, (bytes + 127) / 64 * 64);
    return p;
}

static uint16_t *halves(size_t count) {
    uint16_t *p = room(count * sizeof *p);
    for (size_t i = 0; i < count; i++) p[i] = half();
    return p;
}

static float *weights(size_t count) {
    float *p = room(count * sizeof *p);
    for (size_t i = 0; i < count; i++) p[i] = value_of(half());
    return p;
}

static const char *target(void) {
    ingot_error error;
    if (ingot_cpu_check("x86-64-v4-amx", &error) == INGOT_OK) return "x86-64-v4-amx";
    if (ingot_cpu_check("x86-64-v4-bf16", &error) == INGOT_OK) return "x86-64-v4-bf16";
    skip();
    return NULL;
}

static ingot_onednn *context_of(int32_t slots) {
    ingot_error error;
    ingot_onednn *context = NULL;
    if (ingot_onednn_new(&context, slots, target(), &error) != INGOT_OK) fail_msg("%s", error.text);
    return context;
}

static void near(double got, double want, double scale, double tolerance, const char *what) {
    if (!(fabs(got - want) <= tolerance * scale)) fail_msg("%s: %g, not %g", what, got, want);
}

static double largest(const double *values, size_t count) {
    double most = 1e-30;
    for (size_t i = 0; i < count; i++) most = fmax(most, fabs(values[i]));
    return most;
}

enum {
    ROUNDED = 256,
    SUMMED = 100000
}; /* one part in so many: what bf16 rounds, what float sums */

static void check_conv2d(int32_t n, int32_t c, int32_t h, int32_t w, int32_t o, int32_t k,
                         int32_t stride) {
    const int32_t pad = k / 2, oh = (h + 2 * pad - k) / stride + 1,
                  ow = (w + 2 * pad - k) / stride + 1;
    ingot_onednn_conv2d d = {.path = "conv",
                             .batch = n,
                             .groups = 1,
                             .in_channels = c,
                             .in_height = h,
                             .in_width = w,
                             .out_channels = o,
                             .out_height = oh,
                             .out_width = ow,
                             .kernel_height = k,
                             .kernel_width = k,
                             .stride_height = stride,
                             .stride_width = stride,
                             .dilation_height = 1,
                             .dilation_width = 1,
                             .pad_top = pad,
                             .pad_left = pad,
                             .pad_bottom = (oh - 1) * stride + k - h - pad,
                             .pad_right = (ow - 1) * stride + k - w - pad,
                             .x_layout = INGOT_ONEDNN_CHANNELS_LAST,
                             .y_layout = INGOT_ONEDNN_CHANNELS_LAST,
                             .bf16 = 1};
    const size_t xs = (size_t)(n * c * h * w), ys = (size_t)(n * o * oh * ow),
                 ws = (size_t)(o * c * k * k);
    uint16_t *x = halves(xs), *dy = halves(ys), *y = room(ys * 2), *dx = room(xs * 2);
    float *wt = weights(ws), *dw = room(ws * 4), *bias = weights((size_t)o);
    double *y_want = calloc(ys, sizeof *y_want), *x_want = calloc(xs, sizeof *x_want);
    double *w_want = calloc(ws, sizeof *w_want);
    /* clang-format off */
    for (int32_t b = 0; b < n; b++)
    for (int32_t i = 0; i < oh; i++)
    for (int32_t j = 0; j < ow; j++)
    for (int32_t q = 0; q < o; q++)
    for (int32_t p = 0; p < c; p++)
    for (int32_t u = 0; u < k; u++)
    for (int32_t v = 0; v < k; v++) {
        const int32_t r = i * stride - pad + u, s = j * stride - pad + v;
        if (r < 0 || r >= h || s < 0 || s >= w) continue;
        const size_t xi = (size_t)(((b * h + r) * w + s) * c + p);
        const size_t yi = (size_t)(((b * oh + i) * ow + j) * o + q);
        const size_t wi = (size_t)(((q * c + p) * k + u) * k + v);
        y_want[yi] += (double)value_of(x[xi]) * (double)wt[wi];
        x_want[xi] += (double)value_of(dy[yi]) * (double)wt[wi];
        w_want[wi] += (double)value_of(dy[yi]) * (double)value_of(x[xi]);
    }
    /* clang-format on */
    for (size_t i = 0; i < ys; i++) y_want[i] = fmax(0, y_want[i] + (double)bias[i % (size_t)o]);
    ingot_error error;
    ingot_onednn *context = context_of(3);
    ingot_onednn_conv2d forward = d;
    forward.task = INGOT_ONEDNN_FORWARD;
    forward.bias = forward.relu = 1;
    assert_int_equal(ingot_onednn_open_conv2d(context, 0, &forward, &error), INGOT_OK);
    d.task = INGOT_ONEDNN_BACKWARD_DATA;
    assert_int_equal(ingot_onednn_open_conv2d(context, 1, &d, &error), INGOT_OK);
    d.task = INGOT_ONEDNN_BACKWARD_WEIGHTS;
    assert_int_equal(ingot_onednn_open_conv2d(context, 2, &d, &error), INGOT_OK);
    ingot_onednn_conv2d_pack(context, 0, wt);
    ingot_onednn_conv2d_pack(context, 1, wt);
    ingot_onednn_conv2d_forward(context, 0, x, wt, bias, y);
    ingot_onednn_conv2d_backward_data(context, 1, dy, wt, dx);
    ingot_onednn_conv2d_backward_weights(context, 2, x, dy, dw, NULL);
    const double y_scale = largest(y_want, ys), x_scale = largest(x_want, xs),
                 w_scale = largest(w_want, ws);
    for (size_t i = 0; i < ys; i++)
        near((double)value_of(y[i]), y_want[i], y_scale, 1.0 / ROUNDED, "y");
    for (size_t i = 0; i < xs; i++)
        near((double)value_of(dx[i]), x_want[i], x_scale, 1.0 / ROUNDED, "dx");
    for (size_t i = 0; i < ws; i++) near((double)dw[i], w_want[i], w_scale, 1.0 / SUMMED, "dw");
    ingot_onednn_free(context);
    free(x), free(dy), free(y), free(dx), free(wt), free(dw), free(bias);
    free(y_want), free(x_want), free(w_want);
}

static void conv2d(void **state) {
    (void)target(); /* skipped before anything is allocated */
    (void)state;
    check_conv2d(2, 64, 9, 11, 64, 3, 1);
    check_conv2d(2, 3, 15, 16, 32, 7, 2);
    check_conv2d(3, 32, 8, 8, 48, 1, 2);
}

/* Channels that are no multiple of a vector or of a pair. */
static void conv2d_odd_channels(void **state) {
    (void)target(); /* skipped before anything is allocated */
    (void)state;
    check_conv2d(2, 5, 7, 6, 9, 3, 1);
    check_conv2d(1, 1, 12, 12, 20, 3, 1);
}

static void linear(void **state) {
    (void)target(); /* skipped before anything is allocated */
    (void)state;
    enum { N = 16, I = 70, O = 40 };
    ingot_onednn_linear d = {
        .path = "fc", .batch = N, .inputs = I, .outputs = O, .transposed = 1, .bf16 = 1};
    uint16_t *x = halves(N * I), *dy = halves(N * O), *y = room(N * O * 2), *dx = room(N * I * 2);
    float *w = weights(I * O), *b = weights(O), *dw = room(I * O * 4);
    static double y_want[N * O], x_want[N * I], w_want[I * O];
    for (int n = 0; n < N; n++)
        for (int i = 0; i < I; i++)
            for (int o = 0; o < O; o++) {
                y_want[n * O + o] += (double)value_of(x[n * I + i]) * (double)w[i * O + o];
                x_want[n * I + i] += (double)value_of(dy[n * O + o]) * (double)w[i * O + o];
                w_want[i * O + o] +=
                    (double)value_of(dy[n * O + o]) * (double)value_of(x[n * I + i]);
            }
    for (int i = 0; i < N * O; i++) y_want[i] += (double)b[i % O];
    ingot_error error;
    ingot_onednn *context = context_of(3);
    ingot_onednn_linear forward = d;
    forward.task = INGOT_ONEDNN_FORWARD;
    forward.bias = 1;
    assert_int_equal(ingot_onednn_open_linear(context, 0, &forward, &error), INGOT_OK);
    d.task = INGOT_ONEDNN_BACKWARD_DATA;
    assert_int_equal(ingot_onednn_open_linear(context, 1, &d, &error), INGOT_OK);
    d.task = INGOT_ONEDNN_BACKWARD_WEIGHTS;
    assert_int_equal(ingot_onednn_open_linear(context, 2, &d, &error), INGOT_OK);
    ingot_onednn_linear_pack(context, 0, w);
    ingot_onednn_linear_pack(context, 1, w);
    ingot_onednn_linear_forward(context, 0, x, w, b, y);
    ingot_onednn_linear_backward_data(context, 1, dy, w, dx);
    ingot_onednn_linear_backward_weights(context, 2, x, dy, dw, NULL);
    const double ys = largest(y_want, N * O), xs = largest(x_want, N * I),
                 ws = largest(w_want, I * O);
    for (int i = 0; i < N * O; i++) near((double)value_of(y[i]), y_want[i], ys, 1.0 / ROUNDED, "y");
    for (int i = 0; i < N * I; i++)
        near((double)value_of(dx[i]), x_want[i], xs, 1.0 / ROUNDED, "dx");
    for (int i = 0; i < I * O; i++) near((double)dw[i], w_want[i], ws, 1.0 / SUMMED, "dw");
    ingot_onednn_free(context);
    free(x), free(dy), free(y), free(dx), free(w), free(b), free(dw);
}

/* Weights are rounded when they are packed, to nearest even. */
static void weights_are_rounded(void **state) {
    (void)target(); /* skipped before anything is allocated */
    (void)state;
    enum { N = 1, I = 32, O = 16 };
    ingot_onednn_linear d = {.path = "fc",
                             .task = INGOT_ONEDNN_FORWARD,
                             .batch = N,
                             .inputs = I,
                             .outputs = O,
                             .transposed = 1,
                             .bf16 = 1};
    uint16_t *x = halves(I), *y = room(O * 2);
    float *w = weights(I * O);
    memset(x, 0, I * sizeof *x);
    x[0] = 0x3f80; /* 1 */
    const uint32_t bits[4] = {0x3f808000, 0x3f818000, 0x3f807fff, 0x3f808001};
    for (int o = 0; o < O; o++) memcpy(&w[o], &bits[o % 4], sizeof w[o]);
    const uint16_t want[4] = {0x3f80, 0x3f82, 0x3f80, 0x3f81};
    ingot_error error;
    ingot_onednn *context = context_of(1);
    assert_int_equal(ingot_onednn_open_linear(context, 0, &d, &error), INGOT_OK);
    ingot_onednn_linear_pack(context, 0, w);
    ingot_onednn_linear_forward(context, 0, x, w, NULL, y);
    for (int o = 0; o < O; o++) assert_int_equal(y[o], want[o % 4]);
    ingot_onednn_free(context);
    free(x), free(y), free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv2d),
        cmocka_unit_test(conv2d_odd_channels),
        cmocka_unit_test(linear),
        cmocka_unit_test(weights_are_rounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
