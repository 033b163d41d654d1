/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* min(v, ceiling); a NaN stays a NaN. */
INLINE vec bound(vec v, real ceiling) {
    const mask over = v > splat(ceiling);
    return (vec)(((mask)splat(ceiling) & over) | ((mask)v & ~over));
}

/* Where 0 < v < ceiling. */
INLINE mask between(vec v, real ceiling) {
    return (v > (vec){0}) & (v < splat(ceiling));
}
