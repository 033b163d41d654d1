/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* dw = x' dy, steps being the rows: at most ${KC} at a time, of which dy becomes panels, shared, and each thread
 * turns columns of x into slivers. Sums run over the rows in order. */
const int count = ${count};
const int shares = (count + ${KC} - 1) / ${KC}, share = (count + shares - 1) / (shares > 0 ? shares : 1);
for (int k0 = 0; k0 < count; k0 += share) {
    const int depth = count - k0 < share ? count - k0 : share;
    #pragma omp parallel
    {
        #pragma omp for schedule(static)
        for (int p = 0; p < ${P}; p++) {
            real *const panel = scratch + (ptrdiff_t)p * ${KC} * ${NR};
            const int columns = ${N} - p * ${NR};
            vec left = {0}, right = {0};
            for (int k = 0; k < depth; k++) {
                const real *const in = ${b} + (ptrdiff_t)(k0 + k) * ${N} + p * ${NR};
                __builtin_prefetch(in + 12 * ${N});
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
            real columns_of_a[${MC} * ${MR} * ${KC} + ${B}] __attribute__((aligned(64)));
            const int height = ${M} - top < ${MC} * ${MR} ? ${M} - top : ${MC} * ${MR};
            pack_columns(columns_of_a, ${a} + (ptrdiff_t)k0 * ${M} + top, ${M}, height, ${M} - top, depth);
            const int ahead = (depth * ${NR} * (int)sizeof(real) / 64 * ${MR} + height - 1) / height;
            for (int j = 0; j < ${N}; j += ${NR}) {
                const real *const panel = scratch + (ptrdiff_t)j * ${KC};
                for (int i = 0; i < height; i += ${MR}) {
                    const int tall = height - i < ${MR} ? height - i : ${MR};
                    real tile[${MR} * ${NR}] __attribute__((aligned(64)));
                    real *out = ${y} + (ptrdiff_t)(top + i) * ${N} + j;
                    for (int r = 0; r < tall; r++) __builtin_prefetch(out + r * ${N}, 1);
                    if (j + ${NR} < ${N}) fetch_lines(panel + ${NR} * ${KC}, i / ${MR} * ahead, ahead);
                    panel_tile(depth, columns_of_a + (ptrdiff_t)i * depth, 1, ${MR}, panel, ${NR}, NULL, 0, tile,
                               ${NR});
                    for (int r = 0; r < tall; r++, out += ${N}) {
                        vec v0 = load(tile + r * ${NR}), v1 = load(tile + r * ${NR} + ${B});
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
