/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* y is (N, C) in real; sums of 64 positions in real, across them in double */
${loop}
for (int p = 0; p < ${N} * ${CB}; p++) {
    const int n = p / ${CB}, c = p % ${CB} * ${B};
    const bf16 *const image = x + (ptrdiff_t)n * ${I} * ${C} + c;
    wide_vec sum = {0};
    for (int from = 0; from < ${I}; from += 64) {
        const int to = ${I} - from < 64 ? ${I} : from + 64;
        vec a = {0};
        for (int i = from; i < to; i++) a += get(image + (ptrdiff_t)i * ${C}, ${lanes});
        sum += widen(a);
    }
    store_channels(y + n * ${C} + c, ${C} - c, narrow(sum / (double)${I}));
}
