/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * store_internal.h: what the two halves of the store share; see dataset.h for the whole.
 *
 * <work>/cache/features-<key>/
 *   samples.bin  every sample, one after the other, no padding: floats or bytes
 *   labels.bin   int32 (little endian) per item: its class; in a regression its float targets
 *   index.json   {"format":1,"items":..,"key":"..","labels":"<sha256>","sample_bytes":..,
 *                 "samples":..,"samples_digest":"<digest>"}
 * The samples' digest is ingot_cache_digest (base/cache.h).
 */
#ifndef INGOT_DATA_STORE_INTERNAL_H
#define INGOT_DATA_STORE_INTERNAL_H

#include "base/file.h"
#include "data/dataset.h"

typedef struct ingot_store_plan {
    const ingot_program *program;
    const ingot_dataset *dataset;
    const char *root;
    int32_t threads;
    size_t sample_bytes;
    size_t label_bytes; /* of an item in labels.bin */
    ingot_progress progress;
    void *user;
} ingot_store_plan;

/* What is cached of a sample: NULL where nothing is. The file it comes from, and where that lies.
 */
const unsigned char *ingot_store_stored(const ingot_store *store, int64_t sample);
const ingot_file *ingot_store_file(const ingot_store *store, int64_t sample);
const char *ingot_store_root(const ingot_store *store);

/* Computes all samples into samples.bin and labels.bin in `directory`, which is there and empty. */
ingot_status ingot_store_compute(const ingot_store_plan *plan, const char *directory,
                                 ingot_error *error);

#endif
