/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

${loop}
for (int p = 0; p < ${P}; p++)
    for (int cb = 0; cb < ${CB}; cb++)
        for (int k = 0; k < ${TAPS}; k++)
            for (int i = 0; i < ${I}; i++) {
                real *const out = u + ((((ptrdiff_t)p * ${CB} + cb) * ${TAPS} + k) * ${I} + i) * (2 * ${B});
                const real *const from = w + (ptrdiff_t)(cb * ${I} + i) * ${channel_step} + ${tap};
                for (int l = 0; l < 2 * ${B}; l++) out[l] = ${inside}from[(ptrdiff_t)(p * 2 * ${B} + l) * ${lane_step}];
            }
