/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * backbone.h: what the frozen part of a network gives for each training sample, computed once and
 * kept in <work>/cache/backbone-<key>/ (train.cache_backbone). A training step then begins with
 * that in place of the sample.
 *
 *   activations.bin  float[floats] for each sample of the training split, in the order of the store
 *   index.json {"digest":"<ingot_cache_digest>","floats":..,"format":1,"key":"..","samples":..}
 *
 * The key is the SHA-256 of the generated key (samples, graph, kernels, libraries), the number of
 * threads and the values of the frozen tensors.
 */
#ifndef INGOT_TRAIN_BACKBONE_H
#define INGOT_TRAIN_BACKBONE_H

#include "base/file.h"
#include "data/dataset.h"
#include "train/engine.h"

/* Generated. */
typedef struct ingot_backbone {
    const ingot_entry *entry; /* x in; no labels, logits or loss */
    size_t activation;        /* arena byte offset of its output, float[batch][floats] */
    size_t floats;            /* of a sample */
    const char *path;         /* the layer that gives it */
    const char *key;          /* hex SHA-256 */
    int32_t tensor_count;
    const int32_t *tensors; /* indices into the program's, of those the entry reads */
} ingot_backbone;

/* The samples' activations, as mapped. */
typedef struct ingot_activations {
    ingot_mapping bytes;
    char key[65];
} ingot_activations;

/* Opens what is cached for the state as it is, else computes it; *computed says which, and *why
 * what was wrong with what was there (a static string or NULL). The program has a backbone. */
ingot_status ingot_backbone_open(ingot_engine *engine, const ingot_store *store, const char *work,
                                 int32_t threads, ingot_progress progress, void *user,
                                 int *computed, const char **why, ingot_activations *activations,
                                 ingot_error *error);
void ingot_activations_close(ingot_activations *activations);

static inline const float *ingot_activations_values(const ingot_activations *activations) {
    return (const float *)(const void *)activations->bytes.bytes;
}

#endif
