/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Adds to sums[q][o] of ${Q} channels of x and two blocks of channels of dy (o: 2 * ${B} lanes) the sum over `rows`
 * rows of `columns` pixels of x[q] dy[o], in their order. `x_row`, `x_step`: floats from a row of x to the next and
 * from a pixel; those of dy are whole rows of pixels that follow one another; `d_plane`: to its second block. */
static __attribute__((noinline, unused)) void direct_sum(int rows, int columns, const real *x, ptrdiff_t x_row,
                                                         ptrdiff_t x_step, const real *dy, ptrdiff_t d_row,
                                                         ptrdiff_t d_plane, real *sums) {
    vec left[${Q}], right[${Q}];
#pragma GCC unroll 16
    for (int q = 0; q < ${Q}; q++) left[q] = right[q] = (vec){0};
    for (int r = 0; r < rows; r++, x += x_row, dy += d_row) {
        const real *v = x, *d = dy;
        for (int c = 0; c < columns; c++, v += x_step, d += ${B}) {
            const vec d0 = load(d), d1 = load(d + d_plane);
#pragma GCC unroll 16
            for (int q = 0; q < ${Q}; q++) {
                const real value = v[q];
                left[q] += value * d0;
                right[q] += value * d1;
            }
        }
    }
#pragma GCC unroll 16
    for (int q = 0; q < ${Q}; q++) {
        store(sums + 2 * q * ${B}, load(sums + 2 * q * ${B}) + left[q]);
        store(sums + (2 * q + 1) * ${B}, load(sums + (2 * q + 1) * ${B}) + right[q]);
    }
}
