/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* y = a b, b in panels. Blocks of rows go to threads; within one, steps are taken ${KC} at a time, so that a
 * block of a stays in the second cache and a panel of b in the first. Sums run in the order of the
 * steps, whatever the blocks. */
const int count = ${count};
const int slivers = (count + ${MR} - 1) / ${MR};
int blocks = (slivers + ${MC} - 1) / ${MC};
blocks = (blocks + ${T} - 1) / ${T} * ${T};
const int block = (slivers + blocks - 1) / blocks * ${MR};
${loop}
for (int part = 0; part < blocks; part++) {
    real rows_of_a[${MC} * ${MR} * ${KC}] __attribute__((aligned(64)));
    const int first = part * block, height = count - first < block ? count - first : block;
    for (int k0 = 0; k0 < ${K} && height > 0; k0 += ${KC}) {
        const int depth = ${K} - k0 < ${KC} ? ${K} - k0 : ${KC};
        pack_rows(rows_of_a, ${a} + (ptrdiff_t)first * ${K} + k0, ${K}, height, depth);
        for (int j = 0; j < ${N}; j += ${NR}) {
            const real *const panel = panels + (ptrdiff_t)j * ${K} + (ptrdiff_t)k0 * ${NR};
            for (int i = 0; i < height; i += ${MR}) {
                vec left[${MR}], right[${MR}];
                panel_tile(depth, rows_of_a + (ptrdiff_t)i * depth, panel, left, right);
                const int tall = height - i < ${MR} ? height - i : ${MR};
                for (int r = 0; r < tall; r++) {
                    const ptrdiff_t at = (ptrdiff_t)(first + i + r) * ${N} + j;
                    vec v0 = left[r], v1 = right[r];
                    ${finish}
                    ${store}
                }
            }
        }
    }
}
