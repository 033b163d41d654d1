/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* sums of a few rows in float, all else in double, in a fixed order */
wide_vec totals[${CB}][${S}][${TAPS}];
${loop}
for (int u = 0; u < ${CB} * ${S}; u++) {
    const int cb = u / ${S};
    wide_vec *const total = totals[cb][u % ${S}];
    vec all[${TAPS}];
    for (int k = 0; k < ${TAPS}; k++) {
        total[k] = (wide_vec){0};
        all[k] = (vec){0};
    }
    const int end = (int)((ptrdiff_t)${ROWS} * (u % ${S} + 1) / ${S});
    for (int i = (int)((ptrdiff_t)${ROWS} * (u % ${S}) / ${S}); i < end; i++) {
        const int n = i / ${OH}, r = i % ${OH};
        const real *const d = dy + ((((ptrdiff_t)n * ${CB} + cb) * ${OH}) + r) * ${OW} * ${B};
        ${range}
        for (int c = 0; c < ${IC}; c++) {
            const real *const image = x + ((ptrdiff_t)n * ${IC} + c) * ${plane};
            vec *const sums = all + c * ${WINDOW};
            ${row}
        }
        if ((r + 1) % ${F} == 0 || r + 1 == ${OH} || i + 1 == end)
            for (int k = 0; k < ${TAPS}; k++) {
                total[k] += widen(all[k]);
                all[k] = (vec){0};
            }
    }
}
for (int cb = 0; cb < ${CB}; cb++)
    for (int k = 0; k < ${TAPS}; k++) {
        wide_vec sum = totals[cb][0][k];
        for (int s = 1; s < ${S}; s++) sum += totals[cb][s][k];
        for (int l = 0; l < ${B} && cb * ${B} + l < ${C}; l++)
            dw[(cb * ${B} + l) * ${TAPS} + k] = (real)sum[l];
    }
