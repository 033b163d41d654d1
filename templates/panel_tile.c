/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* The sums of a register tile of ${MR} rows by two vectors: `a` holds ${MR} values for each of `depth` steps, `b`
 * two vectors; left[r] and right[r] become the sums over the steps, in their order. */
INLINE void panel_tile(int depth, const real *restrict a, const real *restrict b, vec *left, vec *right) {
    vec l[${MR}], r[${MR}];
#pragma GCC unroll 16
    for (int i = 0; i < ${MR}; i++) l[i] = r[i] = (vec){0};
    for (int k = 0; k < depth; k++) {
        const vec w0 = *(const vec *)(b + k * ${NR}), w1 = *(const vec *)(b + k * ${NR} + ${B});
#pragma GCC unroll 16
        for (int i = 0; i < ${MR}; i++) {
            const real value = a[k * ${MR} + i];
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

/* load_some where no column at all may be left. */
INLINE vec load_left(const real *p, int columns) {
    return columns > 0 ? load_some(p, columns) : (vec){0};
}

/* `height` rows of a matrix, `depth` of their values each, as slivers of ${MR} rows for panel_tile; zeros
 * below the last row. */
static inline __attribute__((unused)) void pack_rows(real *restrict to, const real *restrict from, ptrdiff_t row,
                                                     int height, int depth) {
    for (int i = 0; i < height; i += ${MR}) {
        real *const sliver = to + (ptrdiff_t)i * depth;
        for (int r = 0; r < ${MR}; r++) {
            const real *const in = from + (i + r) * row;
            if (i + r < height)
                for (int k = 0; k < depth; k++) sliver[k * ${MR} + r] = in[k];
            else
                for (int k = 0; k < depth; k++) sliver[k * ${MR} + r] = 0;
        }
    }
}

/* The same of `height` columns of a matrix: its rows are the steps. */
static inline __attribute__((unused)) void pack_columns(real *restrict to, const real *restrict from, ptrdiff_t row,
                                                        int height, int depth) {
    for (int i = 0; i < height; i += ${MR}) {
        real *const sliver = to + (ptrdiff_t)i * depth;
        const int some = height - i < ${MR} ? height - i : ${MR};
        for (int k = 0; k < depth; k++)
            for (int r = 0; r < ${MR}; r++) sliver[k * ${MR} + r] = r < some ? from[k * row + i + r] : 0;
    }
}
