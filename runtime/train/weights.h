/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * weights.h: a model's parameters and buffers as a safetensors file.
 *
 * Tensors have the names, shapes and element order of the reference framework, as float32, whatever
 * their order in memory; optimizer state is not saved. Metadata (all strings): "stamp", "name",
 * "format" ("pt": those names and shapes), "data" (digest of the training data), "epochs",
 * "threads", "interrupted": "true" in a training that did not finish, "best_epoch" and
 * "best_metric" where an epoch before the last was kept by a metric. The bytes depend on nothing
 * else: equal trainings give equal files.
 */
#ifndef INGOT_TRAIN_WEIGHTS_H
#define INGOT_TRAIN_WEIGHTS_H

#include "program.h"

typedef struct ingot_weights_note {
    const char *data; /* hex SHA-256 over the training files (ingot_training_digest) */
    int32_t epochs;   /* finished */
    int32_t threads;
    int interrupted;
    int32_t best_epoch; /* from 1, where these are the best epoch's and not the last's; else 0 */
    const char *best_metric; /* by which: "validation.loss" */
} ingot_weights_note;

/* Writes atomically; `hex` receives the SHA-256 of the file. Refuses values that are not finite,
 * naming the tensor. */
ingot_status ingot_weights_save(const ingot_program *program, const float *state,
                                const ingot_weights_note *note, const char *path, char hex[65],
                                ingot_error *error);

/* Loads into `state`, whatever the order in the file; optimizer state stays as it is. INGOT_FAILED,
 * with `state` untouched, where the file is missing or damaged, holds other tensors or shapes than
 * the program, values that are not finite (names the tensor), or another stamp and not any_stamp.
 */
ingot_status ingot_weights_load(const ingot_program *program, const char *path, int any_stamp,
                                float *state, ingot_error *error);

#endif
