/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

#include <immintrin.h>

/* Vectors for kernels on bf16 images [N][H][W][C]: ${B} channels side by side, of which `lanes` exist
 * (more than ${B}: all of them); the others read as zero and are not written. */
typedef bf16 half_vec __attribute__((vector_size(${B} * sizeof(bf16)), aligned(2), may_alias));
typedef uint32_t bits_vec __attribute__((vector_size(${B} * sizeof(uint32_t)), may_alias));
#define LANES(count) ((__mmask16)((count) >= ${B} ? 0xffffu : (1u << (count)) - 1u))

INLINE vec get(const bf16 *p, int lanes) {
    const half_vec half =
        lanes >= ${B} ? *(const half_vec *)p : (half_vec)_mm256_maskz_loadu_epi16(LANES(lanes), p);
    return (vec)(__builtin_convertvector(half, bits_vec) << 16);
}

INLINE void put(bf16 *p, int lanes, vec v) {
    const half_vec half = (half_vec)_mm512_cvtneps_pbh((__m512)v);
    if (lanes >= ${B}) {
        *(half_vec *)p = half;
    } else {
        _mm256_mask_storeu_epi16(p, LANES(lanes), (__m256i)half);
    }
}

/* Bytes, one to a channel: which value of a window won. */
INLINE mask get_bytes(const uint8_t *p, int lanes) {
    return (mask)_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(LANES(lanes), p));
}

INLINE void put_bytes(uint8_t *p, int lanes, mask v) {
    _mm_mask_storeu_epi8(p, LANES(lanes), _mm512_cvtepi32_epi8((__m512i)v));
}
