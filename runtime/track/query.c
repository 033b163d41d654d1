/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * query.c: see query.h.
 */
#include "track/query.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* ------------------------------------------------------------------ rows as JSON */

/* {first column: second column} of a statement on one run. */
static ingot_status pairs(ingot_db *db, const char *sql, int64_t run, json_t *into, const char *key,
                          ingot_error *error) {
    sqlite3_stmt *s;
    int more = 0;
    json_t *all = json_object();
    ingot_status status = ingot_db_prepare(db, &s, error, sql, "i", run);
    while (status == INGOT_OK && (more = ingot_db_step(db, s, error)) > 0) {
        json_object_set_new(all, ingot_db_text(s, 0),
                            sqlite3_column_type(s, 1) == SQLITE_FLOAT
                                ? ingot_json_real(sqlite3_column_double(s, 1))
                                : json_string(ingot_db_text(s, 1)));
    }
    sqlite3_finalize(s);
    json_object_set_new(into, key, all);
    return more < 0 ? INGOT_FAILED : status;
}

static void set_text(json_t *into, const char *key, sqlite3_stmt *s, int column) {
    if (sqlite3_column_type(s, column) != SQLITE_NULL) {
        json_object_set_new(into, key, json_string(ingot_db_text(s, column)));
    }
}

#define RUN_COLUMNS                                                                                \
    "runs.number, runs.id, runs.name, experiments.name, runs.status, runs.cause,"                  \
    " runs.started, coalesce(runs.ended, runs.seen), runs.stamp, runs.threads, runs.word,"         \
    " runs.attempts, runs.lock, runs.data, runs.folder, runs.features, runs.spec, runs.exit_code"

static json_t *run_json(sqlite3_stmt *s) {
    const int64_t started = sqlite3_column_int64(s, 6);
    json_t *run =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:f, s:s, s:i, s:s, s:i}", "id", ingot_db_text(s, 1),
                  "name", ingot_db_text(s, 2), "experiment", ingot_db_text(s, 3), "status",
                  ingot_db_text(s, 4), "started", (json_int_t)started, "seconds",
                  (double)(sqlite3_column_int64(s, 7) - started) * 1e-3, "stamp",
                  ingot_db_text(s, 8), "threads", sqlite3_column_int(s, 9), "word",
                  ingot_db_text(s, 10), "attempts", sqlite3_column_int(s, 11));
    if (!run) return NULL;
    set_text(run, "cause", s, 5);
    set_text(run, "lock", s, 12);
    set_text(run, "data", s, 13);
    set_text(run, "folder", s, 14);
    set_text(run, "features", s, 15);
    set_text(run, "spec_digest", s, 16);
    if (sqlite3_column_type(s, 17) != SQLITE_NULL) {
        json_object_set_new(run, "exit_code", json_integer(sqlite3_column_int(s, 17)));
    }
    return run;
}

static ingot_status add_latest(ingot_db *db, int64_t number, json_t *run, ingot_error *error) {
    ingot_status status = pairs(db, "SELECT name, value FROM latest WHERE run = ? ORDER BY name",
                                number, run, "metrics", error);
    if (status != INGOT_OK) return status;
    return pairs(db, "SELECT name, value FROM tags WHERE run = ? ORDER BY name", number, run,
                 "tags", error);
}

/* ------------------------------------------------------------------ conditions */

typedef struct condition {
    char field[256];
    const char *comparison, *value;
} condition;

/* Columns a condition or an order can name. */
static const struct column {
    const char *name, *sql;
    int number;
} columns[] = {
    {"id", "runs.id", 0},
    {"name", "runs.name", 0},
    {"experiment", "experiments.name", 0},
    {"status", "runs.status", 0},
    {"stamp", "runs.stamp", 0},
    {"word", "runs.word", 0},
    {"threads", "runs.threads", 1},
    {"attempts", "runs.attempts", 1},
    {"started", "strftime('%Y-%m-%d %H:%M:%S', runs.started / 1000, 'unixepoch')", 0},
    {"seconds", "(coalesce(runs.ended, runs.seen) - runs.started) / 1000.0", 1},
};

