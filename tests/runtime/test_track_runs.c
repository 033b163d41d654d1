/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Runs in runs.db (track/record.h, rows.h, query.h): how steps are thinned, which run a call goes
 * on with, which runs are found dead, what conditions mean and what a comparison shows.
 */
/* clang-format off */
/* link: runtime/track/record.c runtime/track/aside.c runtime/track/rows.c runtime/track/system.c runtime/track/db.c runtime/track/query.c runtime/track/compare.c runtime/base/*.c ; libs: sqlite3 jansson crypto m yaml cmocka */
/* clang-format on */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "scratch.h"
#include "track/query.h"
#include "track/record.h"
#include "track/rows.h"
#include "track/system.h"

static ingot_db db;
static json_t *parameters;
static char *aside; /* nothing is set aside here */

static ingot_run_facts facts_of(const char *name, const char *stamp) {
    return (ingot_run_facts){.work = scratch,
                             .name = name,
                             .experiment = "digits",
                             .stamp = stamp,
                             .word = "run",
                             .isa = "x86-64-v3",
                             .folder = "w",
                             .data = "d",
                             .features = "f",
                             .threads = 2,
                             .trains = 1,
                             .steps = 10,
                             .spec = "return {}",
                             .spec_size = 9,
                             .manifest = "{}",
                             .manifest_size = 2,
                             .lock = "lock",
                             .lock_size = 4,
                             .parameters = parameters};
}

static int begin(void **state) {
    (void)state;
    scratch_begin();
    assert_ok(ingot_db_open(in_scratch("runs.db"), INGOT_DB_WRITE, 1000, &db, &error));
    parameters = json_object();
    return 0;
}

static int end(void **state) {
    (void)state;
    json_decref(parameters);
    ingot_db_close(&db);
    scratch_end();
    return 0;
}

static double ask(const char *sql) {
    sqlite3_stmt *s;
    assert_ok(ingot_db_prepare(&db, &s, &error, sql, ""));
    assert_int_equal(ingot_db_step(&db, s, &error), 1);
    const double value =
        sqlite3_column_type(s, 0) == SQLITE_NULL ? NAN : sqlite3_column_double(s, 0);
    sqlite3_finalize(s);
    return value;
}

/* A run from its begin to its end: its id. */
static const char *run(const ingot_run_facts *facts, double accuracy, const char *status) {
    static char ids[8][33];
    static int next;
    char *id = ids[next++ % 8];
    ingot_recorder *recorder = ingot_recorder_start(facts);
    assert_non_null(recorder);
    ingot_recorder_metric(recorder, "test.accuracy", 10, accuracy);
    ingot_recorder_stage(recorder, "train", 1.5);
    ingot_recorder_input(recorder, "train", "d", "aa");
    assert_ok(ingot_recorder_end(recorder, status, 0, strcmp(status, "failed") == 0 ? "why" : NULL,
                                 60000, id, &aside, &error));
    return id;
}

/* ------------------------------------------------------------------ thinning */

/* 2,503 steps: every third is a point, the mean of three; the last is one whatever is left. */
static void test_steps_are_thinned_to_means(void **state) {
    ingot_run_facts facts = facts_of("thin", "s1");
    char id[33];
    (void)state;
    facts.steps = 2503;
    ingot_recorder *recorder = ingot_recorder_start(&facts);
    assert_non_null(recorder);
    for (int64_t step = 1; step <= facts.steps; step++) {
        ingot_recorder_step(recorder, step, (double)step, 0.5, NAN);
    }
    assert_ok(ingot_recorder_end(recorder, "finished", 0, NULL, 60000, id, &aside, &error));
    assert_int_equal(ask("SELECT count(*) FROM metrics WHERE name = 'loss'"), 835);
    assert_int_equal(
        ask("SELECT count(*) FROM metrics WHERE name = 'learning_rate' AND value = 0.5"), 835);
    assert_int_equal(ask("SELECT count(*) FROM metrics WHERE name = 'gradient_norm'"), 0);
    assert_int_equal(ask("SELECT count(*) FROM metrics WHERE name = 'loss' AND step % 3 = 0 AND "
                         "value = step - 1"),
                     834);
    assert_int_equal(ask("SELECT value FROM metrics WHERE name = 'loss' AND step = 2503"), 2503);
    assert_int_equal(ask("SELECT value FROM latest WHERE name = 'loss'"), 2503);
}

