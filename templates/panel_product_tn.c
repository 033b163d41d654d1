/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* dw = x' dy, steps being the rows: ${KC} at a time, of which dy becomes panels, shared, and each thread
 * turns columns of x into slivers. Sums run over the rows in order. */
const int count = ${count};
for (int k0 = 0; k0 < count; k0 += ${KC}) {
    const int depth = count - k0 < ${KC} ? count - k0 : ${KC};
    #pragma omp parallel
    {
        #pragma omp for schedule(static)
        for (int p = 0; p < ${P}; p++) {
            real *const panel = scratch + (ptrdiff_t)p * ${KC} * ${NR};
            const int columns = ${N} - p * ${NR};
            vec left = {0}, right = {0};
            for (int k = 0; k < depth; k++) {
                const real *const in = ${b} + (ptrdiff_t)(k0 + k) * ${N} + p * ${NR};
                const vec v0 = load_left(in, columns), v1 = load_left(in + ${B}, columns - ${B});
                store(panel + k * ${NR}, v0);
                store(panel + k * ${NR} + ${B}, v1);
                left += v0;
                right += v1;
            }
            ${bias}
        }
        #pragma omp for schedule(static)
        for (int top = 0; top < ${M}; top += ${MC} * ${MR}) {
            real columns_of_a[${MC} * ${MR} * ${KC}] __attribute__((aligned(64)));
            const int height = ${M} - top < ${MC} * ${MR} ? ${M} - top : ${MC} * ${MR};
            pack_columns(columns_of_a, ${a} + (ptrdiff_t)k0 * ${M} + top, ${M}, height, depth);
            for (int j = 0; j < ${N}; j += ${NR}) {
                const real *const panel = scratch + (ptrdiff_t)j * ${KC};
                for (int i = 0; i < height; i += ${MR}) {
                    vec left[${MR}], right[${MR}];
                    panel_tile(depth, columns_of_a + (ptrdiff_t)i * depth, panel, left, right);
                    const int tall = height - i < ${MR} ? height - i : ${MR};
                    for (int r = 0; r < tall; r++) {
                        real *const out = ${y} + (ptrdiff_t)(top + i + r) * ${N} + j;
                        vec v0 = left[r], v1 = right[r];
                        if (k0 > 0) {
                            ${again}
                        }
                        ${store}
                    }
                }
            }
        }
    }
}
