/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Tiles of the gradient, up to ${R} rows by ${T} columns: a tile's weights change while it is in the cache,
 * and the gradient as a whole is nowhere. A last tile that would stand over starts earlier; of it only new
 * columns count. Every sum runs in the order of the batch. */
const real lr = ${lr};
${constants}
${prepare}
${loop}
for (int tile = 0; tile < ${tiles}; tile++)
    for (int c = 0; c < ${N}; c += ${T}) {
        real gradient[${R} * ${T}] __attribute__((aligned(64)));
        const int first = ${first}, height = ${height};
        const int j = c + ${T} <= ${N} ? c : ${N} - ${T};
        const real *const rows = ${a} + first, *const columns = ${b} + j;
        ${call}
        for (int r = 0; r < height; r++)
            #pragma omp simd
            for (int t = ${skip}; t < ${T}; t++) {
                const int i = (first + r) * ${N} + j + t;
                ${gradient}
                real w = weights[i];
                ${load}
                ${update}
                ${store}
                weights[i] = w;
            }
    }
