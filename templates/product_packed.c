/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* A few rows by a matrix that no cache holds: ${KB} rows of it and ${C} columns to a thread are copied in the order in
 * which tiles of ${T} columns read them, while the next are asked for. Every sum runs in the order of k. */
#pragma omp parallel for schedule(static)
for (int c = 0; c < ${N}; c += ${C}) {
    real packed[${KB} * ${C}] __attribute__((aligned(64))), sums[${M} * ${C}] __attribute__((aligned(64)));
    for (int j = 0; j < ${C}; j++)
        for (int i = 0; i < ${M}; i++) sums[j / ${T} * (${M} * ${T}) + i * ${T} + j % ${T}] = ${start};
    for (int k0 = 0; k0 < ${K}; k0 += ${KB}) {
        const int steps = ${K} - k0 < ${KB} ? ${K} - k0 : ${KB}, last = k0 + steps == ${K};
        for (int k = 0; k < steps; k++)
            for (int j = 0; j < ${C}; j += ${B})
                store(packed + j / ${T} * (${KB} * ${T}) + k * ${T} + j % ${T},
                      *(const loose_vec *)(${b} + (ptrdiff_t)(k0 + k) * ${N} + c + j));
        const real *const following = ${b} + (ptrdiff_t)(last ? k0 : k0 + ${KB}) * ${N} + c;
        for (int j = 0; j < ${C}; j += ${T}) {
            const int row = j / ${T} * ${KB} * ${T} / ${C}, from = j / ${T} * ${KB} * ${T} % ${C};
            if (k0 + ${KB} + row < ${K}) fetch_lines(following + (ptrdiff_t)row * ${N} + from, 0, ${lines});
            for (int tile = 0; tile < ${tiles}; tile++) {
                const int i = ${first};
                real *const out = sums + j * ${M} + i * ${T};
                ${call}
            }
        }
    }
    for (int i = 0; i < ${M}; i++)
        for (int j = 0; j < ${C}; j += ${T})
            memcpy(${y} + (ptrdiff_t)i * ${N} + c + j, sums + j * ${M} + i * ${T}, ${T} * sizeof(real));
}
