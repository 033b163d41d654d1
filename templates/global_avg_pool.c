/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* y is (N, C), plain; sums of 64 positions in real, across them in double */
${loop}
for (int p = 0; p < ${N} * ${CB}; p++) {
    const real *const image = x + (ptrdiff_t)p * ${plane};
    wide_vec sum = {0};
    for (ptrdiff_t from = 0; from < ${plane}; from += 64 * ${B}) {
        const ptrdiff_t to = ${plane} - from < 64 * ${B} ? ${plane} : from + 64 * ${B};
        vec a = {0};
        for (ptrdiff_t i = from; i < to; i += ${B}) a += load(image + i);
        sum += widen(a);
    }
    const int channel = p % ${CB} * ${B};
    store_channels(y + p / ${CB} * ${C} + channel, ${C} - channel, narrow(sum / (double)${I}));
}
