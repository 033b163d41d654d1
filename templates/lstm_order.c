/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Samples by their number of steps, the longest first, equal ones in their order. `begins` has room for
 * most + 2 numbers; cell 0 of a sample's row of ids, `row` apart, is its number of steps. */
INLINE void lstm_order(const int32_t *ids, ptrdiff_t row, int samples, int most, int *begins, int *order) {
    memset(begins, 0, (size_t)(most + 2) * sizeof *begins);
    for (int n = 0; n < samples; n++) begins[most - ids[n * row] + 1]++;
    for (int i = 1; i < most + 2; i++) begins[i] += begins[i - 1];
    for (int n = 0; n < samples; n++) order[begins[most - ids[n * row]]++] = n;
}

INLINE vec lstm_sigmoid(vec x) {
    return 1 / (1 + vector_exp(-x));
}
