/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* ${CHUNKS} chunks of ${T} tiles, which lie in the image n by n, row by row. */
${chunks_begin}
    const int tiles = first + ${T} <= ${TILES} ? ${T} : ${TILES} - first;
    ${loop_input}
    for (int cb = 0; cb < ${CB}; cb++)
        for (int t = 0; t < tiles; t++) {
            const int tile = first + t, n = tile / (${TH} * ${TW}), i = tile / ${TW} % ${TH}, j = tile % ${TW};
            winograd_tile(x + ((ptrdiff_t)n * ${CB} + cb) * ${x_plane}, ${IH}, ${IW}, 4 * i - ${PH}, 4 * j - ${PW},
                          pixels + ((ptrdiff_t)cb * ${T} + t) * ${B}, ${v_step});
        }
    ${loop_multiply}
    for (int k = 0; k < 36; k++)
        for (int p = 0; p < ${P}; p++)
            winograd_multiply((tiles + ${R} - 1) / ${R}, ${CB}, pixels + k * ${v_step},
                              u + (ptrdiff_t)k * ${u_step} + (ptrdiff_t)p * ${panel},
                              products + k * ${m_step} + (ptrdiff_t)p * ${m_pair}, ${row});
    ${loop_output}
    for (int ob = 0; ob < ${OB}; ob++)
        for (int t = 0; t < tiles; t++) {
            const int tile = first + t, n = tile / (${TH} * ${TW}), i = tile / ${TW} % ${TH}, j = tile % ${TW};
            const real *const m = products + ((ptrdiff_t)ob * ${T} + t) * ${B};
            const ptrdiff_t at = (((ptrdiff_t)n * ${OB} + ob) * ${OH} + 4 * i) * ${OW} * ${B} + 4 * j * ${B};
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
${chunks_end}
