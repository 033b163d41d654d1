/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* taps phase by phase, and the first of each */
static const int order[] = {${order}};
static const int first[] = {${first}};
${loop}
for (int p = 0; p < ${P}; p++)
    for (int phase = 0; phase < ${PHASES}; phase++)
        for (int cb = 0; cb < ${CB}; cb++)
            for (int q = first[phase]; q < first[phase + 1]; q++)
                for (int i = 0; i < ${I}; i++) {
                    const int taps = first[phase + 1] - first[phase];
                    const int row = ${CB} * first[phase] + cb * taps + q - first[phase];
                    real *const out = u + (((ptrdiff_t)p * (${CB} * ${TAPS}) + row) * ${I} + i) * (2 * ${B});
                    const real *const from = w + (ptrdiff_t)(cb * ${I} + i) * ${channel_step} + order[q];
                    for (int l = 0; l < 2 * ${B}; l++)
                        out[l] = ${inside}from[(ptrdiff_t)(p * 2 * ${B} + l) * ${lane_step}];
                }
