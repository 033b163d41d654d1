/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* ${R} steps at a time. The steps that a tile reads are copied, zeros where there are none; then a step's
 * taps lie one after another, and the tile is one of a product of depth ${K} * ${D}. */
${loop}
for (int n = 0; n < ${N}; n++)
    for (int t = 0; t < ${L}; t += ${R}) {
        const int steps = ${steps}, height = ${L} - t < ${R} ? ${L} - t : ${R};
        const real *const from = x + (ptrdiff_t)n * ${L} * ${D};
        real *const out = y + ((ptrdiff_t)n * ${L} + t) * ${O};
        real window[${window}] __attribute__((aligned(64)));
        if (t < steps) {
            for (int r = 0; r < ${R} + ${K} - 1; r++) {
                const int s = t - ${P} + r;
                if (s >= 0 && s < steps)
                    memcpy(window + r * ${D}, from + (ptrdiff_t)s * ${D}, ${D} * sizeof(real));
                else
                    memset(window + r * ${D}, 0, ${D} * sizeof(real));
            }
            for (int c = 0; c < ${O}; c += ${T}) {
                const int j = c + ${T} <= ${O} ? c : ${O} - ${T};
                if (height == ${R})
                    product_tile(${R}, ${T}, ${depth}, ${whole}, ${ahead}, window, ${D}, 1, w + j, ${O}, ${bias}, 0, ${relu}, out + j, ${O});
                else
                    product_tile(${MR}, ${T}, ${depth}, ${whole}, ${ahead}, window, ${D}, 1, w + j, ${O}, ${bias}, 0, ${relu}, out + j, ${O});
            }
        }
        for (int r = steps > t ? steps - t : 0; r < height; r++)
            memset(out + (ptrdiff_t)r * ${O}, 0, ${O} * sizeof(real));
    }
