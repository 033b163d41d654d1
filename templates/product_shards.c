/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* The rows of the second factor in ${P} shards, one for each thread: those a thread also updates, so
 * that they stay in its cache from step to step, and of those ${KB} at a time for all rows of the first
 * factor. The shards' sums are added in their order. */
real partial[${P}][${M} * ${N}] __attribute__((aligned(64)));
#pragma omp parallel for schedule(static)
for (int s = 0; s < ${P}; s++)
    for (int k0 = 0; k0 < (s < ${P} - 1 ? ${D} : ${last}); k0 += ${KB})
        for (int tile = 0; tile < ${tiles}; tile++)
            for (int c = 0; c < ${N}; c += ${T}) {
                const int i = ${first}, j = c + ${T} <= ${N} ? c : ${N} - ${T};
                const real *const rows = ${a} + (ptrdiff_t)i * ${K} + s * ${D} + k0;
                const real *const columns = ${b} + ((ptrdiff_t)s * ${D} + k0) * ${N} + j;
                real *const out = partial[s] + i * ${N} + j;
                const int left = (s < ${P} - 1 ? ${D} : ${last}) - k0;
                const int steps = left < ${KB} ? left : ${KB};
                ${prefetch}
                ${call}
            }
for (int i = 0; i < ${M}; i++)
    #pragma omp simd
    for (int j = 0; j < ${N}; j++) {
        real sum = ${start};
        for (int s = 0; s < ${P}; s++) sum += partial[s][i * ${N} + j];
        ${y}[i * ${N} + j] = ${result};
    }
