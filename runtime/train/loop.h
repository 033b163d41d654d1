/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * loop.h: the training loop.
 *
 * Each epoch visits the training samples in an order drawn from (seed, epoch) (base/rng.h,
 * ingot_permutation), batch by batch: fill the input, compute, look at the loss, update. The
 * incomplete last batch has an entry of its own. After an epoch the validation split, where there
 * is one, is evaluated. A step allocates nothing and makes no system call.
 *
 * With a folder for checkpoints a training goes on from the newest that is good, and ends with the
 * same weights and the same history as one that was never interrupted (checkpoint.h, saver.h).
 */
#ifndef INGOT_TRAIN_LOOP_H
#define INGOT_TRAIN_LOOP_H

#include <signal.h>

#include "data/loader.h"
#include "train/engine.h"
#include "train/policy.h"

/* What an epoch came to. Losses are means over samples, accuracies shares of samples; in a
 * regression the validation loss is the mean squared error, and accuracies are NaN. A member that
 * is added here is added to a checkpoint's rows too (checkpoint.c). */
typedef struct ingot_epoch {
    int32_t epoch; /* from 0 */
    int64_t steps, samples;
    double loss, accuracy; /* while training, each batch before its update */
    int has_validation;
    double validation_loss, validation_accuracy;
    double learning_rate; /* of the last step */
    double seconds;       /* training, without validation */
} ingot_epoch;

/* Where a running epoch is. */
typedef struct ingot_pace {
    int32_t epoch, epochs;
    int64_t step, steps; /* of this epoch; step counts those done */
    int64_t samples;     /* of this epoch, done */
    double loss_sum;     /* over samples */
    int64_t correct;     /* of those; -1 in a regression */
} ingot_pace;

/* What one step came to, for those who record every step. */
typedef struct ingot_step_metrics {
    int64_t step;         /* over all epochs, from 1 */
    int32_t epoch;        /* from 0 */
    double loss;          /* mean over the batch, before the update */
    double learning_rate; /* of the update */
    double gradient_norm; /* before clipping; NaN where the program does not compute it */
} ingot_step_metrics;

typedef struct ingot_train_hooks {
    void *user;
    /* After each step. Must be quick: a small network's step takes microseconds. May be NULL. */
    void (*step)(void *user, const ingot_pace *pace);
    /* After each epoch with its validation. May be NULL. */
    void (*epoch)(void *user, const ingot_epoch *epoch);
    /* Looked at after each step; non-zero ends the loop there. May be NULL. */
    const volatile sig_atomic_t *stop;
    /* After each step, with its numbers. As quick as `step`: put them into memory, write them
     * elsewhere. A training that goes on from a checkpoint may report steps again that an earlier
     * process reported; they are the same to the bit. May be NULL. */
    void (*step_metrics)(void *user, const ingot_step_metrics *metrics);
    /* Once, before the first step: how many an earlier process made (0: from the start), and the
     * epochs it finished, oldest first. May be NULL. */
    void (*begins)(void *user, int64_t steps, const ingot_epoch *epochs, int32_t count);
    /* What a person should know and is no failure. May be NULL. */
    void (*note)(void *user, const char *text);
    /* What steps begin with where the program has a backbone. */
    ingot_ready ready;
    /* Folder for checkpoints, which is there; NULL: none are read or written. */
    const char *checkpoints;
} ingot_train_hooks;

/* What checkpoints came to in this process. */
typedef struct ingot_checkpoint_cost {
    int64_t written, failed;
    uint64_t bytes;      /* of the last one */
    double loop_seconds; /* that training stood still for them */
    double cpu_seconds;  /* of the thread that wrote them */
} ingot_checkpoint_cost;

typedef struct ingot_train_result {
    int32_t epochs_done;
    ingot_epoch *epochs;     /* [epochs_done]; release with free */
    int64_t steps;           /* over all epochs, the unfinished one included */
    int64_t resumed;         /* of those, made by an earlier process */
    int interrupted;         /* 1: `stop` ended it; the state is that after the last step */
    int stopped_early;       /* 1: the metric of early stopping no longer improved; the training is
                                finished */
    int32_t best_epoch;      /* from 0, of the weights kept; -1: the last epoch's are */
    const char *best_metric; /* by which, and its value; NULL with best_epoch -1 */
    double best_value;
    ingot_checkpoint_cost checkpoints;
    double waited_seconds; /* for batches that were being made (data/loader.h) */
} ingot_train_result;

/* 1: nothing is left to be done. */
int ingot_train_finished(const ingot_program *program, const ingot_train_result *result);

/* What holds of this program. */
const ingot_train_policy *ingot_policy_of(const ingot_program *program);

/* Trains from the state as it is, or from a checkpoint. Finished, the state is what the policy
 * keeps: the last epoch's, or the best's. INGOT_FAILED where the loss or a parameter becomes
 * non-finite: the message says where, and the state is that of the last finished epoch
 * (result->epochs_done of them; with none it is the state the loop began with). `result` is valid
 * in every case. */
ingot_status ingot_train(ingot_engine *engine, const ingot_dataset *dataset,
                         const ingot_store *store, const ingot_train_hooks *hooks,
                         ingot_train_result *result, ingot_error *error);

/* Bytes the loop keeps beside the engine's: the last good parameters, the best ones where they are
 * kept, the copy of the state a checkpoint is written from, the order of samples, and what
 * the loader takes. */
size_t ingot_train_bytes(const ingot_program *program);

#endif
