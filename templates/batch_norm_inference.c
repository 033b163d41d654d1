/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

${loop}
for (int p = 0; p < ${N} * ${CB}; p++) {
    const int channel = p % ${CB} * ${B}, lanes = ${here};
    const wide_vec var = widen(load_channels(running_var + channel, lanes));
    wide_vec inv;
    for (int l = 0; l < ${B}; l++) inv[l] = 1 / sqrt(var[l] + ${eps});
    const vec scale = load_channels(gamma + channel, lanes) * narrow(inv);
    const vec center = load_channels(running_mean + channel, lanes);
    const vec shift = load_channels(beta + channel, lanes);
    const ptrdiff_t at = (ptrdiff_t)p * ${plane};
    for (ptrdiff_t i = at; i < at + ${plane}; i += ${B}) {
        vec v = (load(${x} + i) - center) * scale + shift;
        ${relu}
        store(y + i, v);
    }
}
