/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * saver.h: checkpoints written beside training: the loop copies its state, a thread writes it.
 *
 * When one is written is a matter of time and never of results: whatever checkpoint a training goes
 * on from, it comes to the same bytes. So a checkpoint that is due may wait, while one is being
 * written or while those before it took more than their share of the time.
 */
#ifndef INGOT_TRAIN_SAVER_H
#define INGOT_TRAIN_SAVER_H

#include "train/checkpoint.h"

typedef struct ingot_saver ingot_saver;

/* `folder` must outlive the saver. `next` is the number of the file to write first: not that of the
 * checkpoint gone on from. */
ingot_status ingot_saver_new(const ingot_program *program, const ingot_train_policy *policy,
                             int32_t threads, const char *folder, int next, ingot_saver **saver,
                             ingot_error *error);

/* Waits for what is being written. NULL is fine. */
void ingot_saver_free(ingot_saver *saver);

/* After a step or, with `epochs` one larger than before, after an epoch: 1 where a checkpoint
 * should be made now. Cheap enough for every step. */
int ingot_saver_due(ingot_saver *saver, int64_t steps, int32_t epochs);

/* Copies rest->state and what is small, and has it written. rest->finished, rest->best and
 * rest->epochs are not copied: call ingot_saver_wait before they change. A state that is not finite
 * is not written. */
void ingot_saver_take(ingot_saver *saver, const ingot_rest *rest);
void ingot_saver_wait(ingot_saver *saver);

/* The same at once, in this thread. */
ingot_status ingot_saver_write(ingot_saver *saver, const ingot_rest *rest, ingot_error *error);

/* Why the last write failed, once; NULL: nothing to say. Training goes on without a checkpoint. */
const char *ingot_saver_trouble(ingot_saver *saver, ingot_error *error);

ingot_checkpoint_cost ingot_saver_cost(ingot_saver *saver);

#endif
