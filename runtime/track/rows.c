/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * rows.c: see rows.h.
 */
#include "track/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/sha256.h"
#include "track/system.h"

enum { SILENCE = 120000 }; /* ms without a word from another machine */

static ingot_status new_id(char id[33], ingot_error *error) {
    uint8_t bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return ingot_fail(error, INGOT_FAILED, "the system gives no random bytes for a run's id");
    }
    ingot_hex(bytes, sizeof bytes, id);
    return INGOT_OK;
}

ingot_status ingot_rows_reap(ingot_db *db, ingot_error *error) {
    sqlite3_stmt *s;
    ingot_status status = ingot_db_prepare(
        db, &s, error, "SELECT number, pid, process, seen FROM runs WHERE status = 'running'", "");
    if (status != INGOT_OK) return status;
    int more;
    while (status == INGOT_OK && (more = ingot_db_step(db, s, error)) != 0) {
        if (more < 0) {
            status = INGOT_FAILED;
            break;
        }
        const int lives = ingot_process_lives(sqlite3_column_int64(s, 1), ingot_db_text(s, 2));
        const int silent = ingot_now_ms() - sqlite3_column_int64(s, 3) > SILENCE;
        if (lives == 1 || (lives < 0 && !silent)) continue;
        status = ingot_db_do(
            db, error,
            "UPDATE runs SET status = 'killed', ended = seen, cause = ? WHERE number = ?"
            " AND status = 'running'",
            "si",
            lives < 0 ? "was not heard of again: its machine went down, or its process was killed"
                      : "its process ended without a word: it was killed, or its machine went down",
            sqlite3_column_int64(s, 0));
    }
    sqlite3_finalize(s);
    return status;
}

/* ------------------------------------------------------------------ the row of a run */

static ingot_status find_earlier(ingot_db *db, const ingot_run_facts *facts, ingot_row *row,
                                 int *finished, ingot_error *error) {
    sqlite3_stmt *s;
    ingot_status status = ingot_db_prepare(
        db, &s, error,
        "SELECT number, id, started, attempts, status FROM runs WHERE stamp = ? AND threads = ?"
        " ORDER BY number DESC LIMIT 1",
        "si", facts->stamp, (int64_t)facts->threads);
    if (status != INGOT_OK) return status;
    const int found = ingot_db_step(db, s, error);
    if (found > 0 && strcmp(ingot_db_text(s, 4), "running") != 0) {
        row->number = sqlite3_column_int64(s, 0);
        snprintf(row->id, sizeof row->id, "%s", ingot_db_text(s, 1));
        row->started = sqlite3_column_int64(s, 2);
        row->attempt = sqlite3_column_int64(s, 3);
        *finished = strcmp(ingot_db_text(s, 4), "finished") == 0 ||
                    strcmp(ingot_db_text(s, 4), "gate") == 0;
    }
    sqlite3_finalize(s);
    return found < 0 ? INGOT_FAILED : INGOT_OK;
}

