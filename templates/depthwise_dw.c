/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* sums of a few rows in float, all else in double, in a fixed order */
${shards}
${loop}
for (int u = 0; u < ${CB} * ${S}; u++) {
    const int cb = u / ${S};
    wide_vec total[${TAPS}];
    vec sums[${TAPS}];
    for (int k = 0; k < ${TAPS}; k++) {
        total[k] = (wide_vec){0};
        sums[k] = (vec){0};
    }
    const int end = (int)((ptrdiff_t)${ROWS} * (u % ${S} + 1) / ${S});
    for (int i = (int)((ptrdiff_t)${ROWS} * (u % ${S}) / ${S}); i < end; i++) {
        const int n = i / ${OH}, r = i % ${OH};
        const real *const image = x + ((ptrdiff_t)n * ${CB} + cb) * ${plane};
        const real *const d = dy + ((((ptrdiff_t)n * ${CB} + cb) * ${OH}) + r) * ${OW} * ${B};
        ${range}
        ${row}
        if ((r + 1) % ${F} == 0 || r + 1 == ${OH} || i + 1 == end)
            for (int k = 0; k < ${TAPS}; k++) {
                total[k] += widen(sums[k]);
                sums[k] = (vec){0};
            }
    }
    ${keep}
}
${combine}
