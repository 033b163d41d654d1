/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* One register tile of sums over steps, `rows` (at most 16) by `columns` (at most two vectors):
 *   y[r][c] = (fresh ? 0 : y[r][c]) + sum over s < count of a[s * a_step + r] b[s * b_step + c],
 * in the order of s. */
INLINE void sequence_tile(int rows, int columns, int fresh, int count, const real *a, ptrdiff_t a_step,
                          const real *b, ptrdiff_t b_step, real *y, ptrdiff_t y_row) {
    const int second = columns > ${B};
    vec left[16], right[16];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        left[r] = right[r] = (vec){0};
        if (fresh) continue;
        left[r] = load_some(y + r * y_row, columns);
        if (second) right[r] = load_some(y + r * y_row + ${B}, columns - ${B});
    }
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
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        store_some(y + r * y_row, columns, left[r]);
        if (second) store_some(y + r * y_row + ${B}, columns - ${B}, right[r]);
    }
}
