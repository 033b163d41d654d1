/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Probabilities are computed again, ${QB} queries by ${KB} keys at a time; what a head reads and writes lies
 * together meanwhile. */
#pragma omp parallel for collapse(2) schedule(dynamic)
for (int n = 0; n < ${N}; n++)
    for (int head = 0; head < ${H}; head++) {
        const int length = rows[n + 1] - rows[n];
        const ptrdiff_t base = (ptrdiff_t)rows[n] * ${D} + head * ${F};
        real keys_turned[${LP} * ${F}] __attribute__((aligned(64)));
        real values_turned[${LP} * ${F}] __attribute__((aligned(64)));
        real asked[${LQ} * ${F}] __attribute__((aligned(64))), given[${LQ} * ${F}] __attribute__((aligned(64)));
        real by_asked[${LQ} * ${F}] __attribute__((aligned(64))), keys_laid[${KB} * ${F}] __attribute__((aligned(64)));
        real by_keys[${KR} * ${F}] __attribute__((aligned(64))), by_values[${KR} * ${F}] __attribute__((aligned(64)));
        real dots[${L}];
        turn(keys_turned, k + base, ${D}, length, ${F});
        turn(values_turned, v + base, ${D}, length, ${F});
        gather(asked, q + base, ${D}, length, (length + ${MR} - 1) / ${MR} * ${MR}, ${F}, (real)${scale});
        gather(given, dy + base, ${D}, length, (length + ${MR} - 1) / ${MR} * ${MR}, ${F}, 1);
        for (int i = 0; i < length; i++) {
            const ptrdiff_t at = base + (ptrdiff_t)i * ${D};
            vec dot = {0};
            for (int d = 0; d < ${F}; d += ${B}) dot += load_loose(dy + at + d) * load_loose(y + at + d);
            dots[i] = across(dot);
        }
        for (int j = 0; j < length; j += ${KB}) {
            const int keys = length - j < ${KB} ? length - j : ${KB};
            const int wide = (keys + ${B} - 1) / ${B} * ${B};
            gather(keys_laid, k + base + (ptrdiff_t)j * ${D}, ${D}, keys, keys, ${F}, (real)${scale});
            for (int i = 0; i < length; i += ${QB}) {
                const int queries = length - i < ${QB} ? length - i : ${QB};
                real shares[${QB} * ${KB} + ${MR}] __attribute__((aligned(64)));
                real slopes[${QB} * ${KB} + ${MR}] __attribute__((aligned(64)));
                for (int p = 0; p < keys; p += ${NR})
                    for (int t = 0; t < queries; t += ${MR}) {
                        const int from = (i + t) * ${F}, to = t * ${KB} + p;
                        panel_tile(${F}, asked + from, ${F}, 1, keys_turned + (j + p) * ${F}, ${NR}, NULL, 0, shares + to,
                                   ${KB});
                        panel_tile(${F}, given + from, ${F}, 1, values_turned + (j + p) * ${F}, ${NR}, NULL, 0, slopes + to,
                                   ${KB});
                    }
                for (int r = 0; r < queries; r++) {
                    real *const share = shares + r * ${KB}, *const slope = slopes + r * ${KB};
                    const real level = lse[(rows[n] + i + r) * ${H} + head], dot = dots[i + r];
                    ${factors}
                    for (int c = 0; c < wide; c += ${B}) {
                        const vec p = vector_exp(load(share + c) - level);
                        store(slope + c, p * (load(slope + c)${factor} - dot));
                        store(share + c, p${factor});
                    }
                    for (int c = keys; c < ${KB}; c++) share[c] = slope[c] = 0;
                }
                /* the last tile of keys may reach past the last row */
                for (int c = 0; c < ${MR}; c++)
                    shares[queries * ${KB} + c] = slopes[queries * ${KB} + c] = 0;
                for (int d = 0; d < ${F}; d += ${NR}) {
                    for (int t = 0; t < keys; t += ${MR}) {
                        real *const to_v = by_values + t * ${F} + d, *const to_k = by_keys + t * ${F} + d;
                        panel_tile(queries, shares + t, 1, ${KB}, given + i * ${F} + d, ${F}, i > 0 ? to_v : NULL, ${F},
                                   to_v, ${F});
                        panel_tile(queries, slopes + t, 1, ${KB}, asked + i * ${F} + d, ${F}, i > 0 ? to_k : NULL, ${F},
                                   to_k, ${F});
                    }
                    for (int t = 0; t < queries; t += ${MR}) {
                        real *const to = by_asked + (i + t) * ${F} + d;
                        panel_tile(keys, slopes + t * ${KB}, ${KB}, 1, keys_laid + d, ${F}, j > 0 ? to : NULL, ${F}, to,
                                   ${F});
                    }
                }
            }
            scatter(dk + base + (ptrdiff_t)j * ${D}, ${D}, by_keys, keys, ${F});
            scatter(dv + base + (ptrdiff_t)j * ${D}, ${D}, by_values, keys, ${F});
        }
        scatter(dq + base, ${D}, by_asked, length, ${F});
    }
