/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

${loop}
for (int u = 0; u < ${CB} * ${S}; u++) {
    const int cb = u / ${S}, channel = cb * ${B};
    real weights[${TAPS} * ${B}] __attribute__((aligned(64)));
    for (int k = 0; k < ${TAPS}; k++)
        for (int l = 0; l < ${B}; l++) weights[k * ${B} + l] = ${weight};
    ${start}
    const int end = (int)((ptrdiff_t)${ROWS} * (u % ${S} + 1) / ${S});
    for (int i = (int)((ptrdiff_t)${ROWS} * (u % ${S}) / ${S}); i < end; i++) {
        const int n = i / ${H}, r = i % ${H};
        const real *const image = ${source} + ((ptrdiff_t)n * ${CB} + cb) * ${plane};
        const ptrdiff_t out = ((((ptrdiff_t)n * ${CB} + cb) * ${H}) + r) * ${W} * ${B};
        ${range}
        ${row}
    }
}
