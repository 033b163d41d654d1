/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Rows of a matrix as columns: to[c * to_row + r] = from[r * from_row + c] for ${B} rows and columns. Squares of
 * 1, 2, 4 … numbers change places in turn. */
INLINE void transpose_square(const real *from, ptrdiff_t from_row, real *to, ptrdiff_t to_row) {
    vec v[${B}];
#pragma GCC unroll 16
    for (int r = 0; r < ${B}; r++) v[r] = *(const loose_vec *)(from + r * from_row);
    ${stages}
#pragma GCC unroll 16
    for (int r = 0; r < ${B}; r++) *(loose_vec *)(to + r * to_row) = v[r];
}
