/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * db.h: WORK/runs.db, the SQLite file in which runs are recorded. docs/tracking.md has its tables.
 *
 * Many processes write at once: write-ahead log, and a writer waits for the others up to a limit.
 * The version of the tables is the file's user_version; older files are brought up to date when
 * they are opened, newer ones are refused. A handle belongs to one thread.
 */
#ifndef INGOT_TRACK_DB_H
#define INGOT_TRACK_DB_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/error.h"

enum { INGOT_DB_VERSION = 1 };

typedef struct ingot_db {
    sqlite3 *handle;
    char *path;
    int busy; /* 1: the last failure was that others held the file for longer than `wait` */
} ingot_db;

typedef enum ingot_db_use {
    INGOT_DB_WRITE, /* made where it is missing */
    INGOT_DB_READ   /* missing is a failure; a folder that cannot be written to is none */
} ingot_db_use;

/* Opens the file and brings its tables up to date. `wait` is how many milliseconds a statement
 * waits for other writers. On failure db->busy tells whether trying again may help; the message
 * names the file and says what to do. `db` needs no close then. */
ingot_status ingot_db_open(const char *path, ingot_db_use use, int wait, ingot_db *db,
                           ingot_error *error);
void ingot_db_close(ingot_db *db);

/* The last failure of SQLite as a message, damaged, locked, full and read-only files in words. */
ingot_status ingot_db_fail(ingot_db *db, ingot_error *error);

/* Prepares a statement and binds its parameters: `types` has a letter for each of the arguments,
 * s: const char * (NULL is NULL), i: int64_t, d: double. Texts must live until it is finalized. */
ingot_status ingot_db_prepare(ingot_db *db, sqlite3_stmt **statement, ingot_error *error,
                              const char *sql, const char *types, ...);

/* The same for a statement without rows, which is done at once. */
ingot_status ingot_db_do(ingot_db *db, ingot_error *error, const char *sql, const char *types, ...);

/* The next row: 1, 0 at the end, -1 where it failed (`error` says why). */
int ingot_db_step(ingot_db *db, sqlite3_stmt *statement, ingot_error *error);

/* A column's text; "" for NULL. Valid until the next step. */
const char *ingot_db_text(sqlite3_stmt *statement, int column);

/* Milliseconds since 1970. */
int64_t ingot_now_ms(void);

#endif
