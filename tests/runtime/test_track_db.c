/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * runs.db as a file (track/db.h): its tables are made once, by whoever comes first; newer, foreign,
 * damaged, locked, missing and read-only files are told apart and left as they are.
 */
/* clang-format off */
/* link: runtime/track/db.c runtime/base/error.c runtime/base/file.c runtime/base/writer.c runtime/base/sha256.c runtime/base/parallel.c ; libs: sqlite3 crypto m cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "scratch.h"
#include "track/db.h"

enum { NOBODY = 65534 };

static int begin(void **state) {
    (void)state;
    scratch_begin();
    return 0;
}

static int end(void **state) {
    (void)state;
    chmod(scratch, 0700);
    scratch_end();
    return 0;
}

static const char *file(void) {
    return in_scratch("runs.db");
}

/* The first column of the first row of a statement. */
static int64_t ask(ingot_db *db, const char *sql) {
    sqlite3_stmt *s;
    assert_ok(ingot_db_prepare(db, &s, &error, sql, ""));
    assert_int_equal(ingot_db_step(db, s, &error), 1);
    const int64_t value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

/* With SQLite alone, without db.c. */
static void plainly(const char *sql) {
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(file(), &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

static void test_tables_are_made_once(void **state) {
    static const char *const tables[] = {"experiments", "texts",   "runs",   "parameters", "tags",
                                         "environment", "metrics", "latest", "stages",     "inputs",
                                         "artifacts",   "mlflow",  "sent"};
    ingot_db db;
    (void)state;
    assert_ok(ingot_db_open(file(), INGOT_DB_WRITE, 100, &db, &error));
    assert_int_equal(ask(&db, "PRAGMA user_version"), INGOT_DB_VERSION);
    assert_int_equal(
        ask(&db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                 "'sqlite%'"),
        sizeof tables / sizeof *tables);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i]);
        assert_int_equal(ask(&db, sql), 0);
    }
    assert_ok(ingot_db_do(&db, &error, "INSERT INTO texts VALUES (?, ?)", "ss", "a", "kept"));
    ingot_db_close(&db);
    assert_ok(ingot_db_open(file(), INGOT_DB_READ, 100, &db, &error));
    assert_int_equal(ask(&db, "SELECT count(*) FROM texts WHERE text = 'kept'"), 1);
    ingot_db_close(&db);
}

/* Eight processes open a file that is not there yet: all of them find its tables. */
static void test_many_make_one_file(void **state) {
    pid_t children[8];
    ingot_db db;
    (void)state;
    for (int i = 0; i < 8; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            char name[16];
            snprintf(name, sizeof name, "%d", i);
            int good = ingot_db_open(file(), INGOT_DB_WRITE, 60000, &db, &error) == INGOT_OK;
            good = good && ingot_db_do(&db, &error, "INSERT INTO texts VALUES (?, '')", "s",
                                       name) == INGOT_OK;
            if (!good) fprintf(stderr, "%s\n", error.text);
            if (good) ingot_db_close(&db);
            _exit(good ? 0 : 1);
        }
    }
    for (int i = 0; i < 8; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_ok(ingot_db_open(file(), INGOT_DB_READ, 100, &db, &error));
    assert_int_equal(ask(&db, "SELECT count(*) FROM texts"), 8);
    ingot_db_close(&db);
}

static void test_newer_files_are_refused(void **state) {
    ingot_db db;
    (void)state;
    plainly("CREATE TABLE later (a); PRAGMA user_version = 7");
    for (ingot_db_use use = INGOT_DB_WRITE; use <= INGOT_DB_READ; use++) {
        assert_fails(
            ingot_db_open(file(), use, 100, &db, &error), INGOT_FAILED,
            "~/runs.db: is of version 7, written by a newer Ingot; this one knows versions "
            "up to 1");
        assert_int_equal(db.busy, 0);
    }
    plainly("SELECT a FROM later");
}

/* Tables of somebody else under one of our names: nothing is made, nothing is changed. */
static void test_a_migration_is_whole_or_not_at_all(void **state) {
    ingot_db db;
    (void)state;
    plainly("CREATE TABLE tags (theirs TEXT); INSERT INTO tags VALUES ('kept')");
    assert_fails(ingot_db_open(file(), INGOT_DB_WRITE, 100, &db, &error), INGOT_FAILED,
                 "~/runs.db: table tags already exists");
    sqlite3 *handle;
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_open(file(), &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle,
                                        "SELECT group_concat(name), (SELECT theirs FROM tags) FROM "
                                        "sqlite_schema",
                                        -1, &s, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(s, 0), "tags");
    assert_string_equal((const char *)sqlite3_column_text(s, 1), "kept");
    sqlite3_finalize(s);
    sqlite3_close(handle);
}

