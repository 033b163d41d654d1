/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Probabilities are computed again, ${QB} queries by ${KB} keys at a time. */
#pragma omp parallel for collapse(2) schedule(dynamic)
for (int n = 0; n < ${N}; n++)
    for (int head = 0; head < ${H}; head++) {
        const int length = rows[n + 1] - rows[n];
        const ptrdiff_t base = (ptrdiff_t)rows[n] * ${D} + head * ${F};
        real keys_turned[${LP} * ${F}] __attribute__((aligned(64)));
        real values_turned[${LP} * ${F}] __attribute__((aligned(64)));
        real dots[${L}];
        turn(keys_turned, k + base, ${D}, length, ${F});
        turn(values_turned, v + base, ${D}, length, ${F});
        for (int i = 0; i < length; i++) {
            const ptrdiff_t at = base + (ptrdiff_t)i * ${D};
            vec dot = {0};
            for (int d = 0; d < ${F}; d += ${B}) dot += load_loose(dy + at + d) * load_loose(y + at + d);
            dots[i] = across(dot);
        }
        for (int j = 0; j < length; j += ${KB})
            for (int i = 0; i < length; i += ${QB}) {
                const int keys = length - j < ${KB} ? length - j : ${KB};
                const int queries = length - i < ${QB} ? length - i : ${QB};
                real asked[${QB} * ${F}], given[${QB} * ${F}];
                real shares[${QB} * ${KB}] __attribute__((aligned(64)));
                real slopes[${QB} * ${KB}] __attribute__((aligned(64)));
                gather(asked, q + base + (ptrdiff_t)i * ${D}, ${D}, queries, ${QB}, ${F}, (real)${scale});
                gather(given, dy + base + (ptrdiff_t)i * ${D}, ${D}, queries, ${QB}, ${F}, 1);
                for (int p = 0; p < ${KB}; p += ${NR})
                    for (int t = 0; t < ${QB}; t += ${MR}) {
                        vec left[${MR}], right[${MR}];
                        clear_tile(left, right);
                        if (p < keys && t < queries)
                            add_tile(${F}, asked + t * ${F}, ${F}, 1, keys_turned + (ptrdiff_t)(j + p) * ${F}, ${NR}, left,
                                     right);
                        write_tile(${MR}, shares + t * ${KB} + p, ${KB}, left, right);
                        clear_tile(left, right);
                        if (p < keys && t < queries)
                            add_tile(${F}, given + t * ${F}, ${F}, 1, values_turned + (ptrdiff_t)(j + p) * ${F}, ${NR}, left,
                                     right);
                        write_tile(${MR}, slopes + t * ${KB} + p, ${KB}, left, right);
                    }
                for (int r = 0; r < queries; r++) {
                    real *const share = shares + r * ${KB}, *const slope = slopes + r * ${KB};
                    const real level = lse[(rows[n] + i + r) * ${H} + head], dot = dots[i + r];
                    ${factors}
                    for (int c = 0; c < ${KB}; c += ${B}) {
                        const vec p = vector_exp(load_loose(share + c) - level);
                        store_loose(slope + c, p * (load_loose(slope + c)${factor} - dot));
                        store_loose(share + c, p${factor});
                    }
                    for (int c = keys; c < ${KB}; c++) share[c] = slope[c] = 0;
                }
                for (int d = 0; d < ${F}; d += ${NR}) {
                    vec left[${MR}], right[${MR}];
                    for (int t = 0; t < keys; t += ${MR}) {
                        const int some = keys - t < ${MR} ? keys - t : ${MR};
                        real *const to_v = dv + base + (ptrdiff_t)(j + t) * ${D} + d;
                        real *const to_k = dk + base + (ptrdiff_t)(j + t) * ${D} + d;
                        if (i == 0) clear_tile(left, right);
                        else read_tile(some, to_v, ${D}, left, right);
                        add_tile(queries, shares + t, 1, ${KB}, given + d, ${F}, left, right);
                        write_tile(some, to_v, ${D}, left, right);
                        if (i == 0) clear_tile(left, right);
                        else read_tile(some, to_k, ${D}, left, right);
                        add_tile(queries, slopes + t, 1, ${KB}, asked + d, ${F}, left, right);
                        write_tile(some, to_k, ${D}, left, right);
                    }
                    for (int t = 0; t < queries; t += ${MR}) {
                        const int some = queries - t < ${MR} ? queries - t : ${MR};
                        real *const to_q = dq + base + (ptrdiff_t)(i + t) * ${D} + d;
                        clear_tile(left, right);
                        add_tile(keys, slopes + t * ${KB}, ${KB}, 1, k + base + (ptrdiff_t)j * ${D} + d, ${D}, left, right);
                        for (int r = 0; r < some; r++) {
                            left[r] *= (real)${scale};
                            right[r] *= (real)${scale};
                            if (j > 0) {
                                left[r] += load_loose(to_q + r * ${D});
                                right[r] += load_loose(to_q + r * ${D} + ${B});
                            }
                        }
                        write_tile(some, to_q, ${D}, left, right);
                    }
                }
            }
    }
