/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Vectors for kernels on the blocked layout [N][CB][H][W][${B}]: ${B} channels side by side, one
 * position of one block to a vector; lanes past the last channel are zero and stay zero. */
typedef real vec __attribute__((vector_size(${B} * sizeof(real)), may_alias));
typedef real loose_vec __attribute__((vector_size(${B} * sizeof(real)), aligned(sizeof(real)), may_alias));
typedef __typeof__(_Generic((real)0, float : (int32_t)0, double : (int64_t)0)) lane;
typedef lane mask __attribute__((vector_size(${B} * sizeof(lane)), may_alias)); /* lanes -1 or 0 */
typedef double wide_vec __attribute__((vector_size(${B} * sizeof(double))));
typedef uint8_t byte_vec __attribute__((vector_size(${B}), may_alias));
#define INLINE static inline __attribute__((always_inline, unused))

INLINE vec load(const real *p) {
    return *(const vec *)p;
}

INLINE void store(real *p, vec v) {
    *(vec *)p = v;
}

INLINE vec splat(real value) {
    return value - (vec){0};
}

INLINE vec keep_where(mask condition, vec v) {
    return (vec)((mask)v & condition);
}

/* max(v, 0); a NaN stays a NaN. */
INLINE vec rectify(vec v) {
    return (vec)((mask)v & ~(mask)(v < (vec){0}));
}

/* Macros: no function takes or returns a vector wider than a register. */
#define widen(v) __builtin_convertvector(v, wide_vec)
#define narrow(v) __builtin_convertvector(v, vec)

/* Channels from p[0] on, of which `count` exist; zero past them. */
INLINE vec load_channels(const real *p, int count) {
    vec v = {0};
    for (int l = 0; l < ${B} && l < count; l++) v[l] = p[l];
    return v;
}

INLINE void store_channels(real *p, int count, vec v) {
    for (int l = 0; l < ${B} && l < count; l++) p[l] = v[l];
}
