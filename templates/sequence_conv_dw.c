/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Tiles of ${R} features by ${T} outputs of one tap; one that would stand over starts earlier and computes
 * some again. Every sum runs over samples and steps in order. */
${loop}
for (int k = 0; k < ${K}; k++)
    for (int tile = 0; tile < ${tiles}; tile++) {
        const int d = tile * ${R} + ${R} <= ${D} ? tile * ${R} : ${D} - ${R};
        for (int c = 0; c < ${O}; c += ${T}) {
            const int j = c + ${T} <= ${O} ? c : ${O} - ${T};
            vec left[${R}] = {{0}}, right[${R}] = {{0}};
            for (int n = 0; n < ${N}; n++) {
                const int steps = ${steps}, shift = k - (${P});
                const int first = shift < 0 ? -shift : 0, last = shift > 0 ? steps - shift : steps;
                const ptrdiff_t at = (ptrdiff_t)n * ${L} + first;
                sequence_tile(${R}, ${T}, last - first, x + (at + shift) * ${D} + d, ${D}, dy + at * ${O} + j, ${O},
                              left, right);
            }
            real *const out = dw + (ptrdiff_t)(k * ${D} + d) * ${O} + j;
            for (int r = 0; r < ${R}; r++) {
                store_some(out + (ptrdiff_t)r * ${O}, ${T}, left[r]);
                if (${T} > ${B}) store_some(out + (ptrdiff_t)r * ${O} + ${B}, ${T} - ${B}, right[r]);
            }
        }
    }
for (int o = 0; o < ${O}; o++) db[o] = 0;
for (int n = 0; n < ${N}; n++)
    for (int t = 0; t < ${steps}; t++) {
        #pragma omp simd
        for (int o = 0; o < ${O}; o++) db[o] += dy[((ptrdiff_t)n * ${L} + t) * ${O} + o];
    }
