/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * peak.c: what this machine can do at most, measured, so that bench/run.lua can state a figure as a
 * fraction of it. Prints one JSON object on a line:
 *
 *   {"lanes": 16, "fma_gflops": {"1": 255.1, "2": 508.0}, "triad_gbs": {"1": 14.2, "2": 27.9}}
 *
 * fma_gflops: single-precision fused multiply-adds in registers, two operations each, by threads:
 *   16 independent chains of the widest vectors the compiler was told of. What a perfect matrix
 *   product would reach.
 * triad_gbs: a[i] = b[i] + s * c[i] over arrays far larger than the caches (McCalpin's STREAM), in
 *   10^9 bytes per second, three arrays counted; what the caches read to write is not counted.
 *
 * Each is the best of several short runs: other processes only ever make it less.
 *
 *   gcc -O3 -march=native -fopenmp bench/peak.c -o peak
 *   peak [--seconds S] [--no-triad] [threads ...]
 * Default: 0.3 seconds per figure; 1 thread and as many as there are processors.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, strtod */

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

enum { CHAINS = 16, FMA_REPEATS = 1000000, MOST_COUNTS = 16 };
static const size_t TRIAD_FLOATS = (size_t)48 << 20; /* 192 MiB per array */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Runs the chains `repeats` times; the sum goes out so that nothing can be left out. Separate
 * variables, not an array: arrays are spilled to memory. The values stay near 1. */
static float fma_chains(int repeats, float near_one) {
    const vector zero = {0};
    const vector scale = zero + near_one, shift = zero + (1 - near_one);
    vector a = zero + 1.0f, b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    vector i = a, j = a, k = a, l = a, m = a, n = a, o = a, p = a;
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
        m = m * scale + shift;
        n = n * scale + shift;
        o = o * scale + shift;
        p = p * scale + shift;
        /* each chain is its own: without this the compiler may see sixteen times the same sum */
        __asm__ volatile(""
                         : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f), "+v"(g), "+v"(h));
        __asm__ volatile(""
                         : "+v"(i), "+v"(j), "+v"(k), "+v"(l), "+v"(m), "+v"(n), "+v"(o), "+v"(p));
    }
    const vector sum = a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p;
    return sum[0];
}

static double fma_gflops(int threads, double seconds) {
    static volatile float kept;
    double best = 0;
    const double end = now() + seconds;
    do {
        float total = 0;
        const double begin = now();
#pragma omp parallel num_threads(threads) reduction(+ : total)
        total += fma_chains(FMA_REPEATS, 0.999f);
        const double took = now() - begin;
        kept = total;
        const double flops = 2.0 * CHAINS * LANES * FMA_REPEATS * (double)threads;
        if (flops / took > best) best = flops / took;
    } while (now() < end);
    (void)kept;
    return best / 1e9;
}

static double triad_gbs(int threads, double seconds, float *restrict a, const float *restrict b,
                        const float *restrict c) {
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
    return best / 1e9;
}

static void print_series(const char *name, const int *counts, const double *values, int count) {
    printf("\"%s\": {", name);
    for (int i = 0; i < count; i++) printf("%s\"%d\": %.1f", i ? ", " : "", counts[i], values[i]);
    printf("}");
}

int main(int argc, char **argv) {
    int counts[MOST_COUNTS], count = 0;
    int with_triad = 1;
    double seconds = 0.3;
    for (int i = 1; i < argc; i++) {
        char *rest = argv[i];
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            seconds = strtod(argv[++i], &rest);
        } else if (strcmp(argv[i], "--no-triad") == 0) {
            with_triad = 0;
            continue;
        } else {
            const long threads = strtol(argv[i], &rest, 10);
            if (threads < 1 || threads > 1024 || count == MOST_COUNTS) rest = argv[i];
            counts[count < MOST_COUNTS ? count++ : MOST_COUNTS - 1] = (int)threads;
        }
        if (rest == argv[i] || *rest) {
            fprintf(stderr, "usage: peak [--seconds S] [--no-triad] [threads ...], at most %d\n",
                    MOST_COUNTS);
            return 2;
        }
    }
    if (count == 0) {
        counts[count++] = 1;
        if (omp_get_num_procs() > 1) counts[count++] = omp_get_num_procs();
    }
    double values[MOST_COUNTS];
    for (int i = 0; i < count; i++) values[i] = fma_gflops(counts[i], seconds);
    printf("{\"lanes\": %d, ", LANES);
    print_series("fma_gflops", counts, values, count);
    if (with_triad) {
        const size_t bytes = TRIAD_FLOATS * sizeof(float);
        float *memory = aligned_alloc(64, 3 * bytes);
        if (!memory) {
            fprintf(stderr, "peak: no memory for %zu MiB\n", 3 * bytes >> 20);
            return 1;
        }
#pragma omp parallel for simd schedule(static)
        for (size_t i = 0; i < 3 * TRIAD_FLOATS; i++) memory[i] = 1.0f;
        for (int i = 0; i < count; i++) {
            values[i] = triad_gbs(counts[i], seconds, memory, memory + TRIAD_FLOATS,
                                  memory + 2 * TRIAD_FLOATS);
        }
        free(memory);
        printf(", ");
        print_series("triad_gbs", counts, values, count);
    }
    printf("}\n");
    return 0;
}
