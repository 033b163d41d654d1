/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Adds to a register tile of sums over steps, `rows` (at most 16) by `columns` (at most two vectors), what
 * `count` more steps give: sum[r][c] += a[s * a_step + r] b[s * b_step + c], in the order of s. */
INLINE void sequence_tile(int rows, int columns, int count, const real *a, ptrdiff_t a_step, const real *b,
                          ptrdiff_t b_step, vec *left, vec *right) {
    const int second = columns > ${B};
    for (int s = 0; s < count; s++) {
        const real *const p = b + s * b_step, *const q = a + s * a_step;
        const vec w0 = load_some(p, columns);
        const vec w1 = second ? load_some(p + ${B}, columns - ${B}) : (vec){0};
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) {
            left[r] += q[r] * w0;
            if (second) right[r] += q[r] * w1;
        }
    }
}
