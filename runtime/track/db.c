/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * db.c: see db.h.
 */
#include "track/db.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* migrations[v] brings a file of version v to v + 1. Never change one that was released. */
static const char *const migrations[INGOT_DB_VERSION] = {
    "CREATE TABLE experiments (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE texts (sha256 TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE runs (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
    " experiment INTEGER NOT NULL REFERENCES experiments, name TEXT NOT NULL, stamp TEXT NOT NULL,"
    " word TEXT NOT NULL, threads INTEGER NOT NULL, status TEXT NOT NULL, cause TEXT,"
    " exit_code INTEGER, started INTEGER NOT NULL, ended INTEGER, seen INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL, pid INTEGER NOT NULL, process TEXT NOT NULL, spec TEXT NOT NULL,"
    " manifest TEXT NOT NULL, lock TEXT NOT NULL, data TEXT NOT NULL, folder TEXT NOT NULL, "
    "features TEXT NOT NULL,"
    " steps INTEGER NOT NULL);"
    "CREATE INDEX runs_by_stamp ON runs (stamp, threads);"
    "CREATE TABLE parameters (run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;"
    "CREATE TABLE tags (run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;"
    "CREATE TABLE environment (run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;"
    "CREATE TABLE metrics (number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, step INTEGER NOT NULL,"
    " time INTEGER NOT NULL, value REAL NOT NULL, UNIQUE (run, name, step));"
    "CREATE TABLE latest (run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL,"
    " step INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;"
    "CREATE TRIGGER latest_metric AFTER INSERT ON metrics BEGIN"
    " INSERT INTO latest VALUES (new.run, new.name, new.step, new.value)"
    " ON CONFLICT (run, name) DO UPDATE SET step = excluded.step, value = excluded.value"
    " WHERE excluded.step >= step; END;"
    "CREATE TABLE stages (run INTEGER NOT NULL REFERENCES runs, attempt INTEGER NOT NULL,"
    " name TEXT NOT NULL, seconds REAL NOT NULL, PRIMARY KEY (run, attempt, name)) WITHOUT ROWID;"
    "CREATE TABLE inputs (run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL,"
    " source TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;"
    "CREATE TABLE artifacts (run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL,"
    " path TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL,"
    " PRIMARY KEY (run, name)) WITHOUT ROWID;"
    "CREATE TABLE mlflow (run INTEGER PRIMARY KEY REFERENCES runs, url TEXT NOT NULL,"
    " experiment TEXT NOT NULL);"
    "CREATE TABLE sent (run INTEGER NOT NULL REFERENCES runs, item TEXT NOT NULL,"
    " mark TEXT NOT NULL, PRIMARY KEY (run, item)) WITHOUT ROWID;",
};

int64_t ingot_now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static ingot_status fail_with(ingot_db *db, int code, const char *said, ingot_error *error) {
    db->busy = 0;
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        db->busy = 1;
        return ingot_fail(error, INGOT_FAILED,
                          "%s: is locked: another process has held it for too long", db->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ingot_fail(error, INGOT_FAILED,
                          "%s: is damaged (%s); move it away, or rescue what it holds with "
                          "`sqlite3 FILE .recover`",
                          db->path, said);
    case SQLITE_FULL:
        return ingot_fail(error, INGOT_FAILED, "%s: the disk is full", db->path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ingot_fail(error, INGOT_FAILED, "%s: cannot be written to", db->path);
    case SQLITE_CANTOPEN:
        return ingot_fail(error, INGOT_FAILED, "%s: cannot be opened", db->path);
    default:
        return ingot_fail(error, INGOT_FAILED, "%s: %s", db->path, said);
    }
}

ingot_status ingot_db_fail(ingot_db *db, ingot_error *error) {
    return fail_with(db, sqlite3_extended_errcode(db->handle), sqlite3_errmsg(db->handle), error);
}

static ingot_status script(ingot_db *db, const char *sql, ingot_error *error) {
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK) return INGOT_OK;
    return ingot_db_fail(db, error);
}

static ingot_status read_version(ingot_db *db, int64_t *version, ingot_error *error) {
    sqlite3_stmt *s;
    ingot_status status = ingot_db_prepare(db, &s, error, "PRAGMA user_version", "");
    if (status != INGOT_OK) return status;
    const int row = ingot_db_step(db, s, error);
    *version = row > 0 ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return row < 0 ? INGOT_FAILED : INGOT_OK;
}

/* Versions are compared under the write lock: of two processes that open an old file, one brings
 * it up to date and the other then finds it so. */
static ingot_status migrate(ingot_db *db, ingot_error *error) {
    int64_t version;
    char set[64];
    ingot_status status = script(db, "BEGIN IMMEDIATE", error);
    if (status == INGOT_OK) status = read_version(db, &version, error);
    while (status == INGOT_OK && version < INGOT_DB_VERSION) {
        status = script(db, migrations[version++], error);
    }
    if (status == INGOT_OK) {
        snprintf(set, sizeof set, "PRAGMA user_version = %d", INGOT_DB_VERSION);
        status = script(db, set, error);
    }
    if (status == INGOT_OK) status = script(db, "COMMIT", error);
    if (status != INGOT_OK) sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* Where the file system cannot do WAL (a network share) SQLite stays with its journal. Two
 * processes that change a new file's journal at once would wait for each other: there SQLite
 * answers "busy" at once, whatever the timeout, and one of them has to try again. */
static ingot_status to_wal(ingot_db *db, int wait, ingot_error *error) {
    enum { PAUSE = 5 }; /* ms */
    for (int waited = 0;; waited += PAUSE) {
        const ingot_status status = script(db, "PRAGMA journal_mode = WAL", error);
        if (status == INGOT_OK || !db->busy || waited >= wait) return status;
        sqlite3_sleep(PAUSE);
    }
}

static ingot_status check_version(ingot_db *db, int writes, ingot_error *error) {
    int64_t version;
    ingot_status status = read_version(db, &version, error);
    if (status != INGOT_OK) return status;
    if (version > INGOT_DB_VERSION) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: is of version %lld, written by a newer Ingot; this one knows "
                          "versions up to %d",
                          db->path, (long long)version, INGOT_DB_VERSION);
    }
    if (version == INGOT_DB_VERSION) return INGOT_OK;
    if (writes) return migrate(db, error);
    return ingot_fail(error, INGOT_FAILED,
                      "%s: is of version %lld and cannot be brought to %d: it cannot be written to",
                      db->path, (long long)version, INGOT_DB_VERSION);
}