static void test_never_more_points_than_promised(void **state) {
    (void)state;
    for (int64_t steps = 999; steps <= 3001; steps += 1001) {
        ingot_run_facts facts = facts_of("points", "s2");
        char id[33], sql[200];
        facts.steps = steps;
        facts.fresh = 1;
        ingot_recorder *recorder = ingot_recorder_start(&facts);
        assert_non_null(recorder);
        for (int64_t step = 1; step <= steps; step++) ingot_recorder_step(recorder, step, 1, 1, 1);
        assert_ok(ingot_recorder_end(recorder, "finished", 0, NULL, 60000, id, &aside, &error));
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM metrics JOIN runs ON runs.number = run WHERE id = '%s' AND "
                 "metrics.name = "
                 "'loss'",
                 id);
        const double points = ask(sql);
        assert_true(points >= 500 && points <= INGOT_TRACK_POINTS);
    }
}

/* ------------------------------------------------------------------ rows */

static void test_which_run_is_gone_on_with(void **state) {
    ingot_run_facts facts = facts_of("rows", "s3");
    (void)state;
    const char *failed = run(&facts, 0.1, "failed");
    const char *again = run(&facts, 0.2, "finished");
    assert_string_equal(again, failed); /* one that did not finish is gone on with */
    assert_int_equal(ask("SELECT attempts FROM runs"), 2);
    assert_true(isnan(ask("SELECT cause FROM runs")));
    facts.trains = 0;
    assert_string_equal(run(&facts, 0.2, "finished"), again); /* added to */
    assert_int_equal(ask("SELECT attempts FROM runs"), 2);
    facts.trains = 1;
    facts.fresh = 1;
    assert_string_not_equal(run(&facts, 0.3, "finished"), again);
    facts.fresh = 0;
    facts.threads = 3; /* another number of threads may come to other bytes */
    const char *third = run(&facts, 0.4, "finished");
    assert_string_not_equal(third, again);
    /* What failed after a run had finished is a run of its own; the finished one stays that. */
    assert_string_not_equal(run(&facts, 0.4, "failed"), third);
    assert_int_equal(ask("SELECT count(*) FROM runs"), 4);
    assert_int_equal(ask("SELECT count(*) FROM runs WHERE status = 'finished'"), 3);
    assert_int_equal(ask("SELECT count(*) FROM texts"), 2); /* spec and manifest, kept once */
}

static void set_process(int64_t pid, const char *process, int64_t seen) {
    assert_ok(ingot_db_do(&db, &error,
                          "UPDATE runs SET status = 'running', pid = ?, process = ?, seen = ?",
                          "isi", pid, process, seen));
    assert_ok(ingot_rows_reap(&db, &error));
}

static void test_runs_whose_process_is_gone(void **state) {
    const ingot_run_facts facts = facts_of("reaped", "s4");
    char own[256], dead[256];
    (void)state;
    run(&facts, 0.5, "finished");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(0);
    ingot_process_identity(child, dead); /* not waited for yet: it still has one */
    assert_int_equal(waitpid(child, NULL, 0), child);
    ingot_process_identity(getpid(), own);
    set_process(getpid(), own, 0);
    assert_int_equal(ask("SELECT status = 'running' FROM runs"), 1);
    set_process(child, dead, 0);
    assert_int_equal(ask("SELECT status = 'killed' AND cause LIKE 'its process ended%' FROM runs"),
                     1);
    set_process(getpid(), dead, 0); /* the number was given again, to us */
    assert_int_equal(ask("SELECT status = 'killed' FROM runs"), 1);
    /* On another machine: gone once it was silent for two minutes. */
    set_process(1, "another-machine pid:[1] 77", ingot_now_ms() - 60000);
    assert_int_equal(ask("SELECT status = 'running' FROM runs"), 1);
    set_process(1, "another-machine pid:[1] 77", ingot_now_ms() - 180000);
    assert_int_equal(ask("SELECT status = 'killed' AND cause LIKE 'was not heard%' FROM runs"), 1);
}

/* ------------------------------------------------------------------ queries */

