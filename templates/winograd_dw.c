/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* ${chunks} chunks of ${T} tiles, one after the other: their sums have the order of tiles. Which thread takes which
 * channels changes no result. */
real *const pixels = scratch, *const gradients = pixels + ${v_floats}, *const sums = gradients + ${d_floats};
for (int first = 0; first < ${TILES}; first += ${T}) {
    const int tiles = first + ${T} <= ${TILES} ? ${T} : ${TILES} - first;
    #pragma omp parallel for collapse(2) schedule(static)
    for (int cb = 0; cb < ${CB} + ${OB}; cb++)
        for (int t = 0; t < tiles; t++) {
            const int tile = first + t, n = tile / (${TH} * ${TW}), i = tile / ${TW} % ${TH}, j = tile % ${TW};
            if (cb < ${CB}) {
                winograd_tile(x + ((ptrdiff_t)n * ${CB} + cb) * ${x_plane}, ${IH}, ${IW}, 4 * i - ${PH}, 4 * j - ${PW},
                              pixels + (ptrdiff_t)(cb / ${GC}) * (36 * ${v_step}) + (cb % ${GC} * ${T} + t) * ${B},
                              ${v_step});
                continue;
            }
            const int ob = cb - ${CB}, p = ${of}, wide = ${wide}, begin = ${begin};
            winograd_gradient_tile(dy + ((ptrdiff_t)n * ${OB} + ob) * ${y_plane}, ${OH}, ${OW}, 4 * i, 4 * j,
                                   gradients + (ptrdiff_t)36 * (begin * ${T} + p * 2) * ${B} + (t * wide + ob - begin) * ${B},
                                   (wide * ${T} + 2) * ${B});
        }
    #pragma omp parallel for collapse(3) schedule(dynamic)
    for (int p = 0; p < ${P}; p++)
        for (int group = 0; group < ${groups}; group++)
            for (int plane = 0; plane < 36; plane += ${planes}) {
                const int wide = ${wide}, begin = ${begin};
                real *const sums_of = sums + (ptrdiff_t)begin * ${panel_floats} + (ptrdiff_t)p * ${sums_gap}
                    + (ptrdiff_t)group * (36 * 2 * ${B} + 36 * ${channels} * wide * ${B});
                for (int k = plane; k < plane + ${planes}; k++) {
                    const real *const d = gradients + (ptrdiff_t)36 * (begin * ${T} + p * 2) * ${B}
                        + (ptrdiff_t)k * ((wide * ${T} + 2) * ${B});
                    for (int c = 0; c < ${GC} * ${HALVES}; c++) {
                        const real *const from = pixels + ((ptrdiff_t)group * 36 + k) * ${v_step}
                            + c / ${HALVES} * (${T} * ${B}) + c % ${HALVES} * ${Q};
                        real *const to = sums_of + (ptrdiff_t)k * (${channels} * wide * ${B} + 2 * ${B}) + c * (${Q} * wide * ${B});
                        ${sum}
                    }
                }
                ${finish}
            }
}
${last_loop}
