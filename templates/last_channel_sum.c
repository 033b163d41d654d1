/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Shards of rows as in batch norm; 256 rows in real, across them in double. */
wide_vec sums[${S}][${CB}];
${loop}
for (int s = 0; s < ${S}; s++)
    for (int k = 0; k < ${CB}; k += ${V}) {
        const int first = (int)((int64_t)s * ${M} / ${S}), end = (int)((s + INT64_C(1)) * ${M} / ${S});
        wide_vec total[${V}];
        for (int v = 0; v < ${V}; v++) total[v] = (wide_vec){0};
        for (int from = first; from < end; from += 256) {
            const int to = end - from < 256 ? end : from + 256;
            vec a[${V}];
            for (int v = 0; v < ${V}; v++) a[v] = (vec){0};
            for (int r = from; r < to; r++) {
#pragma GCC unroll 4
                for (int v = 0; v < ${V}; v++)
                    a[v] += get(x + (ptrdiff_t)r * ${C} + (k + v) * ${B}, ${lanes});
            }
            for (int v = 0; v < ${V}; v++) total[v] += widen(a[v]);
        }
        for (int v = 0; v < ${V}; v++) sums[s][k + v] = total[v];
    }
for (int cb = 0; cb < ${CB}; cb++) {
    wide_vec total = sums[0][cb];
    for (int s = 1; s < ${S}; s++) total += sums[s][cb];
    store_channels(sum + cb * ${B}, ${C} - cb * ${B}, narrow(total));
}