static void test_missing_and_damaged(void **state) {
    ingot_db db;
    char text[5000];
    (void)state;
    assert_fails(
        ingot_db_open(file(), INGOT_DB_READ, 100, &db, &error), INGOT_FAILED,
        "~/runs.db: there is no such file; runs are recorded there by the words run and train");
    assert_int_equal(files_in("."), 0);
    memset(text, 'x', sizeof text);
    put_file("runs.db", text, sizeof text);
    assert_fails(ingot_db_open(file(), INGOT_DB_WRITE, 100, &db, &error), INGOT_FAILED,
                 "~/runs.db: is damaged (file is not a database); move it away, or rescue what it "
                 "holds with "
                 "`sqlite3 FILE .recover`");
    assert_int_equal(db.busy, 0);
    assert_fails(ingot_db_open(in_scratch("no/runs.db"), INGOT_DB_WRITE, 100, &db, &error),
                 INGOT_FAILED, "~/no/runs.db: cannot be written to");
}

/* A locked file is the one failure that may pass: `busy` says so. */
static void test_locked_is_told_apart(void **state) {
    ingot_db first, second;
    (void)state;
    assert_ok(ingot_db_open(file(), INGOT_DB_WRITE, 10, &first, &error));
    assert_ok(ingot_db_open(file(), INGOT_DB_WRITE, 10, &second, &error));
    assert_ok(ingot_db_do(&first, &error, "BEGIN IMMEDIATE", ""));
    assert_fails(ingot_db_do(&second, &error, "BEGIN IMMEDIATE", ""), INGOT_FAILED,
                 "~/runs.db: is locked: another process has held it for too long");
    assert_int_equal(second.busy, 1);
    assert_int_equal(ask(&second, "SELECT count(*) FROM runs"), 0); /* readers do not wait */
    assert_ok(ingot_db_do(&first, &error, "COMMIT", ""));
    assert_ok(ingot_db_do(&second, &error, "BEGIN IMMEDIATE", ""));
    assert_ok(ingot_db_do(&second, &error, "COMMIT", ""));
    ingot_db_close(&first);
    ingot_db_close(&second);
}

/* As a user who may only read. Permissions do not hold root back: a child gives its rights up. */
static void test_a_folder_that_is_only_read(void **state) {
    ingot_db db;
    (void)state;
    assert_ok(ingot_db_open(file(), INGOT_DB_WRITE, 100, &db, &error));
    assert_ok(ingot_db_do(&db, &error, "INSERT INTO texts VALUES ('a', 'kept')", ""));
    ingot_db_close(&db);
    assert_int_equal(chmod(scratch, 0555), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int64_t found = 0;
        sqlite3_stmt *s = NULL;
        if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) _exit(10);
        if (access(scratch, W_OK) == 0) _exit(11);
        if (ingot_db_open(file(), INGOT_DB_READ, 100, &db, &error) != INGOT_OK) _exit(12);
        if (!sqlite3_db_readonly(db.handle, "main")) _exit(13);
        if (ingot_db_prepare(&db, &s, &error, "SELECT count(*) FROM texts", "") != INGOT_OK)
            _exit(14);
        if (ingot_db_step(&db, s, &error) == 1) found = sqlite3_column_int64(s, 0);
        sqlite3_finalize(s);
        ingot_db_close(&db);
        if (found != 1) _exit(15);
        if (ingot_db_open(file(), INGOT_DB_WRITE, 100, &db, &error) != INGOT_FAILED) _exit(16);
        _exit(strcmp(message(), "~/runs.db: cannot be written to") == 0 ? 0 : 17);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(files_in("."), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tables_are_made_once, begin, end),
        cmocka_unit_test_setup_teardown(test_many_make_one_file, begin, end),
        cmocka_unit_test_setup_teardown(test_newer_files_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_a_migration_is_whole_or_not_at_all, begin, end),
        cmocka_unit_test_setup_teardown(test_missing_and_damaged, begin, end),
        cmocka_unit_test_setup_teardown(test_locked_is_told_apart, begin, end),
        cmocka_unit_test_setup_teardown(test_a_folder_that_is_only_read, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