static ingot_status read_condition(const char *text, condition *c, ingot_error *error) {
    static const char *const all[] = {"!=", "<=", ">=", "=", "<", ">", "~"};
    const size_t at = strcspn(text, "!<>=~");
    if (at == 0 || !text[at] || at >= sizeof c->field) {
        return ingot_fail(error, INGOT_USAGE,
                          "'%s' is not a condition like status=failed or 'test.accuracy>0.9'",
                          text);
    }
    size_t length = at;
    while (length > 0 && text[length - 1] == ' ') length--;
    memcpy(c->field, text, length);
    c->field[length] = 0;
    c->comparison = NULL;
    for (size_t i = 0; !c->comparison && i < sizeof all / sizeof *all; i++) {
        if (strncmp(text + at, all[i], strlen(all[i])) == 0) c->comparison = all[i];
    }
    if (!c->comparison) {
        return ingot_fail(error, INGOT_USAGE, "'%s': a lone '!' compares nothing; write !=", text);
    }
    c->value = text + at + strlen(c->comparison);
    c->value += strspn(c->value, " ");
    return INGOT_OK;
}

/* The expression for a field; its name, where it has one in a table of pairs, is to be bound as
 * `parameter`. 1 where it is a number. */
static int expression(const char *field, const char **name, char *sql, size_t size) {
    *name = NULL;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (strcmp(field, columns[i].name) == 0) {
            snprintf(sql, size, "%s", columns[i].sql);
            return columns[i].number;
        }
    }
    const int tag = strncmp(field, "tag.", 4) == 0;
    const int parameter = strncmp(field, "parameter.", 10) == 0;
    *name = tag ? field + 4 : parameter ? field + 10 : field;
    snprintf(sql, size, "(SELECT value FROM %s WHERE run = runs.number AND name = ?)",
             tag         ? "tags"
             : parameter ? "parameters"
                         : "latest");
    return !tag && !parameter;
}

/* A metric's name that no run ever had is misspelt; saying so beats an empty list. */
static ingot_status check_metric(ingot_db *db, const char *name, ingot_error *error) {
    sqlite3_stmt *s;
    ingot_status status =
        ingot_db_prepare(db, &s, error, "SELECT 1 FROM latest WHERE name = ? LIMIT 1", "s", name);
    if (status != INGOT_OK) return status;
    const int found = ingot_db_step(db, s, error);
    sqlite3_finalize(s);
    if (found > 0) return INGOT_OK;
    if (found < 0) return INGOT_FAILED;
    return ingot_fail(error, INGOT_USAGE,
                      "no run has a metric '%s', nor is it one of id, name, experiment, status, "
                      "stamp, word, threads, attempts, started, seconds, tag.NAME, parameter.NAME",
                      name);
}

enum { MOST = 32 };

typedef struct query {
    char sql[16384];
    const char *bound[2 * MOST + 1];
    int is_number[2 * MOST + 1];
    int count;
} query;

static ingot_status add_condition(ingot_db *db, query *q, const condition *c, ingot_error *error) {
    char sql[256];
    const char *name;
    char *end;
    const size_t used = strlen(q->sql);
    const int number = expression(c->field, &name, sql, sizeof sql);
    if (name && number) {
        ingot_status status = check_metric(db, name, error);
        if (status != INGOT_OK) return status;
    }
    if (name) q->bound[q->count++] = name;
    (void)strtod(c->value, &end);
    const int numeric = *c->value && !*end;
    if (number && !numeric) {
        return ingot_fail(error, INGOT_USAGE, "%s is compared with a number, not with '%s'",
                          c->field, c->value);
    }
    if (strcmp(c->comparison, "~") == 0) {
        snprintf(q->sql + used, sizeof q->sql - used, " AND instr(%s, ?)", sql);
    } else if (strcmp(c->comparison, "=") == 0 &&
               (strcmp(c->field, "stamp") == 0 || strcmp(c->field, "id") == 0)) {
        snprintf(q->sql + used, sizeof q->sql - used, " AND instr(%s, ?) = 1", sql);
    } else if (!number && strcmp(c->field, "started") != 0 && numeric &&
               strpbrk(c->comparison, "<>")) {
        snprintf(q->sql + used, sizeof q->sql - used, " AND CAST(%s AS REAL) %s ?", sql,
                 c->comparison);
        q->is_number[q->count] = 1;
    } else {
        snprintf(q->sql + used, sizeof q->sql - used, " AND %s %s ?", sql, c->comparison);
        q->is_number[q->count] = number;
    }
    q->bound[q->count++] = c->value;
    return INGOT_OK;
}

