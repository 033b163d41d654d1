/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Queries ${QB} at a time against ${KB} keys at a time: a tile of scores never leaves the cache. */
#pragma omp parallel for collapse(2) schedule(dynamic)
for (int n = 0; n < ${N}; n++)
    for (int head = 0; head < ${H}; head++) {
        const int length = rows[n + 1] - rows[n];
        const ptrdiff_t base = (ptrdiff_t)rows[n] * ${D} + head * ${F};
        real turned[${LP} * ${F}] __attribute__((aligned(64))), laid[${LP} * ${F}] __attribute__((aligned(64)));
        turn(turned, k + base, ${D}, length, ${F});
        lay(laid, v + base, ${D}, length, ${LP}, ${F});
        for (int i = 0; i < length; i += ${QB}) {
            const int queries = length - i < ${QB} ? length - i : ${QB};
            real asked[${QB} * ${F}] __attribute__((aligned(64))), scores[${QB} * ${KB}] __attribute__((aligned(64)));
            real out[${QB} * ${F}] __attribute__((aligned(64))), top[${QB}], sum[${QB}];
            /* what comes next: queries of this head, keys and values of the other */
            for (int r = i; r < i + queries; r++)
                for (int d = 0; d < ${F}; d += 64 / (int)sizeof(real)) {
                    const ptrdiff_t at = base + (ptrdiff_t)r * ${D} + d;
                    __builtin_prefetch(y + at, 1);
                    if (r + ${QB} < length) __builtin_prefetch(q + at + ${QB} * ${D});
                    if (head + 1 < ${H}) {
                        __builtin_prefetch(k + at + ${F}, 0, 2);
                        __builtin_prefetch(v + at + ${F}, 0, 2);
                    }
                }
            gather(asked, q + base + (ptrdiff_t)i * ${D}, ${D}, queries, (queries + ${MR} - 1) / ${MR} * ${MR}, ${F},
                   (real)${scale});
            for (int r = 0; r < queries; r++) {
                top[r] = (real)-1e30;
                sum[r] = 0;
            }
            for (int j = 0; j < length; j += ${KB}) {
                const int keys = length - j < ${KB} ? length - j : ${KB};
                const int wide = (keys + ${NR} - 1) / ${NR} * ${NR};
                for (int p = 0; p < keys; p += ${NR})
                    for (int t = 0; t < queries; t += ${MR})
                        panel_tile(${F}, asked + t * ${F}, ${F}, 1, turned + (ptrdiff_t)(j + p) * ${F}, ${NR}, NULL, 0,
                                   scores + t * ${KB} + p, ${KB});
                for (int r = 0; r < queries; r++) {
                    real *const row = scores + r * ${KB};
                    for (int c = keys; c < wide; c++) row[c] = (real)-1e30;
                    vec most = load(row), more = load(row + ${B});
                    for (int c = ${NR}; c < wide; c += ${NR}) {
                        const vec some = load(row + c), other = load(row + c + ${B});
                        most = choose((mask)(some > most), some, most);
                        more = choose((mask)(other > more), other, more);
                    }
                    real now = highest(choose((mask)(more > most), more, most));
                    now = now > top[r] ? now : top[r];
                    vec total = {0};
                    for (int c = 0; c < wide; c += ${B}) {
                        const vec share = vector_exp(load(row + c) - now);
                        store(row + c, share);
                        total += share;
                    }
                    if (keys < wide) { /* what exp left of the keys that are none */
                        for (int c = keys; c < wide; c++) row[c] = 0;
                        total = (vec){0};
                        for (int c = 0; c < wide; c += ${B}) total += load(row + c);
                    }
                    if (j > 0) {
                        const vec again = vector_exp(splat(top[r] - now));
                        sum[r] *= again[0];
                        for (int d = 0; d < ${F}; d += ${B}) store(out + r * ${F} + d, load(out + r * ${F} + d) * again);
                    }
                    top[r] = now;
                    sum[r] += across(total);
                    ${dropout}
                }
                for (int d = 0; d < ${F}; d += ${NR})
                    for (int t = 0; t < queries; t += ${MR})
                        panel_tile(keys, scores + t * ${KB}, ${KB}, 1, laid + (ptrdiff_t)d * ${LP} + j * ${NR}, ${NR},
                                   j > 0 ? out + t * ${F} + d : NULL, ${F}, out + t * ${F} + d, ${F});
            }
            for (int r = 0; r < queries; r++) {
                const real share = 1 / sum[r];
                real *const to = y + base + (ptrdiff_t)(i + r) * ${D};
                for (int d = 0; d < ${F}; d += ${B}) store_loose(to + d, load(out + r * ${F} + d) * share);
                ${keep}
            }
        }
    }
