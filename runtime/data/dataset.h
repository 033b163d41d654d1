/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * dataset.h: the locked data set and the store of its samples.
 *
 * The lock (JSON, carried in the executable; docs/lock.md) names every file with size and SHA-256,
 * every item with class and split. A run compares what lies on disk against it before it reads.
 */
#ifndef INGOT_DATA_DATASET_H
#define INGOT_DATA_DATASET_H

#include "program.h"
#include "data/features.h"

/* One labelled thing: a sound file, or one record of an idx file. */
typedef struct ingot_item {
    int32_t file;         /* index into files; -1 where the lock is declared */
    int32_t label_file;   /* index of the file that holds its label, -1 where the lock does */
    int64_t record;       /* 0 for a sound */
    int32_t label;        /* class index; -1: to be read from label_file */
    int32_t split;        /* ingot_split; -1: in none */
    int64_t first_sample; /* index into the store */
    int64_t samples;      /* segments; 1 for an image */
} ingot_item;

typedef struct ingot_dataset {
    int declared; /* the lock states counts only: there are items, but no files to read */
    int64_t file_count, item_count, sample_count;
    ingot_file *files;
    ingot_item *items; /* train items first, then validation, then test; lock order within */
    void *owner;       /* memory behind the strings */
} ingot_dataset;

/* Parses the lock the program carries and lays out samples. Fails where it disagrees with the
 * counts compiled into the program (damaged executable). */
ingot_status ingot_dataset_open(const ingot_program *program, ingot_dataset **dataset,
                                ingot_error *error);
void ingot_dataset_close(ingot_dataset *dataset);

/* Compares the files under `root` with the lock: missing, extra, changed. INGOT_LOCK_MISMATCH with
 * counts and the first few names of each, and for a declared lock, which no data can match;
 * INGOT_FAILED where root cannot be read. A file that `known` (known.h; may be NULL) knows is not
 * read again: what is trained on is hashed when it is read. */
ingot_status ingot_dataset_check(const ingot_program *program, const ingot_dataset *dataset,
                                 const char *root, struct ingot_known *known, ingot_error *error);

/* ---- the store: the samples of a data set, computed once, in <work>/cache/features-<key>/ */

typedef struct ingot_store ingot_store;

/* Told after each item; done == total at the end. `skipped` counts items left out because the
 * spec says on_unreadable = "skip". Return non-zero to stop (interrupt). */
typedef int (*ingot_progress)(void *user, int64_t done, int64_t total);

/* Opens the cached store where its digest holds, else computes it on `threads` threads and writes
 * it atomically; *computed says which. Where the program caches nothing, nothing is computed. A
 * damaged entry is recomputed and *recomputed_why tells (static string or NULL). An unreadable file
 * fails with its name. */
ingot_status ingot_store_open(const ingot_program *program, const ingot_dataset *dataset,
                              const char *root, const char *work, int32_t threads,
                              ingot_progress progress, void *user, int *computed,
                              const char **recomputed_why, ingot_store **store, ingot_error *error);
void ingot_store_close(ingot_store *store);

/* Bytes mapped by the store; part of the memory a run accounts for. */
size_t ingot_store_bytes(const ingot_store *store);

/* Label of a sample (class index; -1 in a regression) and the item it belongs to. */
int32_t ingot_store_label(const ingot_store *store, int64_t sample);
/* Regression: the numbers to be predicted of the sample's item; else NULL. */
const float *ingot_store_targets(const ingot_store *store, int64_t sample);
int64_t ingot_store_item(const ingot_store *store, int64_t sample);

/* Fills one batch: x[batch][channels][height][width] with scale, shift and channel repetition
 * applied, labels[batch]. `samples` are store indices; entries past `count` repeat the last one, so
 * that every value is defined. labels may be NULL. Nothing is augmented. Fails only where samples
 * are made from files or segments (data/augment.h, ingot_loading); one call at a time then. */
ingot_status ingot_store_batch(const ingot_program *program, const ingot_store *store,
                               const int64_t *samples, int32_t count, int32_t batch, float *x,
                               int32_t *labels, ingot_error *error);

/* The same conversion for one sample straight from features->compute (predict on a file). Of a row
 * of integers `x` gets the bytes of its `width` cells. */
void ingot_sample_convert(const ingot_data *data, const void *stored, float *x);

/* And for values of any sample as floats, also where it is stored as bytes. */
void ingot_values_convert(const ingot_data *data, const float *values, float *x);

#endif
