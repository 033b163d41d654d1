/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Units of up to ${rows} rows of cells of ${SH_out} by ${SW_out} pixels of dx, a pixel of each phase. For a phase, ${KC}
 * blocks of dy's channels are taken at a time, as in the forward kernel. */
${tables}
${units_begin}
    ${copy}
    for (int phase = 0; phase < ${PHASES}; phase++) {
        ptrdiff_t from[${M} + ${R} - 1], to[${M}]; /* where dy begins for the cells, where the results go */
        int count = 0;
        for (int i = 0; i < ${rows} && top + i < ${OH}; i++)
            for (int j = 0; j < ${OW}; j++) {
                const int row = (top + i) * ${SH_out} + down[phase], column = j * ${SW_out} + across[phase];
                if (row >= ${H} || column >= ${W}) continue;
                from[count] = ((ptrdiff_t)i * ${width} + j) * ${B};
                to[count++] = (ptrdiff_t)n * ${OB} * ${y_plane} + ((ptrdiff_t)row * ${W} + column) * ${B};
            }
        const int taps = first[phase + 1] - first[phase];
        if (count == 0) continue;
        if (taps == 0) {
            for (int ob = 2 * (${first_pair}); ob < 2 * (${last_pair}) && ob < ${OB}; ob++)
                for (int t = 0; t < count; t++) store(dx + to[t] + (ptrdiff_t)ob * ${y_plane}, (vec){0});
            continue;
        }
        for (int r = count; r < count + ${R} - 1; r++) from[r] = from[count - 1];
        for (int k = 0; k < ${CB}; k += ${KC}) {
            const int depth = ${CB} - k < ${KC} ? ${CB} - k : ${KC};
            for (int p = ${first_pair}; p < ${last_pair}; p++) {
                const real *const panel =
                    u + ((ptrdiff_t)p * (${CB} * ${TAPS}) + ${CB} * first[phase] + k * taps) * (2 * ${B} * ${B});
                for (int t = 0; t < count; t += ${R}) {
                    real tile[${R} * 2 * ${B}] __attribute__((aligned(64)));
                    direct_windows(depth, taps, shift + first[phase], image + (ptrdiff_t)k * ${plane}, from + t, ${plane},
                                   panel, tile);
                    for (int r = 0; r < ${R} && t + r < count; r++) {
                        const ptrdiff_t at = to[t + r] + (ptrdiff_t)p * 2 * ${y_plane};
                        vec v0 = load(tile + 2 * r * ${B}), v1 = load(tile + (2 * r + 1) * ${B});
                        if (k > 0) {
                            ${more}
                        }
                        ${finish}
                    }
                }
            }
        }
    }
${units_end}
