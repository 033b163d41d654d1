/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* `count` rows of `depth` numbers, turned into panels of ${NR} columns: to[panel][depth][${NR}], zero past the
 * last row. */
INLINE void turn(real *restrict to, const real *restrict from, ptrdiff_t row, int count, int depth) {
    for (int j = 0; j < count; j += ${NR})
        for (int d = 0; d < depth; d++)
#pragma GCC unroll 32
            for (int c = 0; c < ${NR}; c++)
                to[(ptrdiff_t)j * depth + d * ${NR} + c] = j + c < count ? from[(j + c) * row + d] : 0;
}

/* `count` rows as they are, in panels of ${NR} columns: to[panel][rows][${NR}]. */
INLINE void lay(real *restrict to, const real *restrict from, ptrdiff_t row, int count, int rows, int depth) {
    for (int j = 0; j < count; j++)
        for (int d = 0; d < depth; d += ${NR}) {
            real *const panel = to + (ptrdiff_t)d * rows + j * ${NR};
            store(panel, load_loose(from + j * row + d));
            store(panel + ${B}, load_loose(from + j * row + d + ${B}));
        }
}

/* `count` rows times `scale`, one after another, zeros for those that are missing of `all`. */
INLINE void gather(real *restrict to, const real *restrict from, ptrdiff_t row, int count, int all, int depth,
                   real scale) {
    for (int i = 0; i < count; i++)
        for (int d = 0; d < depth; d += ${B}) store(to + i * depth + d, load_loose(from + i * row + d) * scale);
    for (int i = count * depth; i < all * depth; i += ${B}) store(to + i, (vec){0});
}

/* The other way round. */
INLINE void scatter(real *restrict to, ptrdiff_t row, const real *restrict from, int count, int depth) {
    for (int i = 0; i < count; i++)
        for (int d = 0; d < depth; d += ${B}) store_loose(to + i * row + d, load(from + i * depth + d));
}
