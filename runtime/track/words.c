/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * words.c: the words runs and compare. See words.h; sync is in sync.c.
 */
#include "track/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "track/aside.h"
#include "track/query.h"
#include "track/rows.h"
#include "track/text.h"

enum { WAIT = 5000, MOST_RUNS = 64 };

static ingot_status open_runs(const char *work, ingot_db *db, ingot_error *error) {
    char *path = ingot_join(work, "runs.db");
    if (!path) return ingot_fail(error, INGOT_FAILED, "out of memory");
    ingot_status status = ingot_db_open(path, INGOT_DB_READ, WAIT, db, error);
    free(path);
    /* What cannot be marked (a file that is not ours to write) is shown as it stands. */
    if (status == INGOT_OK && !sqlite3_db_readonly(db->handle, "main")) {
        status = ingot_aside_gather(db, work, error);
        if (status == INGOT_OK) status = ingot_rows_reap(db, error);
        if (status != INGOT_OK) ingot_db_close(db);
    }
    return status;
}

static ingot_status list(ingot_db *db, const ingot_track_request *r, ingot_error *error) {
    json_t *runs;
    ingot_status status =
        ingot_query_list(db, r->arguments, r->argument_count, r->sort, r->limit, &runs, error);
    if (status != INGOT_OK) return status;
    if (r->out) ingot_text_list(r->out, runs);
    json_object_set_new(r->summary, "runs", runs);
    return INGOT_OK;
}

static ingot_status show(ingot_db *db, int64_t number, const ingot_track_request *r,
                         ingot_error *error) {
    json_t *run;
    ingot_status status = ingot_query_show(db, number, &run, error);
    if (status != INGOT_OK) return status;
    if (r->out) ingot_text_show(r->out, run);
    json_object_set_new(r->summary, "run", run);
    return INGOT_OK;
}

ingot_status ingot_track_runs(const ingot_track_request *r, ingot_error *error) {
    ingot_db db;
    int64_t number;
    const char *first = r->argument_count > 0 ? r->arguments[0] : "";
    const int shows = strcmp(first, "show") == 0, tags = strcmp(first, "tag") == 0;
    if (shows && r->argument_count != 2) {
        return ingot_fail(error, INGOT_USAGE, "runs show wants one RUN after it");
    }
    if (tags && r->argument_count < 3) {
        return ingot_fail(error, INGOT_USAGE, "runs tag wants RUN and NAME=VALUE after it");
    }
    ingot_status status = open_runs(r->work, &db, error);
    if (status != INGOT_OK) return status;
    if (shows || tags) {
        status = ingot_query_find(&db, r->arguments[1], &number, error);
        for (int i = 2; status == INGOT_OK && tags && i < r->argument_count; i++) {
            status = ingot_query_tag(&db, number, r->arguments[i], error);
        }
        if (status == INGOT_OK && shows) status = show(&db, number, r, error);
    } else {
        status = list(&db, r, error);
    }
    ingot_db_close(&db);
    return status;
}

ingot_status ingot_track_compare(const ingot_track_request *r, ingot_error *error) {
    ingot_db db;
    int64_t numbers[MOST_RUNS];
    json_t *all;
    if (r->argument_count < 2 || r->argument_count > MOST_RUNS) {
        return ingot_fail(error, INGOT_USAGE, "compare wants 2 to %d runs, not %d", (int)MOST_RUNS,
                          r->argument_count);
    }
    ingot_status status = open_runs(r->work, &db, error);
    if (status != INGOT_OK) return status;
    for (int i = 0; status == INGOT_OK && i < r->argument_count; i++) {
        status = ingot_query_find(&db, r->arguments[i], &numbers[i], error);
    }
    if (status == INGOT_OK) {
        status = ingot_query_compare(&db, numbers, r->argument_count, &all, error);
    }
    if (status == INGOT_OK) {
        if (r->out) ingot_text_compare(r->out, all);
        json_object_set_new(r->summary, "compared", all);
    }
    ingot_db_close(&db);
    return status;
}
