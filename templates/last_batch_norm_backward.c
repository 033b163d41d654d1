/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* g is dy where ReLU let the value through; sums by 256 rows in real, across them in double; shards
 * as in the forward pass. */
wide_vec sums[${S}][${CB}], dots[${S}][${CB}]; /* of g, of g (x - mean) */
vec centers[${CB}], scales[${CB}], slopes[${CB}], bases[${CB}]${shifts};
for (int cb = 0; cb < ${CB}; cb++) {
    const int channel = cb * ${B}, lanes = ${here};
    centers[cb] = load_channels(mean + channel, lanes);
    scales[cb] = load_channels(gamma + channel, lanes) * load_channels(invstd + channel, lanes);
    ${shift}
}
${loop}
for (int s = 0; s < ${S}; s++)
    for (int k = 0; k < ${CB}; k += ${V}) {
        const int first = (int)((int64_t)s * ${M} / ${S}), end = (int)((s + INT64_C(1)) * ${M} / ${S});
        wide_vec sum[${V}], dot[${V}];
        for (int v = 0; v < ${V}; v++) sum[v] = dot[v] = (wide_vec){0};
        for (int from = first; from < end; from += 256) {
            const int to = end - from < 256 ? end : from + 256;
            vec a[${V}], b[${V}];
            for (int v = 0; v < ${V}; v++) a[v] = b[v] = (vec){0};
            for (int r = from; r < to; r++) {
#pragma GCC unroll 4
                for (int v = 0; v < ${V}; v++) {
                    const ptrdiff_t i = (ptrdiff_t)r * ${C} + (k + v) * ${B};
                    const ptrdiff_t j = (ptrdiff_t)r * ${XC} + (k + v) * ${B};
                    const vec d = get(x + j, ${lanes}) - centers[k + v];
                    const vec g = ${gradient};
                    ${keep}
                    a[v] += g;
                    b[v] += g * d;
                }
            }
            for (int v = 0; v < ${V}; v++) {
                sum[v] += widen(a[v]);
                dot[v] += widen(b[v]);
            }
        }
        for (int v = 0; v < ${V}; v++) {
            sums[s][k + v] = sum[v];
            dots[s][k + v] = dot[v];
        }
    }
for (int cb = 0; cb < ${CB}; cb++) {
    wide_vec sum = sums[0][cb], dot = dots[0][cb];
    for (int s = 1; s < ${S}; s++) {
        sum += sums[s][cb];
        dot += dots[s][cb];
    }
    const int channel = cb * ${B}, lanes = ${here};
    const wide_vec inv = widen(load_channels(invstd + channel, lanes));
    store_channels(dbeta + channel, lanes, narrow(sum));
    store_channels(dgamma + channel, lanes, narrow(dot * inv));
    const wide_vec share = widen(scales[cb]) * (-1 / (double)${M});
    slopes[cb] = narrow(share * inv * inv * dot);
    bases[cb] = narrow(share * sum);
}
${loop}
for (int s = 0; s < ${S}; s++)
    for (int k = 0; k < ${CB}; k += ${V}) {
        const int first = (int)((int64_t)s * ${M} / ${S}), end = (int)((s + INT64_C(1)) * ${M} / ${S});
        for (int r = first; r < end; r++) {
#pragma GCC unroll 4
            for (int v = 0; v < ${V}; v++) {
                const ptrdiff_t i = (ptrdiff_t)r * ${C} + (k + v) * ${B};
                const ptrdiff_t j = (ptrdiff_t)r * ${XC} + (k + v) * ${B};
                const vec d = get(x + j, ${lanes}) - centers[k + v];
                const vec g = ${again};
                put(dx + i, ${lanes}, scales[k + v] * g + (slopes[k + v] * d + bases[k + v])${more});
            }
        }
    }
