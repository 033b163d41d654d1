/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Tiles of ${R} features by ${T} outputs of one tap. A thread goes through the samples with all its tiles, so
 * that a sample's steps are in its cache; every sum runs over samples and steps in order, whatever the
 * threads. */
${loop}
for (int part = 0; part < ${parts}; part++)
    for (int n = 0; n < ${N}; n++) {
        const int steps = ${steps};
        for (int tile = part * ${total} / ${parts}; tile < (part + 1) * ${total} / ${parts}; tile++) {
            const int k = tile / ${tiles}, d = tile % ${tiles} * ${R}, shift = k - (${P});
            const int first = shift < 0 ? -shift : 0, last = shift > 0 ? steps - shift : steps;
            if (first >= last && n > 0) continue;
            const ptrdiff_t at = (ptrdiff_t)n * ${L} + (first < last ? first : 0);
            const real *const a = x + (first < last ? at + shift : at) * ${D} + d, *const b = dy + at * ${O};
            real *const out = dw + (ptrdiff_t)(k * ${D} + d) * ${O};
            for (int j = 0; j < ${O}; j += ${T}) {
                if (d + ${R} <= ${D} && j + ${T} <= ${O})
                    sequence_tile(${R}, ${T}, n == 0, last - first, a, ${D}, b + j, ${O}, out + j, ${O});
                else if (j + ${T} <= ${O})
                    sequence_tile(${DR}, ${T}, n == 0, last - first, a, ${D}, b + j, ${O}, out + j, ${O});
                else if (d + ${R} <= ${D})
                    sequence_tile(${R}, ${TR}, n == 0, last - first, a, ${D}, b + j, ${O}, out + j, ${O});
                else
                    sequence_tile(${DR}, ${TR}, n == 0, last - first, a, ${D}, b + j, ${O}, out + j, ${O});
            }
        }
    }
for (int o = 0; o < ${O}; o++) db[o] = 0;
for (int n = 0; n < ${N}; n++)
    for (int t = 0; t < ${steps}; t++) {
        #pragma omp simd
        for (int o = 0; o < ${O}; o++) db[o] += dy[((ptrdiff_t)n * ${L} + t) * ${O} + o];
    }