/* A file whose folder cannot be written to is read as it lies there. */
static int open_immutable(const char *path, sqlite3 **handle) {
    static const char hex[] = "0123456789abcdef";
    char *uri = malloc(strlen(path) * 3 + 32), *to = uri;
    if (!uri) return SQLITE_NOMEM;
    to += sprintf(to, "file:");
    for (; *path; path++) {
        if (strchr("%?#", *path)) {
            *to++ = '%';
            *to++ = hex[(unsigned char)*path >> 4];
            *to++ = hex[(unsigned char)*path & 15];
        } else {
            *to++ = *path;
        }
    }
    memcpy(to, "?immutable=1", sizeof "?immutable=1");
    const int code = sqlite3_open_v2(uri, handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    free(uri);
    return code;
}

static int folder_writes(const char *path) {
    char *folder = strdup(path);
    if (!folder) return 0;
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    const int writes = access(!slash ? "." : *folder ? folder : "/", W_OK) == 0;
    free(folder);
    return writes;
}

ingot_status ingot_db_open(const char *path, ingot_db_use use, int wait, ingot_db *db,
                           ingot_error *error) {
    memset(db, 0, sizeof *db);
    db->path = strdup(path);
    if (!db->path) return ingot_fail(error, INGOT_FAILED, "out of memory");
    ingot_status status = INGOT_OK;
    const int there = access(path, F_OK) == 0;
    const int writes = (there ? access(path, W_OK) == 0 : 1) && folder_writes(path);
    if (use == INGOT_DB_READ && !there) {
        status = ingot_fail(error, INGOT_FAILED,
                            "%s: there is no such file; runs are recorded there by the words run "
                            "and train",
                            path);
    } else if (use == INGOT_DB_WRITE && !writes) {
        status = ingot_fail(error, INGOT_FAILED, "%s: cannot be written to", path);
    }
    if (status == INGOT_OK) {
        const int code = writes ? sqlite3_open_v2(path, &db->handle,
                                                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)
                                : open_immutable(path, &db->handle);
        if (code != SQLITE_OK) status = fail_with(db, code, sqlite3_errstr(code), error);
    }
    if (status == INGOT_OK) {
        sqlite3_busy_timeout(db->handle, wait);
        if (writes) status = to_wal(db, wait, error);
    }
    if (status == INGOT_OK) status = script(db, "PRAGMA synchronous = NORMAL", error);
    if (status == INGOT_OK) status = check_version(db, writes, error);
    if (status != INGOT_OK) {
        const int busy = db->busy;
        ingot_db_close(db);
        db->busy = busy;
    }
    return status;
}

void ingot_db_close(ingot_db *db) {
    sqlite3_close_v2(db->handle);
    free(db->path);
    memset(db, 0, sizeof *db);
}

static ingot_status prepare(ingot_db *db, sqlite3_stmt **statement, ingot_error *error,
                            const char *sql, const char *types, va_list values) {
    *statement = NULL;
    int code = sqlite3_prepare_v2(db->handle, sql, -1, statement, NULL);
    for (int i = 0; code == SQLITE_OK && types[i]; i++) {
        switch (types[i]) {
        case 's':
            code = sqlite3_bind_text(*statement, i + 1, va_arg(values, const char *), -1,
                                     SQLITE_STATIC);
            break;
        case 'i':
            code = sqlite3_bind_int64(*statement, i + 1, va_arg(values, int64_t));
            break;
        default:
            code = sqlite3_bind_double(*statement, i + 1, va_arg(values, double));
        }
    }
    if (code == SQLITE_OK) return INGOT_OK;
    ingot_status status = ingot_db_fail(db, error);
    sqlite3_finalize(*statement);
    *statement = NULL;
    return status;
}

ingot_status ingot_db_prepare(ingot_db *db, sqlite3_stmt **statement, ingot_error *error,
                              const char *sql, const char *types, ...) {
    va_list values;
    va_start(values, types);
    ingot_status status = prepare(db, statement, error, sql, types, values);
    va_end(values);
    return status;
}

ingot_status ingot_db_do(ingot_db *db, ingot_error *error, const char *sql, const char *types,
                         ...) {
    sqlite3_stmt *statement;
    va_list values;
    va_start(values, types);
    ingot_status status = prepare(db, &statement, error, sql, types, values);
    va_end(values);
    if (status == INGOT_OK && ingot_db_step(db, statement, error) < 0) status = INGOT_FAILED;
    sqlite3_finalize(statement);
    return status;
}

int ingot_db_step(ingot_db *db, sqlite3_stmt *statement, ingot_error *error) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) return 1;
    if (code == SQLITE_DONE) return 0;
    ingot_db_fail(db, error);
    return -1;
}

const char *ingot_db_text(sqlite3_stmt *statement, int column) {
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}
