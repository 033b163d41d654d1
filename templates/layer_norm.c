/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

const int count = ${count};
${loop}
for (int r = 0; r < count; r++) {
    const real *const in = x + (ptrdiff_t)r * ${D};
    real *const out = y + (ptrdiff_t)r * ${D};
    real *const row = ${kept} + (ptrdiff_t)r * ${D};
    ${factors}
    vec sums = {0};
    real total = 0, rest = 0;
    for (int i = 0; i < ${W}; i += ${B}) {
        const vec v = ${vector_sum};
        store_loose(row + i, v);
        sums += v;
    }
    for (int i = ${W}; i < ${D}; i++) {
        row[i] = ${scalar_sum};
        rest += row[i];
    }
    total = across(sums) + rest;
    const real mean = total / ${D};
    vec squares = {0};
    rest = 0;
    for (int i = 0; i < ${W}; i += ${B}) {
        const vec d = load_loose(row + i) - mean;
        squares += d * d;
    }
    for (int i = ${W}; i < ${D}; i++) rest += (row[i] - mean) * (row[i] - mean);
    const real inv = 1 / SQRT((across(squares) + rest) / ${D} + (real)${eps});
    for (int i = 0; i < ${W}; i += ${B}) {
        const vec v = (load_loose(row + i) - mean) * inv;
        ${keep}
        store_loose(out + i, v * load_loose(gamma + i) + load_loose(beta + i));
    }
    for (int i = ${W}; i < ${D}; i++) {
        const real v = (row[i] - mean) * inv;
        ${keep_scalar}
        out[i] = v * gamma[i] + beta[i];
    }
    ${keep_inv}
}
