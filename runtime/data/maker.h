/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * maker.h: one sample of the store as the model sees it, made from whatever the program keeps of
 * it: the cached sample, the cached segment of sound, or the file itself; with or without
 * augmentation.
 *
 * A file that is read here is read whole and hashed, and what was hashed is what is decoded: bytes
 * that are not those of the lock are INGOT_LOCK_MISMATCH, whenever they changed.
 */
#ifndef INGOT_DATA_MAKER_H
#define INGOT_DATA_MAKER_H

#include "data/augment.h"
#include "data/dataset.h"

/* Scratch and code of one thread. */
typedef struct ingot_maker ingot_maker;

/* Both must outlive it. */
ingot_status ingot_maker_new(const ingot_program *program, const ingot_store *store,
                             ingot_maker **maker, ingot_error *error);
void ingot_maker_free(ingot_maker *maker);

/* Fills x[channels][height][width]. epoch: that of training, whose augmentations are applied; -1:
 * none, as in evaluation. A failure names the file. */
ingot_status ingot_maker_make(ingot_maker *maker, int64_t sample, int64_t epoch, float *x,
                              ingot_error *error);

#endif
