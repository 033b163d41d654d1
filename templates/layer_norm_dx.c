/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Sums over rows in ${S} shards, each over its rows in order. */
real scale_sums[${S}][${D}] __attribute__((aligned(64))), shift_sums[${S}][${D}] __attribute__((aligned(64)));
const int64_t count = ${count};
${loop}
for (int s = 0; s < ${S}; s++) {
    real *const scales = scale_sums[s], *const shifts = shift_sums[s];
    for (int i = 0; i < ${D}; i++) scales[i] = shifts[i] = 0;
    for (int r = (int)(count * s / ${S}); r < (int)(count * (s + 1) / ${S}); r++) {
        const real *const g = dy + (ptrdiff_t)r * ${D}, *const h = xhat + (ptrdiff_t)r * ${D};
        real *const out = dx + (ptrdiff_t)r * ${D};
        ${factors}
        vec sums = {0}, dots = {0};
        real rest = 0, rest_dot = 0;
        for (int i = 0; i < ${W}; i += ${B}) {
            const vec d = load_loose(g + i), n = load_loose(h + i), w = d * load_loose(gamma + i);
            store_loose(scales + i, load_loose(scales + i) + d * n);
            store_loose(shifts + i, load_loose(shifts + i) + d);
            sums += w;
            dots += w * n;
        }
        for (int i = ${W}; i < ${D}; i++) {
            scales[i] += g[i] * h[i];
            shifts[i] += g[i];
            rest += g[i] * gamma[i];
            rest_dot += g[i] * gamma[i] * h[i];
        }
        const real mean = (across(sums) + rest) / ${D}, dot = (across(dots) + rest_dot) / ${D}, inv = invstd[r];
        for (int i = 0; i < ${W}; i += ${B}) {
            const vec v = (load_loose(g + i) * load_loose(gamma + i) - mean - load_loose(h + i) * dot) * inv;
            ${store}
        }
        for (int i = ${W}; i < ${D}; i++) {
            const real v = (g[i] * gamma[i] - mean - h[i] * dot) * inv;
            ${store_scalar}
        }
    }
}
for (int i = 0; i < ${D}; i++) {
    double scale = 0, shift = 0;
    for (int s = 0; s < ${S}; s++) {
        scale += (double)scale_sums[s][i];
        shift += (double)shift_sums[s][i];
    }
    dgamma[i] = (real)scale;
    dbeta[i] = (real)shift;
}
