/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* b comes transposed, (N, K): ${T} of its rows at a time are turned into columns, zero past the
 * last, and used for all rows of a. */
${loop}
for (int c = 0; c < ${N}; c += ${T}) {
    real turned[${K} * ${T}] __attribute__((aligned(64))), over[${R} * ${T}];
    const int columns = ${N} - c < ${T} ? ${N} - c : ${T};
    ${turn}
    for (int k = columns == ${T} ? ${squares} : 0; k < ${K}; k++)
        for (int j = 0; j < ${T}; j++)
            turned[k * ${T} + j] = j < columns ? ${b}[(ptrdiff_t)(c + j) * ${K} + k] : 0;
    for (int tile = 0; tile < ${tiles}; tile++) {
        const int i = ${first};
        const real *const rows = ${a} + (ptrdiff_t)i * ${K};
        real *const to = ${y} + (ptrdiff_t)i * ${N} + c;
        real *const out = columns == ${T} ? to : over;
        const ptrdiff_t step = columns == ${T} ? ${N} : ${T};
        ${prefetch}
        ${call}
        if (columns == ${T}) continue;
        for (int r = 0; r < (${height}); r++)
            for (int j = 0; j < columns; j++) to[(ptrdiff_t)r * ${N} + j] = over[r * ${T} + j];
    }
}
