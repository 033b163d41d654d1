/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* A register tile of ${MR} rows by two vectors of a product, over `depth` steps in their order:
 *   to[r][lane] = from[r][lane] + sum over k of a[r * a_row + k * a_step] b[k * b_row + lane],
 * zero for `from` where that is NULL. A function of its own: inlined, the constants of what surrounds it take
 * registers away, and one sum that lives in memory doubles the time. */
static __attribute__((noinline, unused)) void panel_tile(int depth, const real *a, ptrdiff_t a_row, ptrdiff_t a_step,
                                                         const real *b, ptrdiff_t b_row, const real *from,
                                                         ptrdiff_t from_row, real *to, ptrdiff_t to_row) {
    vec l[${MR}], r[${MR}];
    /* rows in threes: what an address can hold is a base and one or two strides */
    const real *t[${MR} / 3];
#pragma GCC unroll 16
    for (int i = 0; i < ${MR} / 3; i++) t[i] = a + 3 * i * a_row;
#pragma GCC unroll 16
    for (int i = 0; i < ${MR}; i++) l[i] = r[i] = (vec){0};
    if (from) {
#pragma GCC unroll 16
        for (int i = 0; i < ${MR}; i++) {
            l[i] = *(const loose_vec *)(from + i * from_row);
            r[i] = *(const loose_vec *)(from + i * from_row + ${B});
        }
    }
    for (int k = 0; k < depth; k++) {
        const vec w0 = *(const loose_vec *)b, w1 = *(const loose_vec *)(b + ${B});
#pragma GCC unroll 16
        for (int i = 0; i < ${MR}; i++) {
            const real value = t[i / 3][i % 3 * a_row];
            l[i] += value * w0;
            r[i] += value * w1;
        }
        b += b_row;
#pragma GCC unroll 16
        for (int i = 0; i < ${MR} / 3; i++) t[i] += a_step;
    }
#pragma GCC unroll 16
    for (int i = 0; i < ${MR}; i++) {
        *(loose_vec *)(to + i * to_row) = l[i];
        *(loose_vec *)(to + i * to_row + ${B}) = r[i];
    }
}
