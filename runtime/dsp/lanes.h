/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * lanes.h: the vector types of the DSP code. A lane is one STFT frame: every operation is done for
 * INGOT_LANES frames at once, so the arithmetic of a frame is that of scalar code and its bits do
 * not depend on which lane it was computed in.
 *
 * Spectra are computed in double (as the reference does) and stored as float.
 */
#ifndef INGOT_DSP_LANES_H
#define INGOT_DSP_LANES_H

#include <stdint.h>

#if defined(__AVX512F__)
#define INGOT_LANES 8
#elif defined(__AVX__)
#define INGOT_LANES 4
#else
#define INGOT_LANES 2
#endif

typedef double ingot_lane __attribute__((vector_size(8 * INGOT_LANES)));
typedef float ingot_lane_f32 __attribute__((vector_size(4 * INGOT_LANES)));

typedef struct ingot_lane_complex {
    ingot_lane re, im;
} ingot_lane_complex;

/* Transposes in place the matrix whose rows are v[0..INGOT_LANES), by exchanging the off-diagonal
 * blocks of 2x2, 4x4, 8x8 in turn (Eklundh 1972). */
static inline void ingot_lanes_transpose(ingot_lane v[INGOT_LANES]) {
#define INGOT_EXCHANGE(step)                                                                       \
    for (int i = 0; i < INGOT_LANES; i++) {                                                        \
        if (i & (step)) continue;                                                                  \
        const ingot_lane a = v[i], b = v[i + (step)];                                              \
        INGOT_EXCHANGE_##step(a, b, i)                                                             \
    }
#if INGOT_LANES == 8
#define INGOT_EXCHANGE_1(a, b, i)                                                                  \
    v[i] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);                               \
    v[i + 1] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
#define INGOT_EXCHANGE_2(a, b, i)                                                                  \
    v[i] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);                                \
    v[i + 2] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
#define INGOT_EXCHANGE_4(a, b, i)                                                                  \
    v[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);                                \
    v[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    INGOT_EXCHANGE(1)
    INGOT_EXCHANGE(2)
    INGOT_EXCHANGE(4)
#undef INGOT_EXCHANGE_4
#undef INGOT_EXCHANGE_2
#elif INGOT_LANES == 4
#define INGOT_EXCHANGE_1(a, b, i)                                                                  \
    v[i] = __builtin_shufflevector(a, b, 0, 4, 2, 6);                                              \
    v[i + 1] = __builtin_shufflevector(a, b, 1, 5, 3, 7);
#define INGOT_EXCHANGE_2(a, b, i)                                                                  \
    v[i] = __builtin_shufflevector(a, b, 0, 1, 4, 5);                                              \
    v[i + 2] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    INGOT_EXCHANGE(1)
    INGOT_EXCHANGE(2)
#undef INGOT_EXCHANGE_2
#else
#define INGOT_EXCHANGE_1(a, b, i)                                                                  \
    v[i] = __builtin_shufflevector(a, b, 0, 2);                                                    \
    v[i + 1] = __builtin_shufflevector(a, b, 1, 3);
    INGOT_EXCHANGE(1)
#endif
#undef INGOT_EXCHANGE_1
#undef INGOT_EXCHANGE
}

#endif
