/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Up to ${R} rows of the gradient at a time, in tiles of ${T} columns (a last one that would stand over starts
 * earlier and computes some columns again): those weights change while their gradient is in the first cache, and
 * as a whole it is nowhere. Every sum runs in the order of the batch. */
const real lr = ${lr};
${constants}
${prepare}
${loop}
for (int tile = 0; tile < ${tiles}; tile++) {
    real gradients[${R} * ${N}] __attribute__((aligned(64)));
    const int first = ${first}, height = ${height};
    for (int c = 0; c < ${N}; c += ${T}) {
        const int j = c + ${T} <= ${N} ? c : ${N} - ${T};
        const real *const rows = ${a} + first, *const columns = ${b} + j;
        real *const out = gradients + j;
        ${prefetch}
        ${call}
    }
    const int begin = first * ${N}, end = (first + height) * ${N};
    #pragma omp simd
    for (int i = begin; i < end; i++) {
        ${element}
    }
}
