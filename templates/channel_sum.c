/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* sums of 256 positions in real, in four partial sums; across them, over the batch in order, in double */
${loop}
for (int cb = 0; cb < ${CB}; cb++) {
    wide_vec total = {0};
    for (int n = 0; n < ${N}; n++) {
        const real *const image = x + (ptrdiff_t)(n * ${CB} + cb) * ${plane};
        for (ptrdiff_t from = 0; from < ${plane}; from += 256 * ${B}) {
            const ptrdiff_t to = ${plane} - from < 256 * ${B} ? ${plane} : from + 256 * ${B};
            vec a = {0}, b = {0}, c = {0}, d = {0};
            ptrdiff_t i = from;
            for (; i + 4 * ${B} <= to; i += 4 * ${B}) {
                a += load(image + i);
                b += load(image + i + ${B});
                c += load(image + i + 2 * ${B});
                d += load(image + i + 3 * ${B});
            }
            for (; i < to; i += ${B}) a += load(image + i);
            total += widen((a + b) + (c + d));
        }
    }
    store_channels(sum + cb * ${B}, ${C} - cb * ${B}, narrow(total));
}
