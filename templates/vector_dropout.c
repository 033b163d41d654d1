/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

#include <immintrin.h>

/* What dropout multiplies the elements from `index` on by: 0 or `scale`, for `count` of them, both
 * multiples of 4. Element i takes word i % 4 of Philox block i / 4; eight blocks at a time. */
static inline __attribute__((unused)) void dropout_factors(real *factors, int64_t index, int count,
                                                           uint64_t seed, uint64_t step, uint32_t stream,
                                                           uint32_t threshold, real scale) {
    const __m256i a = _mm256_set1_epi32((int32_t)0xD2511F53u), b = _mm256_set1_epi32((int32_t)0xCD9E8D57u);
    const __m256i sign = _mm256_set1_epi32(INT32_MIN);
    const __m256i least = _mm256_xor_si256(_mm256_set1_epi32((int32_t)threshold), sign);
    for (int i = 0; i < count; i += 32) {
        const uint64_t block = (uint64_t)(index + i) >> 2;
        uint32_t words[4][8] __attribute__((aligned(32)));
        for (uint32_t l = 0; l < 8; l++) {
            words[0][l] = (uint32_t)(block + l);
            words[1][l] = (uint32_t)((block + l) >> 32);
        }
        __m256i c0 = _mm256_load_si256((const __m256i *)(const void *)words[0]);
        __m256i c1 = _mm256_load_si256((const __m256i *)(const void *)words[1]);
        __m256i c2 = _mm256_set1_epi32((int32_t)(uint32_t)step), c3 = _mm256_set1_epi32((int32_t)stream);
        uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
        for (int round = 0; round < 10; round++) {
            const __m256i low = _mm256_mul_epu32(a, c0), high = _mm256_mul_epu32(a, _mm256_srli_epi64(c0, 32));
            const __m256i low2 = _mm256_mul_epu32(b, c2), high2 = _mm256_mul_epu32(b, _mm256_srli_epi64(c2, 32));
            const __m256i upper = _mm256_blend_epi32(_mm256_srli_epi64(low, 32), high, 0xaa);
            const __m256i lower = _mm256_blend_epi32(low, _mm256_slli_epi64(high, 32), 0xaa);
            const __m256i upper2 = _mm256_blend_epi32(_mm256_srli_epi64(low2, 32), high2, 0xaa);
            const __m256i lower2 = _mm256_blend_epi32(low2, _mm256_slli_epi64(high2, 32), 0xaa);
            c0 = _mm256_xor_si256(_mm256_xor_si256(upper2, c1), _mm256_set1_epi32((int32_t)key0));
            c2 = _mm256_xor_si256(_mm256_xor_si256(upper, c3), _mm256_set1_epi32((int32_t)key1));
            c1 = lower2;
            c3 = lower;
            key0 += 0x9E3779B9u;
            key1 += 0xBB67AE85u;
        }
        _mm256_store_si256((__m256i *)(void *)words[0], _mm256_cmpgt_epi32(least, _mm256_xor_si256(c0, sign)));
        _mm256_store_si256((__m256i *)(void *)words[1], _mm256_cmpgt_epi32(least, _mm256_xor_si256(c1, sign)));
        _mm256_store_si256((__m256i *)(void *)words[2], _mm256_cmpgt_epi32(least, _mm256_xor_si256(c2, sign)));
        _mm256_store_si256((__m256i *)(void *)words[3], _mm256_cmpgt_epi32(least, _mm256_xor_si256(c3, sign)));
        for (int l = 0; l < 8 && i + 4 * l < count; l++)
            for (int w = 0; w < 4; w++) factors[i + 4 * l + w] = words[w][l] ? 0 : scale;
    }
}