static ingot_status keep_text(ingot_db *db, const char *text, size_t size, char hex[65],
                              ingot_error *error) {
    uint8_t digest[32];
    ingot_status status = ingot_sha256_of(text, size, digest, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    char *copy = strndup(text ? text : "", size);
    if (!copy) return ingot_fail(error, INGOT_FAILED, "out of memory");
    status = ingot_db_do(db, error, "INSERT OR IGNORE INTO texts VALUES (?, ?)", "ss", hex, copy);
    free(copy);
    return status;
}

static ingot_status add_row(ingot_db *db, const ingot_run_facts *f, ingot_row *row,
                            ingot_error *error) {
    char spec[65], manifest[65], lock[65], process[256];
    uint8_t digest[32];
    ingot_process_identity(getpid(), process);
    ingot_status status = new_id(row->id, error);
    row->started = ingot_now_ms();
    row->attempt = 1;
    if (status == INGOT_OK) status = keep_text(db, f->spec, f->spec_size, spec, error);
    if (status == INGOT_OK) {
        status = keep_text(db, f->manifest, f->manifest_size, manifest, error);
    }
    /* The lock of a large data set is large, and lies in the executable: its digest is enough. */
    if (status == INGOT_OK) status = ingot_sha256_of(f->lock, f->lock_size, digest, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, lock);
    status = ingot_db_do(db, error, "INSERT OR IGNORE INTO experiments (name) VALUES (?)", "s",
                         f->experiment);
    if (status == INGOT_OK) {
        status = ingot_db_do(
            db, error,
            "INSERT INTO runs (id, experiment, name, stamp, word, threads, status, started, seen,"
            " attempts, pid, process, spec, manifest, lock, data, folder, features, steps) VALUES "
            "(?,"
            " (SELECT number FROM experiments WHERE name = ?), ?, ?, ?, ?, 'running', ?, ?, 1, ?,"
            " ?, ?, ?, ?, ?, ?, ?, ?)",
            "sssssiiiisssssssi", row->id, f->experiment, f->name, f->stamp, f->word,
            (int64_t)f->threads, row->started, row->started, (int64_t)getpid(), process, spec,
            manifest, lock, f->data, f->folder, f->features, f->steps);
    }
    if (status == INGOT_OK) row->number = sqlite3_last_insert_rowid(db->handle);
    return status;
}

/* ------------------------------------------------------------------ parameters, environment */

typedef struct facts_sink {
    ingot_db *db;
    const char *sql;
    int64_t run;
    ingot_status status;
    ingot_error *error;
} facts_sink;

static void add_fact(void *user, const char *name, const char *value) {
    facts_sink *sink = user;
    if (sink->status != INGOT_OK) return;
    sink->status = ingot_db_do(sink->db, sink->error, sink->sql, "iss", sink->run, name, value);
}

static void add_facts(facts_sink *sink, const json_t *facts) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)facts, name, value) {
        if (json_is_string(value)) add_fact(sink, name, json_string_value(value));
    }
}

static ingot_status add_details(ingot_db *db, const ingot_run_facts *f, int64_t run,
                                ingot_error *error) {
    facts_sink sink = {db, "INSERT OR REPLACE INTO parameters VALUES (?, ?, ?)", run, INGOT_OK,
                       error};
    char threads[16];
    add_facts(&sink, f->parameters);
    sink.sql = "INSERT OR REPLACE INTO environment VALUES (?, ?, ?)";
    add_facts(&sink, f->environment);
    ingot_machine_facts(add_fact, &sink);
    snprintf(threads, sizeof threads, "%d", f->threads);
    add_fact(&sink, "threads", threads);
    add_fact(&sink, "isa", f->isa);
    return sink.status;
}

ingot_status ingot_row_begin(ingot_db *db, const ingot_run_facts *facts, int must_be_new,
                             ingot_row *row, ingot_error *error) {
    int finished = 0;
    memset(row, 0, sizeof *row);
    ingot_status status = ingot_rows_reap(db, error);
    if (status == INGOT_OK && !must_be_new && !facts->fresh) {
        status = find_earlier(db, facts, row, &finished, error);
    }
    if (status != INGOT_OK) return status;
    if (row->number && (finished || !facts->trains)) {
        row->attached = 1;
    } else if (row->number) {
        char process[256];
        ingot_process_identity(getpid(), process);
        row->attempt++;
        status = ingot_db_do(db, error,
                             "UPDATE runs SET status = 'running', cause = NULL, exit_code = NULL,"
                             " ended = NULL, attempts = ?, pid = ?, process = ?, seen = ?"
                             " WHERE number = ?",
                             "iisii", row->attempt, (int64_t)getpid(), process, ingot_now_ms(),
                             row->number);
        if (status == INGOT_OK) status = add_details(db, facts, row->number, error);
    } else {
        status = add_row(db, facts, row, error);
        if (status == INGOT_OK) status = add_details(db, facts, row->number, error);
    }
    if (status == INGOT_OK && facts->mlflow) {
        /* A run that was sent somewhere stays there: half a run on each of two servers is none. */
        status = ingot_db_do(db, error, "INSERT OR IGNORE INTO mlflow VALUES (?, ?, ?)", "iss",
                             row->number, facts->mlflow, facts->experiment);
    }
    return status;
}
