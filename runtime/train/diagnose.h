/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * diagnose.h: where a number that is not finite came from.
 */
#ifndef INGOT_TRAIN_DIAGNOSE_H
#define INGOT_TRAIN_DIAGNOSE_H

#include "data/dataset.h"
#include "data/loader.h"
#include "train/engine.h"

/* Index of the first value that is not finite, or -1. */
int64_t ingot_first_non_finite(const float *values, size_t count);

/* The first parameter or buffer that holds a value that is not finite, or NULL. */
const ingot_tensor *ingot_non_finite_tensor(const ingot_program *program, const float *state);

/* The step that was about to be made. */
typedef struct ingot_bad_step {
    const ingot_entry *entry;
    ingot_machine *machine; /* epoch and step as the loop set them */
    const int64_t *samples; /* store indices [entry->batch] */
    float loss;
    ingot_loader *loader; /* makes the batch again: what begins at sample `at` of the epoch */
    int64_t at;
    int32_t *labels; /* room for those of the batch where the entry takes none */
} ingot_bad_step;

/* Says where a loss that is not finite comes from, before the step's update: an input sample (by
 * file), a parameter, or the first node whose output is not finite, found by running the compute
 * nodes one by one over the same batch. Always returns INGOT_FAILED, the message in `error`. */
ingot_status ingot_diagnose(const ingot_program *program, const ingot_dataset *dataset,
                            const ingot_store *store, const ingot_bad_step *bad,
                            ingot_error *error);

#endif
