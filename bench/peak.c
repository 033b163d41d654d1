/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * peak.c: what this machine can do at most (runtime/cli/peak.h), so that bench/run.lua can state a
 * figure as a fraction of it. Prints one JSON object on a line:
 *
 *   {"lanes": 16, "fma_gflops": {"1": 255.1, "2": 508.0}, "bf16_gflops": {"1": …, "2": …},
 *    "amx_gflops": {…}, "triad_gbs": {"1": 14.2, "2": 27.9}}
 *
 * by threads; 0 where the machine has no such instructions.
 *
 *   gcc -O3 -march=native -fopenmp -Iruntime bench/peak.c runtime/cli/peak.c -o peak
 *   peak [--seconds S] [--fma-only] [threads ...]
 * Default: 0.3 seconds per figure; 1 thread and as many as there are processors.
 */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/peak.h"

enum { MOST_COUNTS = 16 };

static double bf16(int threads, double seconds) {
    return ingot_peak_bf16(threads, seconds, 0);
}

static double amx(int threads, double seconds) {
    return ingot_peak_bf16(threads, seconds, 1);
}

static const struct figure {
    const char *name;
    double (*measure)(int threads, double seconds);
} figures[] = {{"fma_gflops", ingot_peak_fma},
               {"bf16_gflops", bf16},
               {"amx_gflops", amx},
               {"triad_gbs", ingot_peak_triad}};

int main(int argc, char **argv) {
    int counts[MOST_COUNTS], count = 0;
    size_t figure_count = sizeof figures / sizeof *figures;
    double seconds = 0.3;
    for (int i = 1; i < argc; i++) {
        char *rest = argv[i];
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            seconds = strtod(argv[++i], &rest);
        } else if (strcmp(argv[i], "--fma-only") == 0) {
            figure_count = 1;
            continue;
        } else {
            const long threads = strtol(argv[i], &rest, 10);
            if (threads < 1 || threads > 1024 || count == MOST_COUNTS) rest = argv[i];
            counts[count < MOST_COUNTS ? count++ : MOST_COUNTS - 1] = (int)threads;
        }
        if (rest == argv[i] || *rest) {
            fprintf(stderr, "usage: peak [--seconds S] [--fma-only] [threads ...], at most %d\n",
                    MOST_COUNTS);
            return 2;
        }
    }
    if (count == 0) {
        counts[count++] = 1;
        if (omp_get_num_procs() > 1) counts[count++] = omp_get_num_procs();
    }
    printf("{\"lanes\": %d", ingot_peak_lanes());
    for (size_t f = 0; f < figure_count; f++) {
        printf(", \"%s\": {", figures[f].name);
        for (int i = 0; i < count; i++) {
            printf("%s\"%d\": %.1f", i ? ", " : "", counts[i],
                   figures[f].measure(counts[i], seconds));
        }
        printf("}");
    }
    printf("}\n");
    return 0;
}
