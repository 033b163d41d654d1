/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

${loop}
for (int p = 0; p < ${N} * ${CB}; p++) {
    const int n = p / ${CB}, c = p % ${CB} * ${B};
    const vec d = load_channels(dy + n * ${C} + c, ${C} - c) * ((real)1 / ${I});
    for (int i = 0; i < ${I}; i++) put(dx + ((ptrdiff_t)n * ${I} + i) * ${C} + c, ${lanes}, d);
}
