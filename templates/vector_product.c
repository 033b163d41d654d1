/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* `columns` values from p on as a vector, zeros after them. */
INLINE vec load_some(const real *p, int columns) {
    vec v = {0};
    if (columns >= ${B}) return *(const loose_vec *)p;
    __builtin_memcpy(&v, p, (size_t)columns * sizeof(real));
    return v;
}

INLINE void store_some(real *p, int columns, vec v) {
    if (columns >= ${B}) {
        *(loose_vec *)p = v;
    } else if (columns > 0) {
        __builtin_memcpy(p, &v, (size_t)columns * sizeof(real));
    }
}

/* One register tile of a product, `rows` (at most 16) by `columns` (at most two vectors):
 *   y[r][c] = start[r * start_row + c] + sum over k of a[r * a_row + k * a_step] b[k * b_row + c], in the
 * order of k; start may be NULL, for 0, or a bias, with a row of 0, or y itself.
 * In the first `whole` rows of b a whole vector may be read even where fewer columns count. `ahead`:
 * how many rows of b to ask the cache for in advance. All but pointers are constants of the call:
 * the loops unroll and the sums stay in registers. */
INLINE void product_tile(int rows, int columns, int depth, int whole, int ahead, const real *a,
                         ptrdiff_t a_row, ptrdiff_t a_step, const real *b, ptrdiff_t b_row,
                         const real *start, ptrdiff_t start_row, int relu, real *y,
                         ptrdiff_t y_row) {
    const int second = columns > ${B};
    vec left[16], right[16];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        const real *const p = start + r * start_row;
        left[r] = start ? load_some(p, columns) : (vec){0};
        right[r] = start && second ? load_some(p + ${B}, columns - ${B}) : (vec){0};
    }
    for (int k = 0; k < depth; k++) {
        const real *const p = b + k * b_row;
        vec w0, w1 = {0};
        if (ahead) {
            __builtin_prefetch(p + ahead * b_row);
            if (second) __builtin_prefetch(p + ahead * b_row + ${B});
        }
        if (k < whole) {
            w0 = *(const loose_vec *)p;
            if (second) w1 = *(const loose_vec *)(p + ${B});
        } else {
            w0 = load_some(p, columns);
            if (second) w1 = load_some(p + ${B}, columns - ${B});
        }
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) {
            const real value = a[r * a_row + k * a_step];
            left[r] += value * w0;
            if (second) right[r] += value * w1;
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
        store_some(y + r * y_row, columns, relu ? rectify(left[r]) : left[r]);
        if (second) {
            store_some(y + r * y_row + ${B}, columns - ${B}, relu ? rectify(right[r]) : right[r]);
        }
    }
}
