/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* bf16 is the upper half of a float; it is only ever stored. Rounded to nearest, ties to even; a NaN
 * stays a NaN. */
typedef uint16_t bf16;

static inline __attribute__((always_inline, unused)) float from_bf16(bf16 half) {
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

static inline __attribute__((always_inline, unused)) bf16 to_bf16(float value) {
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    const uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u);
    return (bf16)(((bits & 0x7fffffffu) > 0x7f800000u ? bits | 0x400000u : rounded) >> 16);
}
