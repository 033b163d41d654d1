/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Winograd's F(4x4, 3x3) (Lavin & Gray 2016): y = A'[(G g G') * (B' d B)]A for a tile of 4x4 results out of
 * 6x6 pixels. With points 0, 1, -1, 2, -2 and infinity the three transforms along one axis are: */

/* B' d, of six pixels */
INLINE void winograd_pixels(const vec *d, vec *t) {
    const vec even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1];
    const vec far_even = d[4] - d[2], far_odd = 2 * (d[3] - d[1]);
    t[0] = 4 * d[0] - 5 * d[2] + d[4];
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = far_even + far_odd;
    t[4] = far_even - far_odd;
    t[5] = 4 * d[1] - 5 * d[3] + d[5];
}

/* A' m, of six products */
INLINE void winograd_results(const vec *m, vec *y) {
    const vec sum = m[1] + m[2], difference = m[1] - m[2];
    const vec far_sum = m[3] + m[4], far_difference = m[3] - m[4];
    y[0] = m[0] + sum + far_sum;
    y[1] = difference + 2 * far_difference;
    y[2] = sum + 4 * far_sum;
    y[3] = difference + 8 * far_difference + m[5];
}

/* A d, of the gradients of four results */
INLINE void winograd_gradients(const vec *d, vec *t) {
    const vec even = d[0] + d[2], odd = d[1] + d[3];
    const vec far_even = d[0] + 4 * d[2], far_odd = 2 * d[1] + 8 * d[3];
    t[0] = d[0];
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = far_even + far_odd;
    t[4] = far_even - far_odd;
    t[5] = d[3];
}

/* G g, of three weights */
INLINE void winograd_weights(const vec *g, vec *t) {
    const vec outer = g[0] + g[2], far_outer = g[0] + 4 * g[2];
    t[0] = (real)0.25 * g[0];
    t[1] = (real)(-1.0 / 6) * (outer + g[1]);
    t[2] = (real)(-1.0 / 6) * (outer - g[1]);
    t[3] = (real)(1.0 / 24) * (far_outer + 2 * g[1]);
    t[4] = (real)(1.0 / 24) * (far_outer - 2 * g[1]);
    t[5] = g[2];
}

/* G' u, of six sums, the gradient of three weights */
INLINE void winograd_weight_gradients(const vec *u, vec *g) {
    const vec sum = u[1] + u[2], far_sum = u[3] + u[4];
    g[0] = (real)0.25 * u[0] - (real)(1.0 / 6) * sum + (real)(1.0 / 24) * far_sum;
    g[1] = (real)(1.0 / 6) * (u[2] - u[1]) + (real)(1.0 / 12) * (u[3] - u[4]);
    g[2] = (real)(1.0 / 6) * (far_sum - sum) + u[5];
}

/* The tile of 6x6 pixels whose first is (top, left), which may lie outside: zero there. One block of channels
 * of a blocked image; value k = 0 .. 35 goes to v + k * step. */
static __attribute__((noinline, unused)) void winograd_tile(const real *image, int height, int width, int top,
                                                            int left, real *v, ptrdiff_t step) {
    vec half[6][6], t[6];
    if (top >= 0 && left >= 0 && top + 6 <= height && left + 6 <= width) {
        const real *const corner = image + ((ptrdiff_t)top * width + left) * ${B};
#pragma GCC unroll 6
        for (int c = 0; c < 6; c++) {
            vec d[6];
#pragma GCC unroll 6
            for (int r = 0; r < 6; r++) d[r] = load(corner + ((ptrdiff_t)r * width + c) * ${B});
            winograd_pixels(d, t);
#pragma GCC unroll 6
            for (int r = 0; r < 6; r++) half[r][c] = t[r];
        }
    } else {
        for (int c = 0; c < 6; c++) {
            vec d[6];
            for (int r = 0; r < 6; r++) {
                const int row = top + r, column = left + c;
                d[r] = row >= 0 && row < height && column >= 0 && column < width
                           ? load(image + ((ptrdiff_t)row * width + column) * ${B})
                           : (vec){0};
            }
            winograd_pixels(d, t);
            for (int r = 0; r < 6; r++) half[r][c] = t[r];
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < 6; r++) {
        winograd_pixels(half[r], t);
#pragma GCC unroll 6
        for (int c = 0; c < 6; c++) store(v + (r * 6 + c) * step, t[c]);
    }
}

/* The same of a tile of 4x4 gradients of results. */
static __attribute__((noinline, unused)) void winograd_gradient_tile(const real *image, int height, int width,
                                                                     int top, int left, real *v, ptrdiff_t step) {
    vec half[6][4], t[6];
    const int rows = height - top, columns = width - left;
    const real *const corner = image + ((ptrdiff_t)top * width + left) * ${B};
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) {
        vec d[4];
#pragma GCC unroll 4
        for (int r = 0; r < 4; r++) {
            d[r] = r < rows && c < columns ? load(corner + ((ptrdiff_t)r * width + c) * ${B}) : (vec){0};
        }
        winograd_gradients(d, t);
#pragma GCC unroll 6
        for (int r = 0; r < 6; r++) half[r][c] = t[r];
    }
#pragma GCC unroll 6
    for (int r = 0; r < 6; r++) {
        winograd_gradients(half[r], t);
#pragma GCC unroll 6
        for (int c = 0; c < 6; c++) store(v + (r * 6 + c) * step, t[c]);
    }
}

/* For one of the 36 values and two blocks of output channels: `groups` times ${R} tiles,
 *   m[o][t][l] = sum over c of v[c][t] u[c][o * ${B} + l], in the order of c.
 * v: [groups][blocks][${R}][${B}]; u: [channels][2 * ${B}]; m: [2][${R}][${B}], `step` floats to a group. Meanwhile
 * the weights at `next` are fetched, `lines` lines of the cache for each block of channels of the first groups. */
static __attribute__((noinline, unused)) void winograd_multiply(int groups, int blocks, const real *v, const real *u,
                                                                real *m, ptrdiff_t step, const real *next, int lines) {
    enum { line = 64 / sizeof(real), all = 2 * ${B} * ${B} / line };
    for (int g = 0; g < groups; g++) {
        vec left[${R}], right[${R}];
#pragma GCC unroll 16
        for (int r = 0; r < ${R}; r++) left[r] = right[r] = (vec){0};
        const real *w = u, *fetched = g * lines < all ? next + (ptrdiff_t)g * blocks * lines * line : u;
        for (int b = 0; b < blocks; b++, v += ${R} * ${B}) {
            for (int l = 0; l < lines; l++, fetched += line) __builtin_prefetch(fetched);
#pragma GCC unroll 2
            for (int i = 0; i < ${B}; i++, w += 2 * ${B}) {
                const vec w0 = load(w), w1 = load(w + ${B});
#pragma GCC unroll 16
                for (int r = 0; r < ${R}; r++) {
                    const real value = v[r * ${B} + i];
                    left[r] += value * w0;
                    right[r] += value * w1;
                }
            }
        }
        real *const out = m + g * step;
#pragma GCC unroll 16
        for (int r = 0; r < ${R}; r++) {
            store(out + r * ${B}, left[r]);
            store(out + (${R} + r) * ${B}, right[r]);
        }
    }
}
