/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

        sums[cb][s] = sum;
        dots[cb][s] = dot;
    }
${loop}
for (int cb = 0; cb < ${CB}; cb++)
    for (int s = 0; s < ${S}; s++) {
        const int channel = cb * ${B}, lanes = ${here};
        const vec center = load_channels(mean + channel, lanes);
        ${early}
        const int first = s * ${N} / ${S}, end = (s + 1) * ${N} / ${S};
        wide_vec sum = sums[cb][0], dot = dots[cb][0];
        for (int t = 1; t < ${S}; t++) {
            sum += sums[cb][t];
            dot += dots[cb][t];
        }
