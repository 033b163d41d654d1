/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * rng.h: random numbers by counting. Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC11) maps a counter of 128 bits and a key of 64 to four words; a
 * number depends on its place only, never on what was drawn before it, by whom or on how many
 * threads.
 *
 * Key: the seed. Counter: words 0 and 1 count blocks (low, high), words 2 and 3 name the stream.
 * Word 3 is below INGOT_STREAM_RUNTIME for generated code, which puts a node's number there and the
 * step into word 2; the runtime's own streams are from there on: initial weights (tensor,
 * INGOT_STREAM_INIT), shuffling (epoch, INGOT_STREAM_SHUFFLE). Streams that differ in either word
 * never meet.
 *
 * The normal deviates do not use libm's log and cos, whose last bit is not the same in every
 * version and on every CPU: their series here are chains of fma(), which is exact to the last bit
 * everywhere.
 */
#ifndef INGOT_BASE_RNG_H
#define INGOT_BASE_RNG_H

#include <math.h>
#include <stdint.h>

#define INGOT_STREAM_RUNTIME 0x80000000u
#define INGOT_STREAM_INIT (INGOT_STREAM_RUNTIME + 0u)
#define INGOT_STREAM_SHUFFLE (INGOT_STREAM_RUNTIME + 1u)

typedef struct ingot_words4 {
    uint32_t word[4];
} ingot_words4;

static inline ingot_words4 ingot_philox(ingot_words4 counter, uint32_t key0, uint32_t key1) {
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * counter.word[0];
        uint64_t b = (uint64_t)0xCD9E8D57u * counter.word[2];
        counter = (ingot_words4){{(uint32_t)(b >> 32) ^ counter.word[1] ^ key0, (uint32_t)b,
                                  (uint32_t)(a >> 32) ^ counter.word[3] ^ key1, (uint32_t)a}};
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return counter;
}

/* ------------------------------------------------------------------ a sequence */

typedef struct ingot_rng {
    uint64_t seed, block; /* block: the next one to be made */
    uint32_t stream[2];
    ingot_words4 words;
    int32_t used; /* of words; 4: all */
    int32_t spare_there;
    double spare; /* the second normal deviate of a pair */
} ingot_rng;

static inline ingot_rng ingot_rng_make(uint64_t seed, uint32_t stream0, uint32_t stream1) {
    return (ingot_rng){.seed = seed, .stream = {stream0, stream1}, .used = 4};
}

static inline uint32_t ingot_rng_u32(ingot_rng *rng) {
    if (rng->used == 4) {
        ingot_words4 counter = {
            {(uint32_t)rng->block, (uint32_t)(rng->block >> 32), rng->stream[0], rng->stream[1]}};
        rng->words = ingot_philox(counter, (uint32_t)rng->seed, (uint32_t)(rng->seed >> 32));
        rng->block++;
        rng->used = 0;
    }
    return rng->words.word[rng->used++];
}

static inline uint64_t ingot_rng_u64(ingot_rng *rng) {
    uint64_t low = ingot_rng_u32(rng);
    return (uint64_t)ingot_rng_u32(rng) << 32 | low;
}

/* Uniform in [0, 1): every multiple of 2^-24 (float), 2^-53 (double) is equally likely. */
static inline float ingot_unit_float(uint32_t word) {
    return (float)(word >> 8) * 0x1p-24f;
}

static inline float ingot_rng_float(ingot_rng *rng) {
    return ingot_unit_float(ingot_rng_u32(rng));
}

static inline double ingot_rng_double(ingot_rng *rng) {
    return (double)(ingot_rng_u64(rng) >> 11) * 0x1p-53;
}

/* Uniform in [0, n), without bias; n > 0. Lemire, "Fast random integer generation in an interval",
 * ACM TOMACS 29 (2019). */
static inline uint64_t ingot_rng_below(ingot_rng *rng, uint64_t n) {
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)ingot_rng_u64(rng) * n;
    if ((uint64_t)product < n) {
        uint64_t threshold = -n % n;
        while ((uint64_t)product < threshold) product = (wide)ingot_rng_u64(rng) * n;
    }
    return (uint64_t)(product >> 64);
}

/* ------------------------------------------------------------------ normal deviates */

/* Natural logarithm of x in (0, 1], within 2 units of the last place. With x = m 2^e, m in
 * [sqrt(1/2), sqrt(2)), and s = (m-1)/(m+1), |s| < 0.172: log m = 2 atanh s. */
static inline double ingot_log_unit(double x) {
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0x1.6a09e667f3bcdp-1) {
        m *= 2;
        exponent--;
    }
    double s = (m - 1) / (m + 1), s2 = s * s, series = 1.0 / 25;
    for (int k = 23; k >= 3; k -= 2) series = fma(series, s2, 1.0 / k);
    double log_m = fma(series * s2, 2 * s, 2 * s);
    return fma(exponent, 0x1.62e42fefa39efp-1, log_m);
}

/* Cosine and sine of 2 pi u, u in [0, 1). The nearest quarter turn is taken off exactly; what is
 * left is within pi/4 of zero, where Taylor's series needs 9 terms. */
static inline void ingot_turn(double u, double *cosine, double *sine) {
    int quarter = (int)(4 * u + 0.5);
    double x = (u - quarter * 0.25) * 0x1.921fb54442d18p+2, x2 = x * x;
    double c = 1, s = 1;
    for (int k = 18; k >= 2; k -= 2) c = fma(c, -x2 / (k * (k - 1)), 1);
    for (int k = 19; k >= 3; k -= 2) s = fma(s, -x2 / (k * (k - 1)), 1);
    s *= x;
    switch (quarter & 3) {
    case 0:
        *cosine = c, *sine = s;
        break;
    case 1:
        *cosine = -s, *sine = c;
        break;
    case 2:
        *cosine = -c, *sine = -s;
        break;
    default:
        *cosine = s, *sine = -c;
        break;
    }
}

/* Standard normal, by Box and Muller (1958) in double. */
static inline double ingot_rng_normal(ingot_rng *rng) {
    if (rng->spare_there) {
        rng->spare_there = 0;
        return rng->spare;
    }
    double radius = sqrt(-2 * ingot_log_unit(1 - ingot_rng_double(rng)));
    double cosine, sine;
    ingot_turn(ingot_rng_double(rng), &cosine, &sine);
    rng->spare = radius * sine;
    rng->spare_there = 1;
    return radius * cosine;
}

/* ------------------------------------------------------------------ order */

/* A permutation of 0 ... n-1 (Fisher and Yates), of the seed, the epoch and the stream
 * (INGOT_STREAM_SHUFFLE). */
static inline void ingot_permutation(int64_t *order, int64_t n, uint64_t seed, uint32_t epoch,
                                     uint32_t stream) {
    ingot_rng rng = ingot_rng_make(seed, epoch, stream);
    for (int64_t i = 0; i < n; i++) order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)ingot_rng_below(&rng, (uint64_t)i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

#endif
