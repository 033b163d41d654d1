/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * engine.c: see engine.h. Blocks come from mmap: zeroed, page-aligned, backed only where touched.
 */
#include "train/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "train/backbone.h"

enum { MAX_ENTRIES = 5, HUGE_PAGE = 2 << 20 };

typedef struct block {
    void *at;
    size_t mapped; /* guard page included */
} block;

typedef struct runner {
    const ingot_entry *entry; /* NULL: free */
    ingot_machine machine;
    block prepared;
} runner;

struct ingot_engine {
    const ingot_program *program;
    int32_t threads;
    size_t arena_bytes;
    block arena, state;
    runner runners[MAX_ENTRIES];
};

static ingot_status block_new(size_t bytes, const char *what, block *made, ingot_error *error) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t room = (bytes + page - 1) / page * page;
    const size_t mapped = room + page;
    memset(made, 0, sizeof *made);
    void *at = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return ingot_fail(error, INGOT_FAILED, "cannot reserve %.1f MiB for %s: %s",
                          (double)bytes / (1024 * 1024), what, strerror(errno));
    }
    /* Advice only: fewer TLB misses where the system has huge pages to give. */
    if (room / 2 >= HUGE_PAGE) (void)madvise(at, room, MADV_HUGEPAGE);
    if (mprotect((char *)at + room, page, PROT_NONE) != 0) {
        const int why = errno;
        munmap(at, mapped);
        return ingot_fail(error, INGOT_FAILED, "cannot protect the end of %s: %s", what,
                          strerror(why));
    }
    made->at = at;
    made->mapped = mapped;
    return INGOT_OK;
}

static void block_free(block *made) {
    if (made->at) munmap(made->at, made->mapped);
    memset(made, 0, sizeof *made);
}

static void widen(ingot_engine_memory *memory, const ingot_entry *entry) {
    if (!entry) return;
    if (entry->arena_bytes > memory->arena) memory->arena = entry->arena_bytes;
    memory->prepared += entry->prepared_floats * sizeof(float);
}

ingot_engine_memory ingot_engine_memory_of(const ingot_program *program, int use) {
    ingot_engine_memory memory = {0, program->state_floats * sizeof(float), 0};
    if (use & INGOT_USE_TRAIN) {
        widen(&memory, program->train_step);
        widen(&memory, program->train_step_tail);
        if (program->backbone) widen(&memory, program->backbone->entry);
    }
    if (use & INGOT_USE_EVALUATE) widen(&memory, program->evaluate_step);
    if (use & INGOT_USE_PREDICT) widen(&memory, program->predict);
    return memory;
}

ingot_status ingot_engine_new(const ingot_program *program, int32_t threads, int use,
                              ingot_engine **made, ingot_error *error) {
    *made = NULL;
    ingot_engine *engine = calloc(1, sizeof *engine);
    if (!engine) return ingot_fail(error, INGOT_FAILED, "out of memory");
    engine->program = program;
    engine->threads = threads;
    engine->arena_bytes = ingot_engine_memory_of(program, use).arena;
    ingot_status status =
        block_new(program->state_floats * sizeof(float), "parameters", &engine->state, error);
    if (status == INGOT_OK) {
        status = block_new(engine->arena_bytes, "activations", &engine->arena, error);
    }
    if (status != INGOT_OK) {
        ingot_engine_free(engine);
        return status;
    }
    *made = engine;
    return INGOT_OK;
}

static void runner_close(runner *r) {
    if (!r->entry) return;
    if (r->entry->close) r->entry->close(&r->machine);
    block_free(&r->prepared);
    memset(r, 0, sizeof *r);
}

void ingot_engine_free(ingot_engine *engine) {
    if (!engine) return;
    for (int i = 0; i < MAX_ENTRIES; i++) runner_close(&engine->runners[i]);
    block_free(&engine->arena);
    block_free(&engine->state);
    free(engine);
}

float *ingot_engine_state(ingot_engine *engine) {
    return engine->state.at;
}

const ingot_program *ingot_engine_program(const ingot_engine *engine) {
    return engine->program;
}

ingot_status ingot_engine_open(ingot_engine *engine, const ingot_entry *entry,
                               ingot_machine **machine, ingot_error *error) {
    runner *room = NULL;
    *machine = NULL;
    for (int i = 0; i < MAX_ENTRIES; i++) {
        runner *r = &engine->runners[i];
        if (r->entry == entry) {
            *machine = &r->machine;
            return INGOT_OK;
        }
        if (!r->entry && !room) room = r;
    }
    if (!room || entry->arena_bytes > engine->arena_bytes) {
        return ingot_fail(error, INGOT_FAILED, "%s: this engine was not made for this entry",
                          entry->name);
    }
    ingot_status status = block_new(entry->prepared_floats * sizeof(float), "prepared weights",
                                    &room->prepared, error);
    if (status != INGOT_OK) return status;
    room->machine = (ingot_machine){.arena = engine->arena.at,
                                    .state = engine->state.at,
                                    .prepared = room->prepared.at,
                                    .threads = engine->threads,
                                    .seed = engine->program->training.seed};
    if (entry->open) {
        status = entry->open(&room->machine, error);
        if (status != INGOT_OK) {
            block_free(&room->prepared);
            memset(room, 0, sizeof *room);
            return ingot_fail_in(error, status, "cannot open %s", entry->name);
        }
    }
    room->entry = entry;
    *machine = &room->machine;
    return INGOT_OK;
}

void ingot_engine_close(ingot_engine *engine, const ingot_entry *entry) {
    for (int i = 0; i < MAX_ENTRIES; i++) {
        if (engine->runners[i].entry == entry) runner_close(&engine->runners[i]);
    }
}
