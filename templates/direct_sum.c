/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Adds to sums[q][o] of ${Q} channels of x (`step` floats from one to the next) and ${W} blocks of channels of dy (o:
 * ${W} * ${B} lanes) the sum over `rows` rows of `columns` pixels of x[q] dy[o], in their order. `x_row`, `x_step`:
 * floats from a row of x to the next and from a pixel; those of dy are whole rows of pixels that follow one another;
 * `d_plane`: to its next block. */
static __attribute__((noinline, unused)) void direct_sum_${W}(int rows, int columns, const real *x, ptrdiff_t x_row,
                                                             ptrdiff_t x_step, const real *dy, ptrdiff_t d_row,
                                                             ptrdiff_t d_plane, real *sums, ptrdiff_t step) {
    vec sum[${Q}][${W}];
#pragma GCC unroll 16
    for (int q = 0; q < ${Q}; q++) {
#pragma GCC unroll 3
        for (int o = 0; o < ${W}; o++) sum[q][o] = load(sums + q * step + o * ${B});
    }
    for (int r = 0; r < rows; r++, x += x_row, dy += d_row) {
        const real *v = x, *d = dy;
        for (int c = 0; c < columns; c++, v += x_step, d += ${B}) {
            vec row[${W}];
#pragma GCC unroll 3
            for (int o = 0; o < ${W}; o++) row[o] = load(d + o * d_plane);
#pragma GCC unroll 16
            for (int q = 0; q < ${Q}; q++) {
                const real value = v[q];
#pragma GCC unroll 3
                for (int o = 0; o < ${W}; o++) sum[q][o] += value * row[o];
            }
        }
    }
#pragma GCC unroll 16
    for (int q = 0; q < ${Q}; q++) {
#pragma GCC unroll 3
        for (int o = 0; o < ${W}; o++) store(sums + q * step + o * ${B}, sum[q][o]);
    }
}
