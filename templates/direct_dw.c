/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* ${UNITS} units of pairs of blocks of dy's channels. For each, pieces of ${ROWS} rows one after the other: their sums
 * have the order of the rows. */
${loop}
for (int unit = 0; unit < ${UNITS}; unit++) {
    const int begin = unit * ${P} / ${UNITS}, end = (unit + 1) * ${P} / ${UNITS};
    memset(scratch + (ptrdiff_t)begin * ${pair}, 0, (size_t)(end - begin) * ${pair} * sizeof(real));
    for (int piece = 0; piece < ${N} * ${PIECES}; piece++) {
        const int n = piece / ${PIECES}, top = piece % ${PIECES} * ${ROWS};
        const int bottom = top + ${ROWS} < ${OH} ? top + ${ROWS} : ${OH};
        for (int p = begin; p < end; p++) {
            const real *const d = dy + ((ptrdiff_t)n * ${OB} + 2 * p) * ${y_plane};
            const ptrdiff_t second = ${second};
            for (int c = 0; c < ${CB} * ${B}; c += ${Q}) {
                const real *const image = x + ((ptrdiff_t)n * ${CB} + c / ${B}) * ${x_plane} + c % ${B};
                real *const sums = scratch + (ptrdiff_t)p * ${pair} + (ptrdiff_t)c * (${TAPS} * 2 * ${B});
                ${taps}
            }
        }
    }
    for (int p = begin; p < end; p++)
        for (int l = 0; l < 2 * ${B}${lanes}; l++)
            for (int c = 0; c < ${CB} * ${B}; c++)
                for (int k = 0; k < ${TAPS}; k++)
                    dw[((ptrdiff_t)(p * 2 * ${B} + l) * (${CB} * ${B}) + c) * ${TAPS} + k] =
                        scratch[(ptrdiff_t)p * ${pair} + (((ptrdiff_t)(c / ${Q}) * ${TAPS} + k) * ${Q} + c % ${Q}) * (2 * ${B}) + l];
}
