/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * peak.c: see peak.h. The bfloat16 instructions are compiled by function, not by file, and only
 * called where the processor has them.
 */
#define _GNU_SOURCE /* syscall */
#include "cli/peak.h"

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

enum { CHAINS = 12, FMA_REPEATS = 500000, DOT_REPEATS = 500000, TILE_REPEATS = 100000 };
static const size_t TRIAD_FLOATS = (size_t)48 << 20; /* 192 MiB per array */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int ingot_peak_lanes(void) {
    return LANES;
}

/* ------------------------------------------------------------------ fused multiply-add */

/* Runs the chains `repeats` times; the sum goes out so that nothing can be left out. Separate
 * variables, not an array, and not more of them than AVX has registers: what is spilled to memory
 * is slower. The values stay near 1. */
static float fma_chains(int repeats, float near_one) {
    const vector zero = {0};
    const vector scale = zero + near_one, shift = zero + (1 - near_one);
    vector a = zero + 1.0f, b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    vector i = a, j = a, k = a, l = a;
    for (int r = 0; r < repeats; r++) {
        a = a * scale + shift;
        b = b * scale + shift;
        c = c * scale + shift;
        d = d * scale + shift;
        e = e * scale + shift;
        f = f * scale + shift;
        g = g * scale + shift;
        h = h * scale + shift;
        i = i * scale + shift;
        j = j * scale + shift;
        k = k * scale + shift;
        l = l * scale + shift;
        /* each chain is its own: without this the compiler may see twelve times the same sum */
        __asm__ volatile("" : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f));
        __asm__ volatile("" : "+v"(g), "+v"(h), "+v"(i), "+v"(j), "+v"(k), "+v"(l));
    }
    const vector sum = a + b + c + d + e + f + g + h + i + j + k + l;
    return sum[0];
}

/* One thread's share of a run; returns something that depends on all of it. */
typedef float (*worker)(void);

static float run_fma(void) {
    return fma_chains(FMA_REPEATS, 0.999f);
}

/* The best rate of `work`, `operations` of it per call and thread, over about `seconds`. */
static double best_rate(worker work, double operations, int threads, double seconds) {
    static volatile float kept;
    double best = 0;
    const double end = now() + seconds;
    do {
        float total = 0;
        const double begin = now();
#pragma omp parallel num_threads(threads) reduction(+ : total)
        total += work();
        const double took = now() - begin;
        kept = total;
        if (operations * threads / took > best) best = operations * threads / took;
    } while (now() < end);
    (void)kept;
    return best / 1e9;
}

double ingot_peak_fma(int threads, double seconds) {
    return best_rate(run_fma, 2.0 * CHAINS * LANES * FMA_REPEATS, threads, seconds);
}

/* ------------------------------------------------------------------ bfloat16 */

/* vdpbf16ps: 16 lanes of two products each, added to floats. */
__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16"))) static float
run_dot(void) {
    const __m512bh x = (__m512bh)_mm512_set1_epi32(0x3f003f00); /* pairs of 0.5 */
    const __m512bh y = (__m512bh)_mm512_set1_epi32(0x30003000); /* pairs of 2^-31 */
    __m512 a = _mm512_setzero_ps(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    __m512 i = a, j = a, k = a, l = a;
    for (int r = 0; r < DOT_REPEATS; r++) {
        a = _mm512_dpbf16_ps(a, x, y);
        b = _mm512_dpbf16_ps(b, x, y);
        c = _mm512_dpbf16_ps(c, x, y);
        d = _mm512_dpbf16_ps(d, x, y);
        e = _mm512_dpbf16_ps(e, x, y);
        f = _mm512_dpbf16_ps(f, x, y);
        g = _mm512_dpbf16_ps(g, x, y);
        h = _mm512_dpbf16_ps(h, x, y);
        i = _mm512_dpbf16_ps(i, x, y);
        j = _mm512_dpbf16_ps(j, x, y);
        k = _mm512_dpbf16_ps(k, x, y);
        l = _mm512_dpbf16_ps(l, x, y);
        __asm__ volatile("" : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f));
        __asm__ volatile("" : "+v"(g), "+v"(h), "+v"(i), "+v"(j), "+v"(k), "+v"(l));
    }
    const __m512 sum = a + b + c + d + e + f + g + h + i + j + k + l;
    return sum[0];
}

static const double dot_operations = 12.0 * 16 * 4 * DOT_REPEATS;

/* The layout of the tiles, as LDTILECFG reads it. */
typedef struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t column_bytes[16];
    uint8_t rows[16];
} tile_config;

/* tdpbf16ps: 16x16 sums of 32 products each; four sums from two tiles by two. */
__attribute__((target("amx-tile,amx-bf16"))) static float run_tiles(void) {
    static const uint16_t zeros[16 * 32] __attribute__((aligned(64)));
    tile_config config = {.palette = 1};
    for (int t = 0; t < 8; t++) {
        config.column_bytes[t] = 64;
        config.rows[t] = 16;
    }
    _tile_loadconfig(&config);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_loadd(4, zeros, 64);
    _tile_loadd(5, zeros, 64);
    _tile_loadd(6, zeros, 64);
    _tile_loadd(7, zeros, 64);
    for (int r = 0; r < TILE_REPEATS; r++) {
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    float mine[16 * 16] __attribute__((aligned(64)));
    _tile_stored(0, mine, 64);
    _tile_release();
    return mine[0];
}

static const double tile_operations = 4.0 * 16 * 16 * 32 * 2 * TILE_REPEATS;

/* Linux gives the tiles to those who ask for them. */
static int tiles_granted(void) {
    enum { ARCH_REQ_XCOMP_PERM_ = 0x1023, XFEATURE_XTILEDATA_ = 18 };
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM_, XFEATURE_XTILEDATA_) == 0;
}

double ingot_peak_bf16(int threads, double seconds, int amx) {
    uint32_t a, b, c, d;
    if (!__builtin_cpu_supports("avx512f")) return 0;
    if (amx) {
        __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
        const uint32_t bf16_and_tiles = UINT32_C(1) << 22 | UINT32_C(1) << 24;
        if ((d & bf16_and_tiles) != bf16_and_tiles || !tiles_granted()) return 0;
        return best_rate(run_tiles, tile_operations, threads, seconds);
    }
    if (!__builtin_cpu_supports("avx512bf16")) return 0;
    return best_rate(run_dot, dot_operations, threads, seconds);
}

/* ------------------------------------------------------------------ memory */

double ingot_peak_triad(int threads, double seconds) {
    float *memory = aligned_alloc(64, 3 * TRIAD_FLOATS * sizeof(float));
    if (!memory) return 0;
    float *restrict a = memory;
    const float *restrict b = memory + TRIAD_FLOATS, *restrict c = b + TRIAD_FLOATS;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t i = 0; i < 3 * TRIAD_FLOATS; i++) memory[i] = 1.0f;
    double best = 0;
    const double end = now() + seconds;
    do {
        const double begin = now();
#pragma omp parallel for simd num_threads(threads) schedule(static)
        for (size_t i = 0; i < TRIAD_FLOATS; i++) a[i] = b[i] + 0.5f * c[i];
        const double took = now() - begin;
        const double rate = 3.0 * sizeof(float) * (double)TRIAD_FLOATS / took;
        if (rate > best) best = rate;
    } while (now() < end);
    free(memory);
    return best / 1e9;
}
