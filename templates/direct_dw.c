/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* ${PS} ranges of panels of dy's channels by ${CS} of x's. For each, pieces of ${ROWS} rows one after the other: their
 * sums have the order of the rows. Which thread takes which unit changes no result. */
${loop}
for (int unit = 0; unit < ${UNITS}; unit++) {
    const int first = unit / ${CS} * ${P} / ${PS}, last = (unit / ${CS} + 1) * ${P} / ${PS};
    const int first_block = unit % ${CS} * ${CB} / ${CS}, last_block = (unit % ${CS} + 1) * ${CB} / ${CS};
    for (int p = first; p < last; p++) {
        const int wide = ${wide}, begin = ${begin};
        memset(scratch + ((ptrdiff_t)begin * ${CB} + first_block * wide) * ${square}, 0,
               (size_t)((last_block - first_block) * wide) * ${square} * sizeof(real));
    }
    for (int piece = 0; piece < ${N} * ${PIECES}; piece++) {
        const int n = piece / ${PIECES}, top = piece % ${PIECES} * ${ROWS};
        const int bottom = top + ${ROWS} < ${OH} ? top + ${ROWS} : ${OH};
        for (int p = first; p < last; p++) {
            const int wide = ${wide}, begin = ${begin};
            const real *const d = dy + ((ptrdiff_t)n * ${OB} + begin) * ${y_plane};
            const ptrdiff_t step = wide * (${TAPS} * ${B});
            for (int c = first_block * ${B}; c < last_block * ${B}; c += ${Q}) {
                const real *const image = x + ((ptrdiff_t)n * ${CB} + c / ${B}) * ${x_plane} + c % ${B};
                real *const sums = scratch + (ptrdiff_t)begin * ${CB} * ${square} + c * step;
                ${taps}
            }
        }
    }
    /* the ${B} * ${TAPS} gradients of an output and a block of channels follow one another */
    for (int p = first; p < last; p++)
        for (int o = 0; o < (${wide}); o++)
            for (int cb = first_block; cb < last_block; cb++)
                for (int k = 0; k < ${TAPS}; k++) {
                    const int wide = ${wide}, begin = ${begin};
                    transpose_square(scratch + ((ptrdiff_t)begin * ${CB} + cb * wide) * ${square}
                                         + (k * ${B} * wide + o) * ${B}, wide * ${B},
                                     dw + ((ptrdiff_t)(begin + o) * ${B} * ${CB} + cb) * (${B} * ${TAPS}) + k * ${B},
                                     ${CB} * ${B} * ${TAPS});
                }
}
