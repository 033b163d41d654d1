/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

${loop}
for (int p = 0; p < ${N} * ${CB}; p++) {
    real *const image = dx + (ptrdiff_t)p * ${plane};
    const int channel = p % ${CB} * ${B};
    const vec d = load_channels(dy + p / ${CB} * ${C} + channel, ${C} - channel) * ((real)1 / ${I});
    for (ptrdiff_t i = 0; i < ${plane}; i += ${B}) store(image + i, d);
}
