/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* ${CHUNKS} chunks of ${T} tiles, which lie in the image n by n, row by row. */
${chunks_begin}
    const int tiles = first + ${T} <= ${TILES} ? ${T} : ${TILES} - first;
    ${loop}
    for (int cb = 0; cb < ${CB}; cb++)
        for (int t = 0; t < tiles; t++) {
            const int tile = first + t, n = tile / (${TH} * ${TW}), i = tile / ${TW} % ${TH}, j = tile % ${TW};
            winograd_tile(x + ((ptrdiff_t)n * ${CB} + cb) * ${x_plane}, ${IH}, ${IW}, 4 * i - ${PH}, 4 * j - ${PW},
                          pixels + ((ptrdiff_t)(t / ${R} * ${CB} + cb) * ${R} + t % ${R}) * ${B}, ${v_step});
        }
    ${pairs_begin}
    ${loop}
    for (int k = 0; k < 36; k++)
        for (int p = 0; p < pairs; p++) {
            const real *const panel = u + (ptrdiff_t)k * ${u_step} + (ptrdiff_t)(first_pair + p) * ${panel};
            const real *const following = p + 1 < pairs ? panel + ${panel}
                : k + 1 < 36 ? u + (ptrdiff_t)(k + 1) * ${u_step} + (ptrdiff_t)first_pair * ${panel} : u;
            winograd_multiply((tiles + ${R} - 1) / ${R}, ${CB}, pixels + k * ${v_step}, panel,
                              products + k * ${m_step} + p * (2 * ${R} * ${B}), ${group}, following, ${lines});
        }
    ${loop}
    for (int ob = 0; ob < 2 * pairs; ob++)
        for (int t = 0; t < tiles; t++) {
            const int tile = first + t, n = tile / (${TH} * ${TW}), i = tile / ${TW} % ${TH}, j = tile % ${TW};
            const real *const m = products + (ptrdiff_t)(t / ${R}) * ${group} + (ob * ${R} + t % ${R}) * ${B};
            const ptrdiff_t at =
                ((((ptrdiff_t)n * ${OB} + first_pair * 2 + ob) * ${OH} + 4 * i) * ${OW} + 4 * j) * ${B};
            const int rows = ${OH} - 4 * i < 4 ? ${OH} - 4 * i : 4, columns = ${OW} - 4 * j < 4 ? ${OW} - 4 * j : 4;
            ${bias}
            vec half[4][6];
            #pragma GCC unroll 6
            for (int c = 0; c < 6; c++) {
                vec d[6], s[4];
                #pragma GCC unroll 6
                for (int r = 0; r < 6; r++) d[r] = load(m + (r * 6 + c) * ${m_step});
                winograd_results(d, s);
                #pragma GCC unroll 4
                for (int r = 0; r < 4; r++) half[r][c] = s[r];
            }
            #pragma GCC unroll 4
            for (int r = 0; r < 4; r++) {
                if (r >= rows) break;
                vec s[4];
                winograd_results(half[r], s);
                #pragma GCC unroll 4
                for (int c = 0; c < 4; c++) {
                    if (c >= columns) break;
                    vec v = s[c];
                    ${finish}
                    store(y + at + (r * ${OW} + c) * ${B}, v);
                }
            }
        }
    ${pairs_end}
${chunks_end}