static ingot_status add_order(ingot_db *db, query *q, const char *sort, ingot_error *error) {
    char sql[256];
    const char *name;
    const size_t used = strlen(q->sql);
    if (!sort) {
        snprintf(q->sql + used, sizeof q->sql - used, " ORDER BY runs.number DESC");
        return INGOT_OK;
    }
    const int down = *sort == '-';
    const int number = expression(sort + down, &name, sql, sizeof sql);
    if (name && number) {
        ingot_status status = check_metric(db, name, error);
        if (status != INGOT_OK) return status;
    }
    if (name) q->bound[q->count++] = name;
    /* As a date it is known to the second only. */
    if (strcmp(sort + down, "started") == 0) snprintf(sql, sizeof sql, "runs.started");
    snprintf(q->sql + used, sizeof q->sql - used, " ORDER BY %s %s NULLS LAST, runs.number DESC",
             sql, down ? "DESC" : "ASC");
    return INGOT_OK;
}

ingot_status ingot_query_list(ingot_db *db, char *const *conditions, int count, const char *sort,
                              int64_t limit, json_t **runs, ingot_error *error) {
    query q = {.sql = "SELECT " RUN_COLUMNS
                      " FROM runs JOIN experiments ON experiments.number = runs.experiment"
                      " WHERE 1"};
    condition read[MOST]; /* their texts are bound until the end */
    *runs = NULL;
    if (count > MOST) {
        return ingot_fail(error, INGOT_USAGE, "at most %d conditions at once, not %d", (int)MOST,
                          count);
    }
    ingot_status status = INGOT_OK;
    for (int i = 0; status == INGOT_OK && i < count; i++) {
        status = read_condition(conditions[i], &read[i], error);
        if (status == INGOT_OK) status = add_condition(db, &q, &read[i], error);
    }
    if (status == INGOT_OK) status = add_order(db, &q, sort, error);
    if (status == INGOT_OK && limit > 0) {
        const size_t used = strlen(q.sql);
        snprintf(q.sql + used, sizeof q.sql - used, " LIMIT %lld", (long long)limit);
    }
    sqlite3_stmt *s = NULL;
    if (status == INGOT_OK) status = ingot_db_prepare(db, &s, error, q.sql, "");
    if (status != INGOT_OK) return status;
    for (int i = 0; i < q.count; i++) {
        if (q.is_number[i]) {
            sqlite3_bind_double(s, i + 1, strtod(q.bound[i], NULL));
        } else {
            sqlite3_bind_text(s, i + 1, q.bound[i], -1, SQLITE_STATIC);
        }
    }
    json_t *all = json_array();
    int more = 0;
    while (status == INGOT_OK && (more = ingot_db_step(db, s, error)) > 0) {
        json_t *run = run_json(s);
        status = run ? add_latest(db, sqlite3_column_int64(s, 0), run, error)
                     : ingot_fail(error, INGOT_FAILED, "out of memory");
        json_array_append_new(all, run);
    }
    sqlite3_finalize(s);
    if (more < 0) status = INGOT_FAILED;
    if (status != INGOT_OK) {
        json_decref(all);
    } else {
        *runs = all;
    }
    return status;
}

/* ------------------------------------------------------------------ one run */

