/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Panels of ${NR} columns, step by step: y[panel][step][${NR}]; zeros past the last column. */
${loop}
for (int p = 0; p < ${P}; p++) {
    real *const panel = y + (ptrdiff_t)p * ${K} * ${NR};
    const int columns = ${N} - p * ${NR} < ${NR} ? ${N} - p * ${NR} : ${NR};
    ${fill}
}
