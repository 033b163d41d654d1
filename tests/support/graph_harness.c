/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Runs entries of generated code on memory images, for tests/support/graph_runner.lua, which knows
 * where every tensor lies. Standard input holds requests, each: uint64 entry, uint64 arena bytes,
 * uint64 state bytes, uint64 seed, uint64 step, float learning rate, int32 threads, int32 samples
 * behind the update (-1: none is made, accumulate is called), int32 0, then the arena and the
 * state. For each the answer is the arena and the state after prepare, compute and update.
 */
#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

extern const ingot_entry *const test_entries[];
extern const size_t test_real_size;

typedef struct request {
    uint64_t entry, arena_bytes, state_bytes, seed, step;
    float learning_rate;
    int32_t threads, gathered, zero;
} request;

static void *aligned(size_t bytes) {
    void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
    if (p == NULL) exit(70);
    memset(p, 0xff, (bytes + 127) / 64 * 64); /* NaN: what is read must have been written */
    return p;
}

static void read_all(void *to, size_t bytes) {
    if (bytes > 0 && fread(to, 1, bytes, stdin) != bytes) {
        fprintf(stderr, "graph_harness: short request\n");
        exit(70);
    }
}

static void answer(const request *r) {
    const ingot_entry *entry = test_entries[r->entry];
    ingot_error error;
    ingot_machine m = {.threads = r->threads,
                       .seed = r->seed,
                       .step = r->step,
                       .updates = r->step,
                       .learning_rate = r->learning_rate,
                       .gathered = r->gathered};
    omp_set_dynamic(0);
    omp_set_num_threads(r->threads);
    m.arena = aligned(r->arena_bytes);
    m.state = aligned(r->state_bytes);
    m.prepared = aligned(entry->prepared_floats * test_real_size);
    read_all(m.arena, r->arena_bytes);
    read_all(m.state, r->state_bytes);
    if (entry->open != NULL && entry->open(&m, &error) != INGOT_OK) {
        fprintf(stderr, "%s: %s\n", entry->name, error.text);
        exit(1);
    }
    if (entry->prepare != NULL) entry->prepare(&m);
    if (entry->compute != NULL) entry->compute(&m);
    if (r->gathered < 0) {
        entry->accumulate(&m);
    } else if (entry->update != NULL) {
        entry->update(&m);
    }
    fwrite(m.arena, 1, r->arena_bytes, stdout);
    fwrite(m.state, 1, r->state_bytes, stdout);
    if (entry->close != NULL) entry->close(&m);
    free(m.arena);
    free(m.state);
    free(m.prepared);
}

int main(void) {
    request r;
    while (fread(&r, 1, sizeof r, stdin) == sizeof r) answer(&r);
    return fflush(stdout) == 0 ? 0 : 1;
}