ingot_status ingot_query_find(ingot_db *db, const char *text, int64_t *number, ingot_error *error) {
    sqlite3_stmt *s;
    ingot_status status = ingot_db_prepare(
        db, &s, error,
        "SELECT number, id, name = ?1 FROM runs WHERE name = ?1 OR (length(?1) >= 4 AND"
        " substr(id, 1, length(?1)) = ?1) ORDER BY name = ?1 DESC, number DESC LIMIT 2",
        "s", text);
    if (status != INGOT_OK) return status;
    char first[33] = "", second[33] = "";
    int named = 0;
    int found = ingot_db_step(db, s, error);
    if (found > 0) {
        *number = sqlite3_column_int64(s, 0);
        named = sqlite3_column_int(s, 2);
        snprintf(first, sizeof first, "%s", ingot_db_text(s, 1));
        const int more = ingot_db_step(db, s, error);
        if (more > 0 && !named) snprintf(second, sizeof second, "%s", ingot_db_text(s, 1));
        if (more < 0) found = -1;
    }
    sqlite3_finalize(s);
    if (found < 0) return INGOT_FAILED;
    if (!first[0]) {
        return ingot_fail(error, INGOT_FAILED,
                          "no run '%s': neither the beginning of an id (four digits at least) nor "
                          "the name of an executable that ran; the word runs lists all",
                          text);
    }
    if (second[0]) {
        return ingot_fail(error, INGOT_FAILED, "'%s' is the beginning of two runs, %.12s and %.12s",
                          text, first, second);
    }
    return INGOT_OK;
}

static ingot_status files_json(ingot_db *db, int64_t number, json_t *run, ingot_error *error) {
    sqlite3_stmt *s;
    int more = 0;
    json_t *all = json_object();
    ingot_status status = ingot_db_prepare(
        db, &s, error,
        "SELECT name, path, sha256, bytes FROM artifacts WHERE run = ? ORDER BY name", "i", number);
    while (status == INGOT_OK && (more = ingot_db_step(db, s, error)) > 0) {
        json_object_set_new(all, ingot_db_text(s, 0),
                            json_pack("{s:s, s:s, s:I}", "path", ingot_db_text(s, 1), "sha256",
                                      ingot_db_text(s, 2), "bytes",
                                      (json_int_t)sqlite3_column_int64(s, 3)));
    }
    sqlite3_finalize(s);
    json_object_set_new(run, "artifacts", all);
    return more < 0 ? INGOT_FAILED : status;
}

ingot_status ingot_query_show(ingot_db *db, int64_t number, json_t **run, ingot_error *error) {
    static const char *const tables[][2] = {
        {"parameters", "SELECT name, value FROM parameters WHERE run = ? ORDER BY name"},
        {"environment", "SELECT name, value FROM environment WHERE run = ? ORDER BY name"},
        {"inputs", "SELECT name, digest FROM inputs WHERE run = ? ORDER BY name"},
        {"stages", "SELECT name, sum(seconds) FROM stages WHERE run = ? GROUP BY name"},
    };
    sqlite3_stmt *s;
    ingot_status status =
        ingot_db_prepare(db, &s, error,
                         "SELECT " RUN_COLUMNS ", texts.text FROM runs"
                         " JOIN experiments ON experiments.number = runs.experiment"
                         " LEFT JOIN texts ON texts.sha256 = runs.spec WHERE runs.number = ?",
                         "i", number);
    if (status != INGOT_OK) return status;
    json_t *value = NULL;
    const int found = ingot_db_step(db, s, error);
    if (found > 0) {
        value = run_json(s);
        if (value) set_text(value, "spec", s, 18);
    }
    sqlite3_finalize(s);
    if (!value) {
        return found < 0 ? INGOT_FAILED : ingot_fail(error, INGOT_FAILED, "the run is gone");
    }
    status = add_latest(db, number, value, error);
    for (size_t i = 0; status == INGOT_OK && i < sizeof tables / sizeof *tables; i++) {
        status = pairs(db, tables[i][1], number, value, tables[i][0], error);
    }
    if (status == INGOT_OK) status = files_json(db, number, value, error);
    if (status != INGOT_OK) {
        json_decref(value);
        return status;
    }
    *run = value;
    return INGOT_OK;
}

ingot_status ingot_query_tag(ingot_db *db, int64_t number, const char *text, ingot_error *error) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || equals - text > 250) {
        return ingot_fail(error, INGOT_USAGE, "'%s' is not a tag like author=ana", text);
    }
    char *name = strndup(text, (size_t)(equals - text));
    if (!name) return ingot_fail(error, INGOT_FAILED, "out of memory");
    ingot_status status =
        equals[1] ? ingot_db_do(db, error, "INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", "iss",
                                number, name, equals + 1)
                  : ingot_db_do(db, error, "DELETE FROM tags WHERE run = ? AND name = ?", "is",
                                number, name);
    free(name);
    return status;
}
