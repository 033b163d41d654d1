/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * rows.h: the rows of runs in runs.db: how a run's row is found or made, and how runs whose process
 * is gone are marked.
 */
#ifndef INGOT_TRACK_ROWS_H
#define INGOT_TRACK_ROWS_H

#include "track/db.h"
#include "track/record.h"

typedef struct ingot_row {
    int64_t number; /* of the row; 0: none yet */
    char id[33];
    int64_t started; /* ms since 1970 */
    int64_t attempt; /* from 1 */
    int attached;    /* 1: a finished run is added to; its status stays */
} ingot_row;

/* Finds the run to go on with or to add to, else makes one (always where `must_be_new`). Within a
 * transaction. */
ingot_status ingot_row_begin(ingot_db *db, const ingot_run_facts *facts, int must_be_new,
                             ingot_row *row, ingot_error *error);

/* Marks runs that are recorded as running and whose process is gone as "killed". A process on
 * another machine counts as gone when its run was not heard of for two minutes. */
ingot_status ingot_rows_reap(ingot_db *db, ingot_error *error);

#endif
