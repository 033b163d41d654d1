/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Rows of numbers in vectors, wherever they begin. */
INLINE vec load_loose(const real *p) {
    return *(const loose_vec *)p;
}

INLINE void store_loose(real *p, vec v) {
    *(loose_vec *)p = v;
}

/* The sum of a vector's lanes, in pairs. */
INLINE real across(vec v) {
    real lanes[${B}];
    store_loose(lanes, v);
    for (int step = ${B} / 2; step > 0; step /= 2)
        for (int l = 0; l < step; l++) lanes[l] += lanes[l + step];
    return lanes[0];
}

/* The same of the largest lane. */
INLINE real highest(vec v) {
    real lanes[${B}];
    store_loose(lanes, v);
    for (int step = ${B} / 2; step > 0; step /= 2)
        for (int l = 0; l < step; l++) lanes[l] = lanes[l] > lanes[l + step] ? lanes[l] : lanes[l + step];
    return lanes[0];
}
