/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Transforms sums of `channels` channels of x and `wide` blocks of dy ([36][channels][wide][${B}], after each of the 36
 * 2 * ${B} floats nobody uses) to gradients of weights: dw, from the first of them on, [output][`inputs`][9]. */
static __attribute__((noinline, unused)) void winograd_gradients_out(int channels, int wide, const real *sums,
                                                                     int inputs, real *dw) {
    const ptrdiff_t step = (ptrdiff_t)channels * wide * ${B} + 2 * ${B};
    for (int o = 0; o < wide; o++)
        for (int c = 0; c < channels; c += ${B}) {
            real tile[${B}][9][${B}] __attribute__((aligned(64)));
            for (int i = 0; i < ${B}; i++) {
                const real *const u = sums + ((ptrdiff_t)(c + i) * wide + o) * ${B};
                vec half[3][6], g[3];
#pragma GCC unroll 6
                for (int k = 0; k < 6; k++) {
                    vec d[6];
#pragma GCC unroll 6
                    for (int r = 0; r < 6; r++) d[r] = load(u + (r * 6 + k) * step);
                    winograd_weight_gradients(d, g);
#pragma GCC unroll 3
                    for (int r = 0; r < 3; r++) half[r][k] = g[r];
                }
#pragma GCC unroll 3
                for (int r = 0; r < 3; r++) {
                    winograd_weight_gradients(half[r], g);
#pragma GCC unroll 3
                    for (int k = 0; k < 3; k++) store(tile[i][r * 3 + k], g[k]);
                }
            }
            /* the 9 * ${B} gradients of an output follow one another */
            for (int k = 0; k < 9; k++)
                transpose_square(tile[0][0] + k * ${B} * ${B}, ${B}, dw + (ptrdiff_t)o * ${B} * inputs * 9 + c * 9 + k * ${B},
                                 (ptrdiff_t)inputs * 9);
        }
}
