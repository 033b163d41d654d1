/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* ${CHUNKS} chunks of ${T} tiles, one after the other: their sums have the order of tiles. */
real *const pixels = scratch, *const gradients = pixels + ${v_floats}, *const sums = gradients + ${d_floats};
for (int first = 0; first < ${TILES}; first += ${T}) {
    const int tiles = first + ${T} <= ${TILES} ? ${T} : ${TILES} - first;
    #pragma omp parallel for collapse(2) schedule(static)
    for (int cb = 0; cb < ${CB} + ${OB}; cb++)
        for (int t = 0; t < tiles; t++) {
            const int tile = first + t, n = tile / (${TH} * ${TW}), i = tile / ${TW} % ${TH}, j = tile % ${TW};
            if (cb < ${CB})
                winograd_tile(x + ((ptrdiff_t)n * ${CB} + cb) * ${x_plane}, ${IH}, ${IW}, 4 * i - ${PH}, 4 * j - ${PW},
                              pixels + ((ptrdiff_t)cb * ${T} + t) * ${B}, ${v_step});
            else
                winograd_gradient_tile(dy + ((ptrdiff_t)n * ${OB} + cb - ${CB}) * ${y_plane}, ${OH}, ${OW}, 4 * i, 4 * j,
                                       gradients + ((ptrdiff_t)(cb - ${CB}) * ${T} + t) * ${B}, ${d_step});
        }
    #pragma omp parallel for collapse(2) schedule(static)
    for (int k = 0; k < 36; k++)
        for (int p = 0; p < ${P}; p++)
            for (int q = 0; q < ${QS}; q++)
                winograd_sum(tiles, first > 0, pixels + k * ${v_step} + q / ${per_block} * ${row} + q % ${per_block} * ${Q},
                             gradients + k * ${d_step} + p * ${d_pair}, ${row},
                             sums + (ptrdiff_t)k * ${u_step} + ((ptrdiff_t)p * ${QS} + q) * ${unit});
}
#pragma omp parallel for collapse(2) schedule(static)
for (int p = 0; p < ${P}; p++)
    for (int c = 0; c < ${CB} * ${B}; c++)
        for (int side = 0; side < 2; side++) {
            const real *const u = sums + ((ptrdiff_t)p * ${CB} * ${B} + c) * (2 * ${B}) + side * ${B};
            vec half[3][6], g[9];
            #pragma GCC unroll 6
            for (int j = 0; j < 6; j++) {
                vec d[6], s[3];
                #pragma GCC unroll 6
                for (int i = 0; i < 6; i++) d[i] = load(u + (ptrdiff_t)(i * 6 + j) * ${u_step});
                winograd_weight_gradients(d, s);
                #pragma GCC unroll 3
                for (int i = 0; i < 3; i++) half[i][j] = s[i];
            }
            #pragma GCC unroll 3
            for (int i = 0; i < 3; i++) winograd_weight_gradients(half[i], g + 3 * i);
            real *const out = dw + ((ptrdiff_t)(p * 2 + side) * ${B} * (${CB} * ${B}) + c) * 9;
            for (int l = 0; l < ${B}; l++)
                for (int k = 0; k < 9; k++) out[l * (${CB} * ${B} * 9) + k] = g[k][l];
        }
