/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* load_some where no column at all may be left. */
INLINE vec load_left(const real *p, int columns) {
    return columns > 0 ? load_some(p, columns) : (vec){0};
}

/* `count` rows of `depth` numbers below one another, zeros for those that a tile of ${MR} lacks. */
static inline __attribute__((unused)) void pack_edge(real *restrict to, const real *restrict from, ptrdiff_t row,
                                                     int count, int depth) {
    for (int r = 0; r < ${MR}; r++)
        for (int k = 0; k < depth; k++) to[r * depth + k] = r < count ? from[r * row + k] : 0;
}

/* `height` columns of a matrix of `width` as slivers of ${MR}, step by step; its rows are the steps. The last
 * sliver holds zeros where there is no column. `to` has room for one vector more. */
static inline __attribute__((unused)) void pack_columns(real *restrict to, const real *restrict from, ptrdiff_t row,
                                                        int height, int width, int depth) {
    for (int i = 0; i < height; i += ${MR}) {
        real *const sliver = to + (ptrdiff_t)i * depth;
        const int some = height - i < ${MR} ? height - i : ${MR};
        /* whole vectors: the next step writes over the rest */
        if (${MR} <= ${B} && some == ${MR} && i + ${B} <= width) {
            for (int k = 0; k < depth; k++) {
                __builtin_prefetch(from + (k + 12) * row + i);
                *(loose_vec *)(sliver + k * ${MR}) = *(const loose_vec *)(from + k * row + i);
            }
        } else {
            for (int k = 0; k < depth; k++)
                for (int r = 0; r < ${MR}; r++) sliver[k * ${MR} + r] = r < some ? from[k * row + i + r] : 0;
        }
    }
}
