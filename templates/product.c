/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Tiles of up to ${R} rows by ${T} columns; a last one that would stand over starts earlier and computes
 * some columns again. Every sum runs in the order of k, whatever the tile. */
${loop}
for (int tile = 0; tile < ${tiles}; tile++)
    for (int c = 0; c < ${N}; c += ${T}) {
        const int i = ${first}, j = c + ${T} <= ${N} ? c : ${N} - ${T};
        const real *const rows = ${a} + (ptrdiff_t)i * ${AR}, *const columns = ${b} + j;
        real *const out = ${y} + (ptrdiff_t)i * ${N} + j;
        ${call}
    }
