/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Rows are the positions of all images. A shard is a run of rows, part of the sum's definition and not
 * a matter of threads; within one, 256 rows are summed in real, as differences from the first of them,
 * and joined in double. */
wide_vec means[${S}][${CB}], squares[${S}][${CB}];
vec centers[${CB}], scales[${CB}], shifts[${CB}];
${loop}
for (int s = 0; s < ${S}; s++)
    for (int g = 0; g < ${CB}; g += ${V}) {
        const int first = (int)((int64_t)s * ${M} / ${S}), end = (int)((s + INT64_C(1)) * ${M} / ${S});
        wide_vec m[${V}], q[${V}];
        for (int v = 0; v < ${V}; v++) m[v] = q[v] = (wide_vec){0};
        for (int from = first; from < end; from += 256) {
            const int to = end - from < 256 ? end : from + 256;
            vec base[${V}], a[${V}], b[${V}];
#pragma GCC unroll 4
            for (int v = 0; v < ${V}; v++) {
                base[v] = get(x + (ptrdiff_t)from * ${XC} + (g + v) * ${B}, ${lanes});
                a[v] = b[v] = (vec){0};
            }
            for (int r = from; r < to; r++) {
                const bf16 *const row = x + (ptrdiff_t)r * ${XC} + g * ${B};
#pragma GCC unroll 4
                for (int v = 0; v < ${V}; v++) {
                    const vec d = get(row + v * ${B}, ${lanes}) - base[v];
                    a[v] += d;
                    b[v] += d * d;
                }
            }
            const double count = (double)(to - from);
            for (int v = 0; v < ${V}; v++) {
                const wide_vec left = widen(a[v]) / count, here = widen(base[v]) + left;
                const wide_vec spread = widen(b[v]) - left * left * count;
                join_moments((double)(from - first), &m[v], &q[v], count, &here, &spread);
            }
        }
        for (int v = 0; v < ${V}; v++) {
            means[s][g + v] = m[v];
            squares[s][g + v] = q[v];
        }
    }
for (int cb = 0; cb < ${CB}; cb++) {
    wide_vec m = means[0][cb], q = squares[0][cb];
    for (int s = 1; s < ${S}; s++) {
        const int before = (int)((int64_t)s * ${M} / ${S}), after = (int)((s + INT64_C(1)) * ${M} / ${S});
        join_moments((double)before, &m, &q, (double)(after - before), &means[s][cb], &squares[s][cb]);
    }
    const int channel = cb * ${B}, lanes = ${here};
    const wide_vec var = q / (double)${M};
    wide_vec inv;
    for (int l = 0; l < ${B}; l++) inv[l] = 1 / sqrt(var[l] + ${eps});
    const vec center = narrow(m), scale = load_channels(gamma + channel, lanes) * narrow(inv);
    /* x - center is nearly exact; what rounding left out of the mean goes into the shift */
    centers[cb] = center;
    scales[cb] = scale;
    shifts[cb] = load_channels(beta + channel, lanes) - narrow(m - widen(center)) * scale;
    store_channels(mean + channel, lanes, center);
    store_channels(invstd + channel, lanes, narrow(inv));
    ${statistics}
}
${loop}
for (int s = 0; s < ${S}; s++)
    for (int g = 0; g < ${CB}; g += ${V}) {
        const int first = (int)((int64_t)s * ${M} / ${S}), end = (int)((s + INT64_C(1)) * ${M} / ${S});
        for (int r = first; r < end; r++) {
#pragma GCC unroll 4
            for (int w = 0; w < ${V}; w++) {
                const ptrdiff_t i = (ptrdiff_t)r * ${C} + (g + w) * ${B};
                const ptrdiff_t j = (ptrdiff_t)r * ${XC} + (g + w) * ${B};
                vec v = (get(x + j, ${lanes}) - centers[g + w]) * scales[g + w] + shifts[g + w];
                ${residual}
                ${relu}
                put(y + i, ${lanes}, v);
            }
        }
    }
