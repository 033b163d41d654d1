/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Queries ${MR} at a time against ${KB} keys at a time: a tile of scores never leaves the cache. */
#pragma omp parallel for collapse(2) schedule(dynamic)
for (int n = 0; n < ${N}; n++)
    for (int head = 0; head < ${H}; head++) {
        const int length = rows[n + 1] - rows[n];
        const ptrdiff_t base = (ptrdiff_t)rows[n] * ${D} + head * ${F};
        real turned[${LP} * ${F}] __attribute__((aligned(64)));
        turn(turned, k + base, ${D}, length, ${F});
        for (int i = 0; i < length; i += ${MR}) {
            const int tall = length - i < ${MR} ? length - i : ${MR};
            real asked[${MR} * ${F}], scores[${MR} * ${KB}] __attribute__((aligned(64)));
            real top[${MR}], sum[${MR}], again[${MR}], out[${MR} * ${F}] __attribute__((aligned(64)));
            gather(asked, q + base + (ptrdiff_t)i * ${D}, ${D}, tall, ${MR}, ${F}, (real)${scale});
            for (int r = 0; r < ${MR}; r++) {
                top[r] = (real)-1e30;
                sum[r] = 0;
            }
            memset(out, 0, sizeof out);
            for (int j = 0; j < length; j += ${KB}) {
                const int keys = length - j < ${KB} ? length - j : ${KB};
                for (int p = 0; p < keys; p += ${NR}) {
                    vec left[${MR}], right[${MR}];
                    clear_tile(left, right);
                    add_tile(${F}, asked, ${F}, 1, turned + (ptrdiff_t)(j + p) * ${F}, ${NR}, left, right);
                    write_tile(${MR}, scores + p, ${KB}, left, right);
                }
                for (int r = 0; r < ${MR}; r++) {
                    real *const row = scores + r * ${KB};
                    for (int c = keys; c < ${KB}; c++) row[c] = (real)-1e30;
                    vec most = load_loose(row);
                    for (int c = ${B}; c < ${KB}; c += ${B}) {
                        const vec some = load_loose(row + c);
                        most = choose((mask)(some > most), some, most);
                    }
                    real now = highest(most);
                    now = now > top[r] ? now : top[r];
                    again[r] = vector_exp(splat(top[r] - now))[0];
                    top[r] = now;
                    vec total = {0};
                    for (int c = 0; c < ${KB}; c += ${B})
                        store_loose(row + c, vector_exp(load_loose(row + c) - now));
                    for (int c = keys; c < ${KB}; c++) row[c] = 0;
                    for (int c = 0; c < ${KB}; c += ${B}) total += load_loose(row + c);
                    sum[r] = sum[r] * again[r] + across(total);
                    ${dropout}
                }
                for (int d = 0; d < ${F}; d += ${NR}) {
                    vec left[${MR}], right[${MR}];
                    read_tile(${MR}, out + d, ${F}, left, right);
                    for (int r = 0; r < ${MR}; r++) {
                        left[r] *= again[r];
                        right[r] *= again[r];
                    }
                    add_tile(keys, scores, ${KB}, 1, v + base + (ptrdiff_t)j * ${D} + d, ${D}, left, right);
                    write_tile(${MR}, out + d, ${F}, left, right);
                }
            }
            for (int r = 0; r < tall; r++) {
                const real share = 1 / sum[r];
                real *const to = y + base + (ptrdiff_t)(i + r) * ${D};
                for (int d = 0; d < ${F}; d++) to[d] = out[r * ${F} + d] * share;
                ${keep}
            }
        }
    }
