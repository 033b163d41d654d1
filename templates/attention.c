/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Queries ${MR} at a time against ${KB} keys at a time: a tile of scores never leaves the cache. */
#pragma omp parallel for collapse(2) schedule(dynamic)
for (int n = 0; n < ${N}; n++)
    for (int head = 0; head < ${H}; head++) {
        const int length = rows[n + 1] - rows[n];
        const ptrdiff_t base = (ptrdiff_t)rows[n] * ${D} + head * ${F};
        real turned[${LP} * ${F}] __attribute__((aligned(64))), laid[${LP} * ${F}] __attribute__((aligned(64)));
        turn(turned, k + base, ${D}, length, ${F});
        lay(laid, v + base, ${D}, length, ${LP}, ${F});
        for (int i = 0; i < length; i += ${MR}) {
            const int tall = length - i < ${MR} ? length - i : ${MR};
            real asked[${MR} * ${F}] __attribute__((aligned(64))), scores[${MR} * ${KB}] __attribute__((aligned(64)));
            real out[${MR} * ${F}] __attribute__((aligned(64))), top[${MR}], sum[${MR}];
            /* what comes next: queries of this head, keys and values of the other */
            for (int r = i; r < length && r < i + ${MR}; r++)
                for (int d = 0; d < ${F}; d += 64 / (int)sizeof(real)) {
                    const ptrdiff_t at = base + (ptrdiff_t)r * ${D} + d;
                    __builtin_prefetch(y + at, 1);
                    if (r + ${MR} < length) __builtin_prefetch(q + at + ${MR} * ${D});
                    if (head + 1 < ${H}) {
                        __builtin_prefetch(k + at + ${F}, 0, 2);
                        __builtin_prefetch(v + at + ${F}, 0, 2);
                    }
                }
            gather(asked, q + base + (ptrdiff_t)i * ${D}, ${D}, tall, ${MR}, ${F}, (real)${scale});
            for (int r = 0; r < ${MR}; r++) {
                top[r] = (real)-1e30;
                sum[r] = 0;
            }
            for (int j = 0; j < length; j += ${KB}) {
                const int keys = length - j < ${KB} ? length - j : ${KB};
                const int wide = (keys + ${NR} - 1) / ${NR} * ${NR};
                for (int p = 0; p < keys; p += ${NR})
                    panel_tile(${F}, asked, ${F}, 1, turned + (ptrdiff_t)(j + p) * ${F}, ${NR}, NULL, 0, scores + p,
                               ${KB});
                for (int r = 0; r < ${MR}; r++) {
                    real *const row = scores + r * ${KB};
                    for (int c = keys; c < wide; c++) row[c] = (real)-1e30;
                    vec most = load(row);
                    for (int c = ${B}; c < wide; c += ${B}) {
                        const vec some = load(row + c);
                        most = choose((mask)(some > most), some, most);
                    }
                    real now = highest(most);
                    now = now > top[r] ? now : top[r];
                    const vec again = vector_exp(splat(top[r] - now));
                    top[r] = now;
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
                    sum[r] = sum[r] * again[0] + across(total);
                    if (j > 0)
                        for (int d = 0; d < ${F}; d += ${B}) store(out + r * ${F} + d, load(out + r * ${F} + d) * again);
                    ${dropout}
                }
                for (int d = 0; d < ${F}; d += ${NR})
                    panel_tile(keys, scores, ${KB}, 1, laid + (ptrdiff_t)d * ${LP} + j * ${NR}, ${NR},
                               j > 0 ? out + d : NULL, ${F}, out + d, ${F});
            }
            for (int r = 0; r < tall; r++) {
                const real share = 1 / sum[r];
                real *const to = y + base + (ptrdiff_t)(i + r) * ${D};
                for (int d = 0; d < ${F}; d += ${B}) store_loose(to + d, load(out + r * ${F} + d) * share);
                ${keep}
            }
        }
    }
