/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

vec scales[${CB}], centers[${CB}], shifts[${CB}];
for (int cb = 0; cb < ${CB}; cb++) {
    const int channel = cb * ${B}, lanes = ${here};
    const wide_vec var = widen(load_channels(running_var + channel, lanes));
    wide_vec inv;
    for (int l = 0; l < ${B}; l++) inv[l] = 1 / sqrt(var[l] + ${eps});
    scales[cb] = load_channels(gamma + channel, lanes) * narrow(inv);
    centers[cb] = load_channels(running_mean + channel, lanes);
    shifts[cb] = load_channels(beta + channel, lanes);
}
${rows}
for (int r = 0; r < ${M}; r++)
    for (int cb = 0; cb < ${CB}; cb++) {
        const ptrdiff_t i = (ptrdiff_t)r * ${C} + cb * ${B};
        vec v = (get(x + i, ${C} - cb * ${B}) - centers[cb]) * scales[cb] + shifts[cb];
        ${relu}
        put(y + i, ${C} - cb * ${B}, v);
    }