static void three_runs(const char *ids[3]) {
    static const char *const rates[] = {"0.1", "0.02", "0.003"};
    static const char *const names[] = {"alpha", "beta", "betamax"};
    static const char *const stamps[] = {"aabb", "aacc", "ddaa"};
    for (int i = 0; i < 3; i++) {
        const ingot_run_facts facts = facts_of(names[i], stamps[i]);
        json_object_set_new(parameters, "train.learning_rate", json_string(rates[i]));
        ids[i] = run(&facts, 0.5 + 0.1 * i, i == 1 ? "failed" : "finished");
    }
    int64_t number;
    assert_ok(ingot_query_find(&db, "alpha", &number, &error));
    assert_ok(ingot_query_tag(&db, number, "author=ana", &error));
}

/* The runs a list of conditions finds, as letters a, b, c in the order of the list. */
static const char *found(const char *const *ids, const char *sort, int64_t limit, int count, ...) {
    static char letters[8];
    char *conditions[4];
    json_t *runs;
    va_list list;
    va_start(list, count);
    for (int i = 0; i < count; i++) conditions[i] = va_arg(list, char *);
    va_end(list);
    assert_ok(ingot_query_list(&db, conditions, count, sort, limit, &runs, &error));
    size_t at;
    const json_t *one;
    json_array_foreach(runs, at, one) {
        letters[at] = '?';
        for (int i = 0; i < 3; i++) {
            if (strcmp(json_string_value(json_object_get(one, "id")), ids[i]) == 0)
                letters[at] = (char)('a' + i);
        }
    }
    letters[json_array_size(runs)] = 0;
    json_decref(runs);
    return letters;
}

static void test_conditions(void **state) {
    const char *ids[3];
    (void)state;
    three_runs(ids);
    assert_string_equal(found(ids, NULL, 0, 0), "cba"); /* newest first */
    assert_string_equal(found(ids, NULL, 2, 0), "cb");
    assert_string_equal(found(ids, NULL, 0, 1, "name=beta"), "b"); /* whole */
    assert_string_equal(found(ids, NULL, 0, 1, "name~beta"), "cb");
    assert_string_equal(found(ids, NULL, 0, 1, "name != beta"), "ca"); /* blanks around it */
    assert_string_equal(found(ids, NULL, 0, 1, "stamp=aa"), "ba");     /* a beginning */
    assert_string_equal(found(ids, NULL, 0, 1, "status=failed"), "b");
    assert_string_equal(found(ids, NULL, 0, 1, "test.accuracy>=0.6"), "cb");
    assert_string_equal(found(ids, NULL, 0, 2, "test.accuracy>=0.6", "status=finished"), "c");
    assert_string_equal(found(ids, "test.accuracy", 0, 0), "abc");
    assert_string_equal(found(ids, "-name", 0, 0), "cba");
    assert_string_equal(found(ids, "started", 1, 0), "a");
    /* Text that is a number is compared as one: 0.003 < 0.02 < 0.1. */
    assert_string_equal(found(ids, NULL, 0, 1, "parameter.train.learning_rate<0.05"), "cb");
    assert_string_equal(found(ids, NULL, 0, 1, "parameter.train.learning_rate=0.1"), "a");
    assert_string_equal(found(ids, NULL, 0, 1, "tag.author=ana"), "a");
    assert_string_equal(found(ids, NULL, 0, 1, "tag.author!=ana"),
                        ""); /* none: no tag, no answer */
    assert_string_equal(found(ids, NULL, 0, 1, "threads=2"), "cba");
    assert_string_equal(found(ids, NULL, 0, 1, "started>2020-01-01"), "cba");
    assert_string_equal(found(ids, NULL, 0, 1, "started<2020-01-01"), "");
    /* What a value holds is a value, not SQL. */
    assert_string_equal(found(ids, NULL, 0, 1, "name='; DROP TABLE runs; --"), "");
    assert_string_equal(found(ids, NULL, 0, 1, "tag.x' OR '1'='1"), "");
    assert_int_equal(ask("SELECT count(*) FROM runs"), 3);
}

static void refused(const char *condition, const char *sort, const char *wanted) {
    char *list[] = {(char *)condition};
    json_t *runs;
    assert_fails(ingot_query_list(&db, list, condition != NULL, sort, 0, &runs, &error),
                 INGOT_USAGE, wanted);
    assert_null(runs);
}

