/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* A shard is a run of samples; shards are part of the sum's definition, not a matter of threads. */
${shards}
${loop}
for (int cb = 0; cb < ${CB}; cb++)
    for (int s = 0; s < ${S}; s++) {
        const int first = s * ${N} / ${S}, end = (s + 1) * ${N} / ${S};
        wide_vec m = {0}, q = {0}; /* mean, sum of squared differences from it */
        for (int n = first; n < end; n++)
            add_moments(${x} + (ptrdiff_t)(n * ${CB} + cb) * ${plane}, ${I},
                        (double)(n - first) * ${I}, &m, &q);
${across}
        const int channel = cb * ${B}, lanes = ${here};
        const wide_vec var = q / (double)${M};
        wide_vec inv;
        for (int l = 0; l < ${B}; l++) inv[l] = 1 / sqrt(var[l] + ${eps});
        const vec center = narrow(m), scale = load_channels(gamma + channel, lanes) * narrow(inv);
        /* x - center is nearly exact; what rounding left out of the mean goes into the shift */
        const vec shift = load_channels(beta + channel, lanes) - narrow(m - widen(center)) * scale;
        if (s == 0) {
            store_channels(mean + channel, lanes, center);
            store_channels(invstd + channel, lanes, narrow(inv));
            ${statistics}
        }
        for (int n = first; n < end; n++) {
            const ptrdiff_t at = (ptrdiff_t)(n * ${CB} + cb) * ${plane};
            for (ptrdiff_t i = at; i < at + ${plane}; i += ${B}) {
                vec v = (load(${x} + i) - center) * scale + shift;
                ${residual}
                ${relu}
                store(y + i, v);
            }
        }
    }
