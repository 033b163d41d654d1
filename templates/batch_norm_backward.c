/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* g is dy where ReLU let the value through; sums by 256 positions in real, across them in double;
 * shards as in the forward pass. */
${shards}
${loop}
for (int cb = 0; cb < ${CB}; cb++)
    for (int s = 0; s < ${S}; s++) {
        const int channel = cb * ${B}, lanes = ${here};
        const vec center = load_channels(mean + channel, lanes);
        ${early}
        const int first = s * ${N} / ${S}, end = (s + 1) * ${N} / ${S};
        wide_vec sum = {0}, dot = {0}; /* of g, of g (x - mean) */
        for (int n = first; n < end; n++) {
            const ptrdiff_t at = (ptrdiff_t)(n * ${CB} + cb) * ${plane};
            for (ptrdiff_t from = at; from < at + ${plane}; from += 256 * ${B}) {
                const ptrdiff_t rest = at + ${plane} - from;
                const ptrdiff_t to = rest < 256 * ${B} ? at + ${plane} : from + 256 * ${B};
                vec a = {0}, b = {0};
                for (ptrdiff_t i = from; i < to; i += ${B}) {
                    const vec d = load(${x} + i) - center;
                    const vec g = ${gradient};
                    ${keep}
                    a += g;
                    b += g * d;
                }
                sum += widen(a);
                dot += widen(b);
            }
        }
${across}
        ${late}
        if (s == 0) {
            store_channels(dbeta + channel, lanes, narrow(sum));
            store_channels(dgamma + channel, lanes, narrow(dot * widen(inv)));
        }
        const wide_vec share = widen(scale) * (-1 / (double)${M});
        const vec slope = narrow(share * widen(inv) * widen(inv) * dot), base = narrow(share * sum);
        for (int n = first; n < end; n++) {
            const ptrdiff_t at = (ptrdiff_t)(n * ${CB} + cb) * ${plane};
            for (ptrdiff_t i = at; i < at + ${plane}; i += ${B}) {
                const vec d = load(${x} + i) - center;
                const vec g = ${again};
                store(dx + i, scale * g + (slope * d + base)${more});
            }
        }
    }
