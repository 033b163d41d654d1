/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

${loop}
for (int p = 0; p < ${P}; p++) {
    const ptrdiff_t image = (ptrdiff_t)p * ${OH} * ${OW} * ${B};
    for (int r = 0; r < ${IH}; r++) {
        const ptrdiff_t out = ((ptrdiff_t)p * ${IH} + r) * ${IW} * ${B};
        ${range}
        ${row}
    }
}
