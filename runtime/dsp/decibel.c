/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * decibel.c: see decibel.h. x = 2^e m with m in [sqrt(1/2), sqrt(2)); then
 * 10 log10 x = e 10 log10(2) + (10 / ln 10) ln m, and with s = (m - 1) / (m + 1)
 * ln m = 2 (s + s^3/3 + s^5/5 + ...). |s| < 0.1716, so the first term left out, s^13/13, is below
 * 1e-11. The product with e is split in a short and an exact rest, so that it rounds once.
 */
#include "dsp/decibel.h"

#include <stdint.h>
#include <string.h>

#define WIDTH 16
typedef float vf __attribute__((vector_size(4 * WIDTH)));
typedef int32_t vi __attribute__((vector_size(4 * WIDTH)));

static void decibels_of(const float *from, float *to, float floor) {
    vf x, y;
    memcpy(&x, from, sizeof x);
    const vf least = (vf){0} + floor;
    const vi above = x > least;
    const vi bits = ((vi)x & above) | ((vi)least & ~above);
    /* Subtracting the bits of sqrt(1/2) makes the exponent field count from there. */
    const vi shifted = bits - 0x3f3504f3;
    const vi exponent = shifted >> 23;
    const vf m = (vf)(bits - (shifted & (int32_t)0xff800000));
    const vf s = (m - 1.0F) / (m + 1.0F), s2 = s * s;
    const vf series = ((((s2 * (1.0F / 11.0F) + 1.0F / 9.0F) * s2 + 1.0F / 7.0F) * s2 + 0.2F) * s2 +
                       1.0F / 3.0F) *
                      s2;
    const vf e = __builtin_convertvector(exponent, vf);
    const float per_neper = 8.685889638065035F; /* 20 / ln 10 */
    /* 10 log10(2) = 3.009765625 (9 bits: exact times e) + 0.000534331639811952 */
    y = e * 3.009765625F + (e * 0.000534331639811952F + per_neper * (s + s * series));
    memcpy(to, &y, sizeof y);
}

void ingot_decibels(float *x, size_t count, float floor) {
    size_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) decibels_of(x + i, x + i, floor);
    if (i < count) {
        float rest[WIDTH];
        for (size_t j = 0; j < WIDTH; j++) rest[j] = i + j < count ? x[i + j] : floor;
        decibels_of(rest, rest, floor);
        memcpy(x + i, rest, (count - i) * sizeof(float));
    }
}
