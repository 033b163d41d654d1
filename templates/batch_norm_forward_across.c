/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

        means[cb][s] = m;
        squares[cb][s] = q;
    }
${loop}
for (int cb = 0; cb < ${CB}; cb++)
    for (int s = 0; s < ${S}; s++) {
        const int first = s * ${N} / ${S}, end = (s + 1) * ${N} / ${S};
        wide_vec m = means[cb][0], q = squares[cb][0];
        for (int t = 1; t < ${S}; t++) {
            const int before = t * ${N} / ${S}, after = (t + 1) * ${N} / ${S};
            join_moments((double)before * ${I}, &m, &q, (double)(after - before) * ${I},
                         &means[cb][t], &squares[cb][t]);
        }
