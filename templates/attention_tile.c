/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Adds to a register tile of ${MR} rows by two vectors, over `depth` steps in order:
 * a[r * a_row + k * a_step] b[k * b_row + lane]. */
INLINE void add_tile(int depth, const real *restrict a, ptrdiff_t a_row, ptrdiff_t a_step, const real *restrict b,
                     ptrdiff_t b_row, vec *left, vec *right) {
    vec l[${MR}], r[${MR}];
#pragma GCC unroll 16
    for (int i = 0; i < ${MR}; i++) {
        l[i] = left[i];
        r[i] = right[i];
    }
    for (int k = 0; k < depth; k++) {
        const vec w0 = load_loose(b + k * b_row), w1 = load_loose(b + k * b_row + ${B});
#pragma GCC unroll 16
        for (int i = 0; i < ${MR}; i++) {
            const real value = a[i * a_row + k * a_step];
            l[i] += value * w0;
            r[i] += value * w1;
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < ${MR}; i++) {
        left[i] = l[i];
        right[i] = r[i];
    }
}

INLINE void clear_tile(vec *left, vec *right) {
#pragma GCC unroll 16
    for (int i = 0; i < ${MR}; i++) left[i] = right[i] = (vec){0};
}

/* The same with `rows` rows of a matrix. */
INLINE void read_tile(int rows, const real *from, ptrdiff_t row, vec *left, vec *right) {
    for (int i = 0; i < ${MR}; i++) {
        left[i] = i < rows ? load_loose(from + i * row) : (vec){0};
        right[i] = i < rows ? load_loose(from + i * row + ${B}) : (vec){0};
    }
}

INLINE void write_tile(int rows, real *to, ptrdiff_t row, const vec *left, const vec *right) {
    for (int i = 0; i < ${MR} && i < rows; i++) {
        store_loose(to + i * row, left[i]);
        store_loose(to + i * row + ${B}, right[i]);
    }
}

/* `count` rows of `depth` numbers, turned into panels of ${NR} columns: to[panel][depth][${NR}], zero past the
 * last row. */
INLINE void turn(real *restrict to, const real *restrict from, ptrdiff_t row, int count, int depth) {
    for (int j = 0; j < count; j += ${NR})
        for (int c = 0; c < ${NR}; c++)
            for (int d = 0; d < depth; d++)
                to[(ptrdiff_t)j * depth + d * ${NR} + c] = j + c < count ? from[(j + c) * row + d] : 0;
}

/* `count` rows times `scale`, one after another, zeros for those that are missing of `all`. */
INLINE void gather(real *restrict to, const real *restrict from, ptrdiff_t row, int count, int all, int depth,
                   real scale) {
    for (int i = 0; i < all; i++)
        for (int d = 0; d < depth; d++) to[i * depth + d] = i < count ? from[i * row + d] * scale : 0;
}
