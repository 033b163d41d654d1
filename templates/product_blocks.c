/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Tiles of up to ${R} rows by ${T} columns. The second factor comes in blocks of ${KB} rows and ${C} columns, which
 * stay in the cache for all tiles while the next one is asked for. Sums go on where the steps before have left
 * them: every one runs in the order of k. */
${loop_columns}
for (int c = 0; c < ${N}; c += ${C}) {
    ${region}
    for (int k0 = 0; k0 < ${K}; k0 += ${KB}) {
        const int steps = ${K} - k0 < ${KB} ? ${K} - k0 : ${KB}, last = k0 + steps == ${K};
        ${loop_rows}
        for (int tile = 0; tile < ${tiles}; tile++)
            for (int j = c; j < c + ${C}; j += ${T}) {
                const int i = ${first}, from = k0 > 0 ? ${N} : 0, part = (${part}) * ${share};
                const real *const rows = ${a} + (ptrdiff_t)i * ${K} + k0;
                const real *const columns = ${b} + (ptrdiff_t)k0 * ${N} + j;
                real *const out = ${y} + (ptrdiff_t)i * ${N} + j;
                const real *const start = k0 > 0 ? out : ${bias};
                for (int next = part; next < part + ${share} && next < ${KB} && !last; next++)
                    for (int l = 0; l < ${C}; l += 16)
                        __builtin_prefetch(${b} + (ptrdiff_t)(k0 + ${KB} + next) * ${N} + c + l);
                ${call}
            }
    }
}
