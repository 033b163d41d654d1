/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * loader.h: the batches of training, made beside it.
 *
 * Where samples have to be decoded or changed, threads of the loader's own make the next batches
 * while a step computes; else a batch is converted when it is asked for, without a thread or a
 * lock. What is in a batch depends on seed, epoch and samples only, not on timing or on the number
 * of threads.
 */
#ifndef INGOT_DATA_LOADER_H
#define INGOT_DATA_LOADER_H

#include "data/dataset.h"

typedef struct ingot_loader ingot_loader;

/* Where a batch goes. labels2 and mix may be NULL where the program mixes no samples. */
typedef struct ingot_batch {
    float *x; /* [count][channels][height][width], or what is ready: [count][floats] */
    int32_t *labels, *labels2;
    float *mix;
    float *targets; /* regression: [count][targets]; else NULL */
} ingot_batch;

/* What is ready for training in place of samples (train/backbone.h): values[sample][floats], of the
 * samples of the training split. */
typedef struct ingot_ready {
    const float *values; /* NULL: batches are made of the store's samples */
    size_t floats;
} ingot_ready;

/* Memory a loader takes for this program on so many threads, beside the store's. */
size_t ingot_loader_bytes(const ingot_program *program, int32_t threads);

/* `threads` is what the program runs on; as many make batches, where any do. The store and
 * what is ready must outlive the loader. */
ingot_status ingot_loader_new(const ingot_program *program, const ingot_store *store,
                              ingot_ready ready, int32_t threads, ingot_loader **loader,
                              ingot_error *error);
void ingot_loader_free(ingot_loader *loader); /* NULL is fine; waits for its threads */

/* Begins a pass: `order` holds store indices, stays until the pass is over or another begins, and
 * is cut into batches of training.batch samples, the last of what is left. first: how many samples
 * of the epoch are past already, a multiple of the batch. */
void ingot_loader_start(ingot_loader *loader, uint32_t epoch, const int64_t *order, int64_t samples,
                        int64_t first);

/* The next batch, whose size the caller knows. A file that is not that of the lock any more is
 * INGOT_LOCK_MISMATCH, one that cannot be read INGOT_FAILED, each by name. */
ingot_status ingot_loader_next(ingot_loader *loader, int32_t count, const ingot_batch *to,
                               ingot_error *error);

/* Makes a batch of the pass again, at once: what begins at sample `at` of its order. */
ingot_status ingot_loader_again(ingot_loader *loader, int64_t at, int32_t count,
                                const ingot_batch *to, ingot_error *error);

/* Seconds that ingot_loader_next took since the loader was made. */
double ingot_loader_waited(const ingot_loader *loader);

#endif
