/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* One row by a matrix that no cache holds: ${G} rows of it at a time, ${C} columns to a thread, read as they lie. Every
 * sum runs in the order of k. */
#pragma omp parallel for schedule(static)
for (int c = 0; c < ${N}; c += ${C}) {
    for (int j = c; j < c + ${C}; j++) ${y}[j] = ${start};
    for (int k = 0; k < ${K}; k += ${G})
        for (int j = c; j < c + ${C}; j += ${T}) {
            const real *const rows = ${b} + (ptrdiff_t)k * ${N} + j;
            vec left = *(const loose_vec *)(${y} + j), right = *(const loose_vec *)(${y} + j + ${B});
            #pragma GCC unroll ${G}
            for (int g = 0; g < ${G}; g++) {
                left += ${a}[k + g] * *(const loose_vec *)(rows + g * ${N});
                right += ${a}[k + g] * *(const loose_vec *)(rows + g * ${N} + ${B});
            }
            *(loose_vec *)(${y} + j) = left;
            *(loose_vec *)(${y} + j + ${B}) = right;
        }
    ${finish}
}
