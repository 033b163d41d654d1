/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Sums of a direct convolution ${of} for ${R} pixels and two blocks of output channels:
 *   tile[r][o] = sum over ${terms}
 * for `blocks` blocks of input channels, in this order; o: 2 * ${B} lanes. Names, not arrays: GCC keeps an array that
 * it indexes in a loop in memory. */
static __attribute__((noinline, unused)) void ${name}(int blocks, ${parameters}const real *image, const ptrdiff_t *from,
    ptrdiff_t plane, const real *w, real *tile) {
    ${pointers}
    for (int b = 0; b < blocks; b++) {
        ${taps_begin}
#pragma GCC unroll ${unroll}
        for (int i = 0; i < ${I}; i++) {
            const vec w0 = load(w + 2 * i * ${B}), w1 = load(w + (2 * i + 1) * ${B});
            ${products}
        }
        w += 2 * ${I} * ${B};
        ${taps_end}
        ${advance}
    }
    ${results}
}