static void test_conditions_that_cannot_be_read(void **state) {
    const char *ids[3];
    (void)state;
    three_runs(ids);
    refused("nonsense", NULL,
            "'nonsense' is not a condition like status=failed or 'test.accuracy>0.9'");
    refused("=x", NULL, "'=x' is not a condition like status=failed or 'test.accuracy>0.9'");
    refused("a!b", NULL, "'a!b': a lone '!' compares nothing; write !=");
    refused("threads=two", NULL, "threads is compared with a number, not with 'two'");
    refused("test.accuracy=", NULL, "test.accuracy is compared with a number, not with ''");
    refused("tset.accuracy>0", NULL,
            "no run has a metric 'tset.accuracy', nor is it one of id, name, experiment, status, "
            "stamp, word, "
            "threads, attempts, started, seconds, tag.NAME, parameter.NAME");
    refused(NULL, "-tset.accuracy",
            "no run has a metric 'tset.accuracy', nor is it one of id, name, experiment, status, "
            "stamp, word, "
            "threads, attempts, started, seconds, tag.NAME, parameter.NAME");
    char *many[40];
    json_t *runs;
    for (int i = 0; i < 40; i++) many[i] = (char *)"threads=2";
    assert_fails(ingot_query_list(&db, many, 40, NULL, 0, &runs, &error), INGOT_USAGE,
                 "at most 32 conditions at once, not 40");
    assert_ok(ingot_query_list(&db, many, 32, NULL, 0, &runs, &error));
    assert_int_equal(json_array_size(runs), 3);
    json_decref(runs);
}

static void test_one_run_is_found_by_name_or_id(void **state) {
    const char *ids[3];
    int64_t number;
    char text[64];
    (void)state;
    three_runs(ids);
    assert_ok(ingot_query_find(&db, "beta", &number, &error));
    assert_int_equal(number, 2);
    snprintf(text, sizeof text, "%.12s", ids[2]);
    assert_ok(ingot_query_find(&db, text, &number, &error));
    assert_int_equal(number, 3);
    snprintf(text, sizeof text, "%.3s", ids[2]); /* too short to mean anything */
    assert_int_equal(ingot_query_find(&db, text, &number, &error), INGOT_FAILED);
    assert_ok(ingot_db_do(&db, &error, "UPDATE runs SET id = 'abcd' || number", ""));
    assert_fails(ingot_query_find(&db, "abcd", &number, &error), INGOT_FAILED,
                 "'abcd' is the beginning of two runs, abcd3 and abcd2");
    assert_fails(ingot_query_tag(&db, 1, "=ana", &error), INGOT_USAGE,
                 "'=ana' is not a tag like author=ana");
    assert_ok(ingot_query_tag(&db, 1, "author=", &error)); /* takes it away */
    assert_int_equal(ask("SELECT count(*) FROM tags"), 0);
}

static void test_what_differs(void **state) {
    const char *ids[3];
    const int64_t numbers[] = {1, 3};
    json_t *all, *wanted;
    (void)state;
    three_runs(ids);
    assert_ok(ingot_query_compare(&db, numbers, 2, &all, &error));
    const json_t *differs = json_object_get(all, "differs");
    wanted = json_pack("{s:[s,s]}", "train.learning_rate", "0.1", "0.003");
    assert_true(json_equal(json_object_get(differs, "parameters"), wanted));
    json_decref(wanted);
    wanted = json_pack("{s:[s,s]}", "stamp", "aabb", "ddaa");
    assert_true(json_equal(json_object_get(differs, "code"), wanted));
    json_decref(wanted);
    wanted = json_pack("{s:[s,n]}", "author", "ana"); /* null where a run has none */
    assert_true(json_equal(json_object_get(differs, "tags"), wanted));
    json_decref(wanted);
    /* The same in both: not there. */
    assert_int_equal(json_object_size(json_object_get(differs, "data")), 0);
    assert_int_equal(json_object_size(json_object_get(differs, "stages")), 0);
    assert_null(json_object_get(differs, "spec"));
    assert_non_null(json_object_get(json_object_get(differs, "metrics"), "test.accuracy"));
    assert_int_equal(json_array_size(json_object_get(all, "runs")), 2);
    json_decref(all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_steps_are_thinned_to_means),
        TEST(test_never_more_points_than_promised),
        TEST(test_which_run_is_gone_on_with),
        TEST(test_runs_whose_process_is_gone),
        TEST(test_conditions),
        TEST(test_conditions_that_cannot_be_read),
        TEST(test_one_run_is_found_by_name_or_id),
        TEST(test_what_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
