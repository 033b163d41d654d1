/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * engine.h: the memory a program runs in, and its entries opened on it.
 *
 * The engine owns the state block, one arena shared by all entries (nothing in it outlives a call)
 * and, per open entry, its prepared block and its backend's memory. Addresses are fixed when the
 * engine is made, because backends may remember them: the arena is reserved for the largest entry
 * that was asked for, and pages that no entry touches are never backed by memory. A page without
 * access follows each block, so that a wrong offset ends the process instead of corrupting it.
 */
#ifndef INGOT_TRAIN_ENGINE_H
#define INGOT_TRAIN_ENGINE_H

#include <string.h>

#include "program.h"

/* Which entries a word is going to open. */
enum {
    INGOT_USE_TRAIN = 1,    /* train_step, train_step_tail, backbone */
    INGOT_USE_EVALUATE = 2, /* evaluate_step */
    INGOT_USE_PREDICT = 4   /* predict */
};

typedef struct ingot_engine ingot_engine;

/* Memory of an engine in bytes, as `info` and the report print it. */
typedef struct ingot_engine_memory {
    size_t arena, state, prepared;
} ingot_engine_memory;

/* State is zero; nothing is open. `use` is a sum of INGOT_USE_*. INGOT_FAILED: out of memory. */
ingot_status ingot_engine_new(const ingot_program *program, int32_t threads, int use,
                              ingot_engine **engine, ingot_error *error);
void ingot_engine_free(ingot_engine *engine); /* closes what is open; NULL is fine */

/* float state[program->state_floats] */
float *ingot_engine_state(ingot_engine *engine);
const ingot_program *ingot_engine_program(const ingot_engine *engine);
ingot_engine_memory ingot_engine_memory_of(const ingot_program *program, int use);

/* Opens `entry` (once) and gives the machine to run it with: seed and threads set, epoch, step and
 * learning rate zero. Valid until the entry or the engine is closed. */
ingot_status ingot_engine_open(ingot_engine *engine, const ingot_entry *entry,
                               ingot_machine **machine, ingot_error *error);
void ingot_engine_close(ingot_engine *engine, const ingot_entry *entry);

/* Where an entry's input or output lies. */
static inline float *ingot_at(const ingot_machine *machine, size_t offset) {
    return (float *)(void *)(machine->arena + offset);
}
static inline int32_t *ingot_labels_at(const ingot_machine *machine, size_t offset) {
    return (int32_t *)(void *)(machine->arena + offset);
}
/* First number of a node's output, wherever it lies. */
static inline const void *ingot_span_at(const ingot_machine *machine, const ingot_span *span) {
    switch (span->space) {
    case INGOT_STATE:
        return machine->state + span->offset;
    case INGOT_PREPARED:
    case INGOT_PREPARED_BF16:
        return machine->prepared + span->offset;
    case INGOT_ARENA:
    case INGOT_ARENA_BF16:
        break;
    }
    return ingot_at(machine, span->offset);
}
/* Number `index` of a node's output, whatever its type. */
static inline float ingot_span_number(const ingot_machine *machine, const ingot_span *span,
                                      size_t index) {
    const void *values = ingot_span_at(machine, span);
    if (span->space != INGOT_ARENA_BF16 && span->space != INGOT_PREPARED_BF16) {
        return ((const float *)values)[index];
    }
    const uint32_t bits = (uint32_t)((const uint16_t *)values)[index] << 16;
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

#endif
