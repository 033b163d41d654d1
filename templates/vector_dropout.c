/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

#include <immintrin.h>

/* What dropout multiplies the elements from `index` on by, 0 or `scale`: `count` of them, in whole chunks of 64,
 * for which `factors` has room; `index` is a multiple of 64. Eight Philox blocks decide a chunk: of element i its
 * low (i < 32) or high 16 bits of word i / 8 % 4 of block i % 8, so that nothing changes lanes. */
static inline __attribute__((unused)) void dropout_factors(real *factors, int64_t index, int count,
                                                           uint64_t seed, uint64_t step, uint32_t stream,
                                                           uint32_t threshold, real scale) {
    const __m256i a = _mm256_set1_epi32((int32_t)0xD2511F53u), b = _mm256_set1_epi32((int32_t)0xCD9E8D57u);
    const __m256i least = _mm256_set1_epi32((int32_t)threshold), low_half = _mm256_set1_epi32(0xffff);
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i kept = _mm256_castps_si256(_mm256_set1_ps(scale));
    for (int i = 0; i < count; i += 64) {
        const uint64_t block = (uint64_t)(index + i) >> 3;
        __m256i c0 = _mm256_add_epi32(_mm256_set1_epi32((int32_t)(uint32_t)block), lanes);
        __m256i c1 = _mm256_set1_epi32((int32_t)(uint32_t)(block >> 32));
        __m256i c2 = _mm256_set1_epi32((int32_t)(uint32_t)step), c3 = _mm256_set1_epi32((int32_t)stream);
        uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
#pragma GCC unroll 10
        for (int round = 0; round < 10; round++) {
            const __m256i low = _mm256_mul_epu32(a, c0), high = _mm256_mul_epu32(a, _mm256_srli_epi64(c0, 32));
            const __m256i low2 = _mm256_mul_epu32(b, c2), high2 = _mm256_mul_epu32(b, _mm256_srli_epi64(c2, 32));
            const __m256i upper = _mm256_blend_epi32(_mm256_srli_epi64(low, 32), high, 0xaa);
            const __m256i lower = _mm256_blend_epi32(low, _mm256_slli_epi64(high, 32), 0xaa);
            const __m256i upper2 = _mm256_blend_epi32(_mm256_srli_epi64(low2, 32), high2, 0xaa);
            const __m256i lower2 = _mm256_blend_epi32(low2, _mm256_slli_epi64(high2, 32), 0xaa);
            c0 = _mm256_xor_si256(upper2, _mm256_xor_si256(c1, _mm256_set1_epi32((int32_t)key0)));
            c2 = _mm256_xor_si256(upper, _mm256_xor_si256(c3, _mm256_set1_epi32((int32_t)key1)));
            c1 = lower2;
            c3 = lower;
            key0 += 0x9E3779B9u;
            key1 += 0xBB67AE85u;
        }
        const __m256i words[4] = {c0, c1, c2, c3};
#pragma GCC unroll 4
        for (int w = 0; w < 4; w++) {
            const __m256i early = _mm256_cmpgt_epi32(least, _mm256_and_si256(words[w], low_half));
            const __m256i late = _mm256_cmpgt_epi32(least, _mm256_srli_epi32(words[w], 16));
            real *const at = factors + i + 8 * w;
            _mm256_storeu_si256((__m256i *)(void *)at, _mm256_andnot_si256(early, kept));
            _mm256_storeu_si256((__m256i *)(void *)(at + 32), _mm256_andnot_si256(late, kept));
        }
    }
}
