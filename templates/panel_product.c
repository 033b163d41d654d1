/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* y = a b, b in panels. Blocks of rows go to threads, or pieces of columns where one block holds all rows;
 * within one, steps are taken ${KC} at a time, so that a block of a stays in the second cache and a panel of b
 * in the first, and the next panel is fetched meanwhile. Sums run in the order of the steps, whatever the
 * blocks. */
const int count = ${count};
const int slivers = (count + ${MR} - 1) / ${MR};
int blocks = (slivers + ${MC} - 1) / ${MC}, pieces = 1;
if (blocks == 1) pieces = ${T};
else blocks = (blocks + ${T} - 1) / ${T} * ${T};
const int block = (slivers + blocks - 1) / (blocks > 0 ? blocks : 1) * ${MR};
${loop}
for (int part = 0; part < blocks * pieces; part++) {
    real edge[${MR} * ${KC}] __attribute__((aligned(64)));
    const int first = part / pieces * block, height = count - first < block ? count - first : block;
    const int begin = part % pieces * ${P} / pieces * ${NR}, end = (part % pieces + 1) * ${P} / pieces * ${NR};
    for (int k0 = 0; k0 < ${K} && height > 0; k0 += ${KC}) {
        const int depth = ${K} - k0 < ${KC} ? ${K} - k0 : ${KC};
        const int ahead = (depth * ${NR} * (int)sizeof(real) / 64 * ${MR} + height - 1) / height;
        if (height % ${MR})
            pack_edge(edge, ${a} + (ptrdiff_t)(first + height - height % ${MR}) * ${K} + k0, ${K}, height % ${MR},
                      depth);
        for (int j = begin; j < end; j += ${NR}) {
            const real *const panel = panels + (ptrdiff_t)j * ${K} + (ptrdiff_t)k0 * ${NR};
            for (int i = 0; i < height; i += ${MR}) {
                const int tall = height - i < ${MR} ? height - i : ${MR};
                real tile[${MR} * ${NR}] __attribute__((aligned(64)));
                real *const out = ${y} + (ptrdiff_t)(first + i) * ${N} + j;
                for (int r = 0; r < tall; r++) __builtin_prefetch(out + r * ${N}, 1);
                if (j + ${NR} < end) fetch_lines(panel + ${NR} * ${K}, i / ${MR} * ahead, ahead);
                if (tall == ${MR})
                    panel_tile(depth, ${a} + (ptrdiff_t)(first + i) * ${K} + k0, ${K}, 1, panel, ${NR}, NULL, 0, tile,
                               ${NR});
                else
                    panel_tile(depth, edge, depth, 1, panel, ${NR}, NULL, 0, tile, ${NR});
                for (int r = 0; r < tall; r++) {
                    const ptrdiff_t at = (ptrdiff_t)(first + i + r) * ${N} + j;
                    vec v0 = load(tile + r * ${NR}), v1 = load(tile + r * ${NR} + ${B});
                    ${finish}
                    ${store}
                }
            }
        }
    }
}
