/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * latency.c: see latency.h.
 */
#include "train/latency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "train/evaluate.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const double *sorted, int32_t count, double share) {
    const int32_t at = (int32_t)ceil(share * count) - 1;
    return sorted[at < 0 ? 0 : at];
}

/* The batch of a call; rows of integers are longer there than in the store. */
static ingot_status fill(const ingot_program *program, const ingot_store *store,
                         const int64_t *samples, float *x, ingot_error *error) {
    const int32_t batch = program->predict->batch;
    const size_t width = (size_t)program->data.predict_width;
    if (width == 0) {
        return ingot_store_batch(program, store, samples, batch, batch, x, NULL, error);
    }
    ingot_status status = INGOT_OK;
    for (int32_t i = 0; i < batch && status == INGOT_OK; i++) {
        status = ingot_store_batch(program, store, samples + i, 1, 1, x + (size_t)i * width, NULL,
                                   error);
    }
    return status;
}

/* Times the calls; `seconds` has room for all. */
static ingot_status time_calls(const ingot_program *program, ingot_machine *machine,
                               const ingot_store *store, ingot_split split, int64_t *samples,
                               double *seconds, int32_t *count, ingot_error *error) {
    const ingot_entry *entry = program->predict;
    const int64_t first = ingot_split_begin(program, split), all = program->data.samples[split];
    const double begun = now();
    int64_t next = 0;
    int32_t counted = 0;
    ingot_status status = INGOT_OK;
    for (int32_t call = 0; counted < INGOT_LATENCY_CALLS && status == INGOT_OK; call++) {
        for (int32_t i = 0; i < entry->batch; i++) samples[i] = first + next++ % all;
        const double before = now();
        status = fill(program, store, samples, ingot_at(machine, entry->x), error);
        entry->compute(machine);
        if (call < INGOT_LATENCY_WARM) continue;
        const double after = now();
        seconds[counted++] = after - before;
        if (counted >= INGOT_LATENCY_LEAST && after - begun > INGOT_LATENCY_SECONDS) break;
    }
    *count = counted;
    return status;
}

ingot_status ingot_measure_latency(const ingot_program *program, int32_t threads,
                                   const float *state, const ingot_store *store, ingot_split split,
                                   ingot_latency *latency, ingot_error *error) {
    ingot_engine *engine = NULL;
    ingot_machine *machine = NULL;
    memset(latency, 0, sizeof *latency);
    int64_t *samples = malloc((size_t)program->predict->batch * sizeof *samples);
    int32_t calls = 0;
    double *seconds = malloc(INGOT_LATENCY_CALLS * sizeof *seconds);
    ingot_status status =
        samples && seconds ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) {
        status = ingot_engine_new(program, threads, INGOT_USE_PREDICT, &engine, error);
    }
    if (status == INGOT_OK) status = ingot_engine_open(engine, program->predict, &machine, error);
    if (status == INGOT_OK) {
        memcpy(ingot_engine_state(engine), state, program->state_floats * sizeof *state);
        if (program->predict->prepare) program->predict->prepare(machine);
        status = time_calls(program, machine, store, split, samples, seconds, &calls, error);
    }
    if (status == INGOT_OK) {
        double sum = 0;
        for (int32_t i = 0; i < calls; i++) sum += seconds[i];
        qsort(seconds, (size_t)calls, sizeof *seconds, ascending);
        *latency = (ingot_latency){.calls = calls,
                                   .batch = program->predict->batch,
                                   .mean = 1e3 * sum / calls,
                                   .p50 = 1e3 * percentile(seconds, calls, 0.5),
                                   .p90 = 1e3 * percentile(seconds, calls, 0.9),
                                   .p99 = 1e3 * percentile(seconds, calls, 0.99),
                                   .max = 1e3 * seconds[calls - 1]};
    }
    ingot_engine_free(engine);
    free(samples);
    free(seconds);
    return status;
}
