/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Sums over `tiles` tiles, for ${Q} channels of x (v: [tiles][${B}], from the first of them on) and ${W} blocks of
 * channels of dy (d: [tiles][${W}][${B}]), in the order of tiles; added to those of u where `more`. */
static __attribute__((noinline, unused)) void winograd_sum_${W}(int tiles, int more, const real *v, const real *d,
                                                               real *u) {
    vec sum[${Q}][${W}];
#pragma GCC unroll 16
    for (int q = 0; q < ${Q}; q++) {
#pragma GCC unroll 3
        for (int o = 0; o < ${W}; o++) sum[q][o] = more ? load(u + (q * ${W} + o) * ${B}) : (vec){0};
    }
    for (int t = 0; t < tiles; t++, v += ${B}, d += ${W} * ${B}) {
        vec row[${W}];
#pragma GCC unroll 3
        for (int o = 0; o < ${W}; o++) row[o] = load(d + o * ${B});
#pragma GCC unroll 16
        for (int q = 0; q < ${Q}; q++) {
            const real value = v[q];
#pragma GCC unroll 3
            for (int o = 0; o < ${W}; o++) sum[q][o] += value * row[o];
        }
    }
#pragma GCC unroll 16
    for (int q = 0; q < ${Q}; q++) {
#pragma GCC unroll 3
        for (int o = 0; o < ${W}; o++) store(u + (q * ${W} + o) * ${B}, sum[q][o]);
    }
}
