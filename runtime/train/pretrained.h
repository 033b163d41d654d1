/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * pretrained.h: the weights that training starts from (the spec's train.pretrained).
 *
 * The generator compared names and shapes when it built the executable, with what the lock says of
 * the file; here the file itself is compared with the lock's digest before anything of it is used.
 */
#ifndef INGOT_TRAIN_PRETRAINED_H
#define INGOT_TRAIN_PRETRAINED_H

#include "program.h"

typedef struct ingot_pretrained {
    const char *path;   /* of the safetensors file, relative to the working directory */
    const char *sha256; /* 64 hex digits, from the lock */
    /* Tensors of the model that keep their fresh values, and tensors of the file that are not used:
     * what train.pretrained_skip means of both. */
    int32_t fresh_count, unused_count;
    const char *const *fresh, *const *unused;
    /* Tensors that the file calls otherwise: the name here, the name there. */
    int32_t renamed_count;
    const char *const (*renamed)[2];
} ingot_pretrained;

/* Writes the file's values over `state`, which was initialised (train/init.h); optimizer state
 * stays. INGOT_LOCK_MISMATCH, with both digests, where the file is not that of the lock;
 * INGOT_FAILED where it is missing or damaged, lacks tensors, has others or other shapes (all are
 * listed), or holds values that are not finite. `state` is then untouched. */
ingot_status ingot_pretrained_load(const ingot_program *program, float *state, ingot_error *error);

#endif
