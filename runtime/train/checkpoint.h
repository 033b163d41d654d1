/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.h: a training at rest, from which it goes on to the same bytes as if never
 * interrupted.
 *
 * A checkpoint is a safetensors file of the tensors
 *   state     F32 [floats]     the whole state block as it lies in memory: parameters, buffers,
 *                              optimizer state, gathered gradients
 *   finished  F32 [floats]     parameters and buffers after the last finished epoch; not where that
 *                              is what `state` holds
 *   best      F32 [floats]     those of the best epoch, where the program keeps them
 *   counters  I64 [...]        ingot_place, its integers
 *   sums      F64 [...]        ingot_place, its numbers
 *   epochs    F64 [n][10]      the history: every finished epoch
 * Random numbers need no state of their own: they follow from seed, epoch, step and node, and the
 * order of the samples from seed and epoch.
 *
 * Metadata: "format" ("ingot checkpoint 1"), "stamp", "threads", and "digest": SHA-256 over the
 * tensors (ingot_saved_digest), compared when the file is read. Two files are kept in turn,
 * "checkpoint.0.safetensors" and "checkpoint.1.safetensors", so that one is whole whatever happens
 * to the other.
 */
#ifndef INGOT_TRAIN_CHECKPOINT_H
#define INGOT_TRAIN_CHECKPOINT_H

#include "program.h"
#include "train/loop.h"
#include "train/monitor.h"

/* Where a training is. */
typedef struct ingot_place {
    int64_t steps;        /* done, over all epochs */
    int64_t step;         /* done in this epoch; all of them: what ends an epoch is still to do */
    int32_t epoch;        /* this epoch, from 0; as many are finished */
    int64_t samples;      /* of this epoch so far, as are the three below */
    int64_t correct;      /* predictions before each update */
    double loss_sum;      /* over samples */
    double seconds;       /* of training */
    double learning_rate; /* of the last step */
    ingot_best best;
    ingot_stopping stopping;
    ingot_plateau_state plateau;
} ingot_place;

/* A training as a checkpoint holds it. The program says how long the arrays are. */
typedef struct ingot_rest {
    ingot_place place;
    float *state;        /* [program->state_floats] */
    float *finished;     /* [ingot_model_floats]; NULL when writing: as in `state` */
    float *best;         /* [ingot_model_floats]; NULL where the program keeps none */
    ingot_epoch *epochs; /* [place.epoch] */
} ingot_rest;

/* Floats of the tensors that make a model: parameters and buffers, not optimizer state. */
size_t ingot_model_floats(const ingot_program *program);

/* Copies them between the state and one block, in the program's order. */
void ingot_model_from_state(const ingot_program *program, const float *state, float *model);
void ingot_model_to_state(const ingot_program *program, const float *model, float *state);

/* Writes (atomically) checkpoint.<which>.safetensors in the folder. *bytes may be NULL. */
ingot_status ingot_checkpoint_write(const ingot_program *program, int32_t threads,
                                    const ingot_rest *rest, const char *folder, int which,
                                    uint64_t *bytes, ingot_error *error);

/* Reads the newer of the folder's good checkpoints into `rest`, all of whose arrays are there
 * (epochs: [training.epochs]). *found is its number; -1: there is none, and `rest` is as it was.
 * One that is damaged or belongs to another training is passed over, and `note` (may be NULL) told
 * why.
 */
void ingot_checkpoint_read(const ingot_program *program, int32_t threads, const char *folder,
                           void (*note)(void *user, const char *text), void *user, ingot_rest *rest,
                           int *found);

/* Takes both away, there or not. */
void ingot_checkpoint_remove(const char *folder);

#endif
