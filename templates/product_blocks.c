/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Tiles of up to ${R} rows by ${T} columns, for ${KB} steps at a time: those rows of the second factor stay in the
 * cache for all tiles. Sums go on where the steps before have left them: every one runs in the order of k. */
${region}
for (int k0 = 0; k0 < ${K}; k0 += ${KB}) {
    const int steps = ${K} - k0 < ${KB} ? ${K} - k0 : ${KB}, last = k0 + steps == ${K};
    ${loop}
    for (int tile = 0; tile < ${tiles}; tile++)
        for (int j = 0; j < ${N}; j += ${T}) {
            const int i = ${first}, from = k0 > 0 ? ${N} : 0;
            const real *const rows = ${a} + (ptrdiff_t)i * ${K} + k0;
            const real *const columns = ${b} + (ptrdiff_t)k0 * ${N} + j;
            real *const out = ${y} + (ptrdiff_t)i * ${N} + j;
            const real *const start = k0 > 0 ? out : ${bias};
            ${prefetch}
            ${call}
        }
}
