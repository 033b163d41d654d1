/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * lock.h: a parsed lock file (docs/lock.md). Internal to runtime/data; others use dataset.h.
 */
#ifndef INGOT_DATA_LOCK_H
#define INGOT_DATA_LOCK_H

#include "data/reader.h"

typedef struct ingot_lock_entry {
    int32_t label;      /* class index of a sound; -1: none */
    int32_t split;      /* ingot_split of a sound; -1: none */
    int32_t label_file; /* index into files; -1: none */
    const char *splits; /* checked run lengths of an images file; NULL: none */
} ingot_lock_entry;

typedef struct ingot_lock {
    int64_t file_count;
    ingot_file *files; /* ascending by path */
    ingot_lock_entry *entries;
    int32_t class_count;
    const char **classes;
    int64_t skipped_count;
    const char **skipped; /* paths, ascending */
    /* A lock of data that was not at hand: no files, but the facts that each sound is taken to have
     * (rate, frames) and how many of each class a split has. */
    int declared;
    ingot_file facts;
    int64_t *counts; /* [INGOT_SPLITS][class_count]; NULL where files say it */
    char digest[65];
    char *text;  /* memory of all strings */
    size_t used; /* bytes of text */
} ingot_lock;

/* Parses and checks everything docs/lock.md says of a lock by itself. Messages begin with `what`.
 */
ingot_status ingot_lock_parse(const char *text, size_t size, const char *what, ingot_lock **lock,
                              ingot_error *error);
void ingot_lock_free(ingot_lock *lock);

/* Takes the next run off `*runs`: 1 with *count and *split (-1: none) filled, 0 at the end, -1
 * where it is not a run. Neighbouring runs may repeat a letter here; parsing has refused that. */
int ingot_lock_run(const char **runs, int64_t *count, int32_t *split);

#endif
