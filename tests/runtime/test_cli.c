/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The whole command line on the hand-written program of tests/support: each call is a process of
 * its own (fork), in a folder of its own, and what it printed and wrote is looked at.
 */
/* clang-format off */
/* link: runtime/data/locked_file.c tests/support/tiny_program.c tests/support/tiny_store.c runtime/data/loader.c runtime/data/fit.c runtime/data/augment_draw.c runtime/data/known.c runtime/cli/*.c runtime/report/*.c runtime/train/*.c runtime/base/*.c runtime/track/*.c ; libs: sqlite3 jansson crypto png zstd gomp m yaml cmocka */
/* clang-format on */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <zstd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "cli/cli.h"
#include "report/gate.h"
#include "tests/support/tiny_program.h"

#define FOLDER "work/tiny-001122334455"

static char home[] = "/tmp/ingot-cli-XXXXXX";
static char *out, *err; /* what the last call printed */
static ingot_program program;
static long file_limit; /* of the next calls, in bytes; 0: none */

/* ------------------------------------------------------------------ calling */

static char *slurp(const char *path) {
    char *bytes = NULL;
    size_t size;
    ingot_error error;
    if (ingot_read_file(path, 1 << 24, &bytes, &size, &error) != INGOT_OK)
        fail_msg("%s", error.text);
    return bytes;
}

static void spit(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void redirect(const char *path, int fd, int flags) {
    const int to = open(path, flags, 0600);
    if (to < 0 || dup2(to, fd) < 0) _exit(99);
    close(to);
}

/* Runs a command line (words split at single spaces) and returns its exit code. */
static int call(const char *line) {
    static char text[512], *argv[32];
    int argc = 0, ended;
    snprintf(text, sizeof text, "./tiny %s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    argv[argc] = NULL;
    fflush(NULL); /* or the child would print what waits in the buffers again */
    const pid_t child = fork();
    if (child == 0) {
        if (access("input", F_OK) == 0) redirect("input", 0, O_RDONLY);
        redirect("out", 1, O_WRONLY | O_CREAT | O_TRUNC);
        redirect("err", 2, O_WRONLY | O_CREAT | O_TRUNC);
        const struct rlimit limit = {(rlim_t)file_limit, (rlim_t)file_limit};
        if (file_limit) setrlimit(RLIMIT_FSIZE, &limit);
        const int code = ingot_cli(&program, argc, argv);
        fflush(NULL);
        _exit(code);
    }
    waitpid(child, &ended, 0);
    free(out);
    free(err);
    out = slurp("out");
    err = slurp("err");
    if (!WIFEXITED(ended)) fail_msg("%s: ended by signal %d: %s", line, WTERMSIG(ended), err);
    return WEXITSTATUS(ended);
}

static void ends_with(const char *line, int code) {
    const int found = call(line);
    if (found != code) fail_msg("%s: exit code %d, not %d; %s%s", line, found, code, out, err);
}

static void holds(const char *text, const char *part) {
    if (!strstr(text, part)) fail_msg("'%s' lacks '%s'", text, part);
}

/* The last line of standard output. */
static json_t *summary(void) {
    char *end = out + strlen(out);
    assert_true(end > out && end[-1] == '\n');
    end[-1] = 0;
    const char *last = strrchr(out, '\n');
    json_t *value = json_loads(last ? last + 1 : out, 0, NULL);
    if (!value) fail_msg("not JSON: %s", out);
    return value;
}

static const char *text_at(const json_t *object, const char *a, const char *b) {
    const json_t *inner = json_object_get(object, a);
    const char *text = json_string_value(b ? json_object_get(inner, b) : inner);
    return text ? text : "";
}

static int start(void **state) {
    (void)state;
    program = ingot_the_program;
    setenv("OMP_WAIT_POLICY", "passive", 1); /* else calls with more threads restart this test */
    return !mkdtemp(home) || chdir(home) != 0 || mkdir("data", 0700) != 0;
}

static int end(void **state) {
    (void)state;
    ingot_error error;
    free(out);
    free(err);
    return chdir("/") != 0 || ingot_remove_tree(home, &error) != INGOT_OK;
}

/* Each test begins without results and without faults. */
static int clean(void **state) {
    (void)state;
    ingot_error error;
    tiny_reset();
    file_limit = 0;
    program = ingot_the_program;
    unlink("input");
    return ingot_remove_tree("work", &error) != INGOT_OK;
}

/* ------------------------------------------------------------------ tests */

static void run_does_everything(void **state) {
    (void)state;
    ends_with("run --data data --json", 0);
    json_t *s = summary();
    assert_string_equal(text_at(s, "status", NULL), "ok");
    assert_string_equal(text_at(s, "stamp", NULL), program.stamp);
    assert_true(json_number_value(json_object_get(
                    json_object_get(json_object_get(s, "metrics"), "test"), "accuracy")) > 0.9);
    assert_true(json_number_value(json_object_get(
                    json_object_get(json_object_get(s, "metrics"), "validation"), "accuracy")) >
                0.9);
    static const char *const wrote[] = {"weights", "report"};
    for (int i = 0; i < 2; i++) {
        uint8_t digest[32];
        char hex[65];
        ingot_error error;
        assert_int_equal(ingot_sha256_file(text_at(s, wrote[i], "path"), digest, NULL, &error),
                         INGOT_OK);
        ingot_hex(digest, 32, hex);
        assert_string_equal(hex, text_at(s, wrote[i], "sha256"));
    }
    assert_true(json_number_value(json_object_get(json_object_get(s, "seconds"), "train")) > 0);
    json_decref(s);
    holds(err, "epoch 4/4");
    char *html = slurp(FOLDER "/report.html");
    holds(html, "&lt;cedar &amp; &quot;co&quot;&gt;");
    assert_null(strstr(html, "<cedar"));
    holds(html, "a &lt; b &amp; c");
    assert_null(strstr(html, "nan<"));
    assert_null(strstr(html, "\"nan"));
    assert_null(strstr(html, "http:"));
    assert_null(strstr(html, "https:"));
    free(html);
}

static const ingot_gate_rule rules[] = {
    {"accuracy", ">= 0.9", "accuracy", INGOT_AT_LEAST, 0.9},
    {"recall.birch", "> 1", "classes/1/recall", INGOT_ABOVE, 1},
    {"latency_p99_ms", "<= 60000", "latency/p99_ms", INGOT_AT_MOST, 60000},
    {"log_loss", "< 0", "log_loss", INGOT_BELOW, 0},
    {"recall.gone", ">= 0", "classes/7/recall", INGOT_AT_LEAST, 0},
};

static json_t *gate_file(void) {
    char *text = slurp(FOLDER "/gate.json");
    json_t *gate = json_loads(text, 0, NULL);
    free(text);
    return gate;
}

static void a_gate_that_is_met_changes_nothing(void **state) {
    (void)state;
    const ingot_gate gate = {1, 0, rules};
    program.gate = &gate;
    ends_with("run --data data", 0);
    holds(out, "gate: met");
    json_t *outcome = gate_file();
    assert_true(json_is_true(json_object_get(outcome, "met")));
    assert_null(json_object_get(outcome, "latency"));
    json_decref(outcome);
}

static void a_gate_that_is_not_met_ends_with_3_when_all_is_written(void **state) {
    (void)state;
    const ingot_gate gate = {5, 1, rules};
    program.gate = &gate;
    ends_with("run --data data --json", 3);
    json_t *s = summary();
    assert_string_equal(text_at(s, "status", NULL), "gate");
    holds(text_at(s, "error", NULL), "the gate was not met: recall.birch is ");
    holds(text_at(s, "error", NULL), ", not > 1; log_loss is ");
    holds(text_at(s, "error", NULL), ", not < 0; recall.gone is undefined, not >= 0");
    assert_null(strstr(text_at(s, "error", NULL), "accuracy"));
    holds(text_at(s, "report", "path"), "report.html");
    json_t *outcome = gate_file();
    assert_string_equal(text_at(outcome, "weights", NULL), text_at(s, "weights", "sha256"));
    assert_string_equal(text_at(outcome, "stamp", NULL), program.stamp);
    json_decref(s);
    const json_t *list = json_object_get(outcome, "rules");
    static const int met[] = {1, 0, 1, 0, 0};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(json_is_true(json_object_get(json_array_get(list, i), "met")), met[i]);
    }
    assert_true(json_is_null(json_object_get(json_array_get(list, 4), "value")));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(outcome, "latency"), "calls")), 1000);
    json_decref(outcome);
    char *html = slurp(FOLDER "/report.html");
    holds(html, "gate not met");
    holds(html, "recall.birch");
    free(html);
    ends_with("evaluate --data data", 3);
    holds(out, "gate: not met");
    holds(out, "NOT MET");
    holds(err, "the gate was not met");
    ends_with("train --data data", 0); /* measures nothing */
    ends_with("report", 0);
}

static void report_says_the_same_as_json(void **state) {
    (void)state;
    ends_with("run --data data", 0);
    char *before = slurp(FOLDER "/report.html");
    ends_with("report --json", 0);
    char *after = slurp(FOLDER "/report.html"), *file = slurp(FOLDER "/report.json");
    assert_string_equal(before, after);
    json_t *all = json_loads(file, 0, NULL), *said = json_loads(strtok(out, "\n"), 0, NULL);
    assert_true(all && json_equal(all, said));
    const json_t *test =
        json_object_get(json_object_get(json_object_get(all, "metrics"), "metrics"), "test");
    char accuracy[32];
    snprintf(accuracy, sizeof accuracy, ">%.4f<",
             json_number_value(json_object_get(test, "accuracy")));
    holds(after, accuracy);
    json_decref(all);
    json_decref(said);
    free(before);
    free(after);
    free(file);
}

static void a_second_run_does_not_train_again(void **state) {
    (void)state;
    ends_with("--data data", 0);
    char *first = slurp(FOLDER "/weights.safetensors");
    holds(out, "confusion matrix");
    holds(out, "report: ./work/");
    ends_with("--data data --json", 0);
    holds(err, "finished weights are there");
    assert_null(strstr(err, "epoch"));
    json_t *s = summary();
    assert_true(json_is_false(json_object_get(s, "trained")));
    json_decref(s);
    ends_with("train --data data --fresh", 0);
    holds(err, "epoch 4/4");
    free(first);
    /* other threads are another training */
    ends_with("train --data data --threads 2", 0);
    holds(err, "epoch 4/4");
    /* and so are weights that somebody changed */
    assert_int_equal(truncate(FOLDER "/weights.safetensors", 50), 0);
    ends_with("train --data data --threads 2", 0);
    holds(err, "was changed since");
    holds(err, "its weights are taken from the cache");
    assert_null(strstr(err, "epoch"));
}

static void two_trainings_write_the_same_bytes(void **state) {
    (void)state;
    ends_with("train --data data --work work/a --json", 0);
    json_t *a = summary();
    ends_with("train --data data --work work/b --json", 0);
    json_t *b = summary();
    assert_string_equal(text_at(a, "weights", "sha256"), text_at(b, "weights", "sha256"));
    assert_int_equal(strlen(text_at(a, "weights", "sha256")), 64);
    json_decref(a);
    json_decref(b);
}

static void quiet_says_nothing_on_standard_error(void **state) {
    (void)state;
    ends_with("run --data data --quiet", 0);
    assert_string_equal(err, "");
}

static void bad_data_has_its_exit_codes(void **state) {
    (void)state;
    ends_with("run --data nowhere --json", 1);
    json_t *s = summary();
    assert_string_equal(text_at(s, "status", NULL), "failed");
    holds(text_at(s, "error", NULL), "nowhere: No such file");
    json_decref(s);
    mkdir("changed", 0700);
    ends_with("train --data changed --json", 4);
    s = summary();
    assert_string_equal(text_at(s, "status", NULL), "lock_mismatch");
    json_decref(s);
    ends_with("frobnicate --json", 2);
    s = summary();
    assert_string_equal(text_at(s, "status", NULL), "usage");
    json_decref(s);
}

static void words_without_weights_say_so(void **state) {
    (void)state;
    ends_with("evaluate --data data", 1);
    holds(err, "no weights; run the word train first");
    ends_with("predict x", 1);
    holds(err, "no weights");
    ends_with("report", 1);
    holds(err, "nothing to report on");
    ends_with("evaluate --data data --weights gone", 1);
    holds(err, "gone");
}

static void a_signal_keeps_what_there_is(void **state) {
    (void)state;
    ends_with("train --data data", 0);
    char *before = slurp(FOLDER "/stages.json");
    tiny.signal_at_step = 9;
    ends_with("train --data data --fresh --json", 1);
    json_t *s = summary();
    assert_string_equal(text_at(s, "status", NULL), "interrupted");
    holds(text_at(s, "error", NULL), "after step 10, 1 of 4 epochs");
    holds(text_at(s, "partial_weights", "path"), "weights.partial.safetensors");
    json_decref(s);
    /* the finished weights are still there, and still known as such */
    char *after = slurp(FOLDER "/stages.json");
    holds(after, strstr(before, "\"weights\""));
    free(before);
    free(after);
    tiny_reset();
    ends_with("evaluate --data data --weights " FOLDER "/weights.partial.safetensors", 0);
    ends_with("train --data data --fresh", 0);
    assert_int_not_equal(access(FOLDER "/weights.partial.safetensors", F_OK), 0);
}

static void a_loss_that_is_not_finite_ends_it(void **state) {
    (void)state;
    tiny.nan_at_step = 15;
    ends_with("run --data data --json", 1);
    json_t *s = summary();
    holds(text_at(s, "error", NULL), "epoch 3, step 16: the loss is NaN");
    holds(text_at(s, "partial_weights", "path"), "weights.partial");
    json_decref(s);
    tiny_reset();
    ends_with("run --data data", 0);
}

/* A file of samples as the store holds them. */
static void write_samples(const char *path, int64_t first, int count) {
    uint8_t bytes[64 * TINY_INPUTS];
    for (int i = 0; i < count; i++) tiny_bytes(first + i, bytes + i * TINY_INPUTS);
    spit(path, bytes, (size_t)count * TINY_INPUTS);
}

static void predicts_files_and_names_bad_ones(void **state) {
    (void)state;
    ends_with("train --data data", 0);
    write_samples("one", 0, 1);          /* ash */
    write_samples("long", 60, 3);        /* ash, three segments */
    write_samples("records.many", 1, 5); /* birch, cedar, ash, birch, cedar */
    spit("short", "abc", 3);
    spit("empty", "", 0);
    spit("half", "\200\200\200\200\200\200\377aaaaa", 12); /* its second segment is damaged */
    ends_with("predict one long records.many", 0);
    holds(out, "one\tash\t0.");
    holds(out, "\nlong\tash\t");
    holds(out, "records.many#0\tbirch");
    holds(out, "records.many#2\tash");
    holds(out, "records.many#4\t<cedar & \"co\">");
    ends_with("predict one gone short half empty long --json", 1);
    holds(err, "gone: No such file");
    holds(err, "short: truncated");
    holds(err, "half: sample 1 is damaged");
    holds(err, "empty: too short");
    assert_null(strstr(out, "\"path\":\"half\""));
    json_t *s = summary();
    assert_int_equal(json_integer_value(json_object_get(s, "predicted")), 2);
    assert_int_equal(json_integer_value(json_object_get(s, "failed")), 4);
    json_decref(s);
    json_t *first = json_loads(strtok(out, "\n"), 0, NULL);
    assert_string_equal(text_at(first, "path", NULL), "one");
    assert_int_equal(json_object_size(json_object_get(first, "probabilities")), 3);
    json_decref(first);
    spit("input", "long\n\none\nlong\n", 15);
    ends_with("predict -", 0);
    assert_int_equal(strncmp(out, "long\tash", 8), 0);
    holds(out, "\none\tash");
    /* Alone or among others, batch 2 or not: the same probabilities. */
    char *alone = strdup(strstr(out, "one\t"));
    *strchr(alone, '\n') = 0;
    ends_with("predict long one records.many", 0);
    holds(out, alone);
    free(alone);
}

static void weights_of_another_stamp_are_refused(void **state) {
    (void)state;
    ends_with("train --data data", 0);
    program.stamp = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    ends_with("evaluate --data data --weights " FOLDER "/weights.safetensors", 1);
    holds(err, "--any-stamp");
    ends_with("evaluate --data data --any-stamp --weights " FOLDER "/weights.safetensors", 0);
}

static void a_full_disk_leaves_nothing_half_written(void **state) {
    (void)state;
    ends_with("train --data data", 0);
    char *before = slurp(FOLDER "/weights.safetensors");
    assert_int_equal(unlink(FOLDER "/stages.json"), 0); /* which would be too large already */
    file_limit = 480;                                   /* data.json fits, the weights do not */
    ends_with("train --data data --fresh --quiet", 1);
    holds(err, "weights.safetensors: ");
    holds(err, "File too large");
    file_limit = 0;
    char *after = slurp(FOLDER "/weights.safetensors");
    assert_string_equal(before, after);
    free(before);
    free(after);
    DIR *folder = opendir(FOLDER);
    for (const struct dirent *e; (e = readdir(folder));) {
        if (strstr(e->d_name, "tmp") || strstr(e->d_name, "partial"))
            fail_msg("left: %s", e->d_name);
    }
    closedir(folder);
    spit("occupied", "x", 1);
    ends_with("run --data data --work occupied/w", 1);
    holds(err, "occupied");
}

static void bench_needs_no_data(void **state) {
    (void)state;
    ends_with("bench --repeats 5 --profile --json", 0);
    json_t *s = summary();
    const json_t *step = json_object_get(json_object_get(s, "bench"), "train_step");
    assert_int_equal(json_integer_value(json_object_get(step, "repeats")), 5);
    assert_int_equal(json_array_size(json_object_get(step, "nodes")), 5);
    assert_true(json_number_value(json_object_get(step, "ms")) > 0);
    json_decref(s);
    assert_int_not_equal(access("work", F_OK), 0); /* and writes nothing */
    ends_with("bench --repeats 2 --profile", 0);
    holds(out, "linear_dw");
    holds(out, "by kind");
}

static void bench_writes_a_trace(void **state) {
    (void)state;
    ends_with("bench --repeats 2 --trace trace.json --json", 0);
    char *text = slurp("trace.json");
    json_t *trace = json_loads(text, 0, NULL);
    free(text);
    const json_t *events = json_object_get(trace, "traceEvents"), *event;
    size_t i;
    int nodes = 0, rows = 0;
    json_array_foreach(events, i, event) {
        const char *kind = json_string_value(json_object_get(event, "ph"));
        rows += strcmp(kind, "M") == 0;
        if (strcmp(kind, "X") != 0) continue;
        nodes++;
        assert_true(json_number_value(json_object_get(event, "dur")) > 0);
        assert_non_null(json_object_get(json_object_get(event, "args"), "kernel"));
    }
    assert_int_equal(rows, 3); /* one for each entry */
    assert_true(nodes > 5);
    json_decref(trace);
    ends_with("bench --repeats 1 --trace nowhere/trace.json", 1);
    holds(err, "nowhere/trace.json");
}

static void restarts_once_where_threads_would_spin(void **state) {
    (void)state;
    unsetenv("OMP_WAIT_POLICY");
    unsetenv("GOMP_SPINCOUNT");
    ends_with("train --data data --threads 2 --json", 0); /* goes through main below */
    setenv("OMP_WAIT_POLICY", "passive", 1);
    json_t *s = summary();
    assert_int_equal(json_integer_value(json_object_get(s, "threads")), 2);
    json_decref(s);
    holds(err, "spins 1000");
    assert_null(strstr(err, "called exe"));
    holds(err, "called ");
}

static void info_tells_licences(void **state) {
    (void)state;
    ends_with("info", 0);
    holds(out, program.stamp);
    holds(out, "LGPL-2.1-or-later");
    ends_with("info --json", 0);
    json_t *s = summary();
    assert_string_equal(text_at(s, "program", "isa"), "x86-64-v2");
    json_decref(s);
    ends_with("--help", 0);
    holds(out, "Exit codes");
    ends_with("predict --help", 0);
    holds(out, "FILE...");
}

/* ------------------------------------------------------------------ carried sources */

static unsigned char packed[65536];

/* A manifest that lists one file and the spec, and the archive that carries both. */
static void carry(char *manifest, size_t room, const char *content) {
    uint8_t digest[32];
    char file_hex[65], spec_hex[65], text[1024], stamp_hex[65];
    ingot_error error;
    const char *spec = (const char *)program.spec.begin;
    const size_t spec_size = (size_t)(program.spec.end - program.spec.begin);
    ingot_sha256_of("int x;\n", 7, digest, &error);
    ingot_hex(digest, 32, file_hex);
    ingot_sha256_of(spec, spec_size, digest, &error);
    ingot_hex(digest, 32, spec_hex);
    snprintf(text, sizeof text, "ingot-stamp 1\nfile runtime/x.c %s\nspec tiny.lua %s\n", file_hex,
             spec_hex);
    ingot_sha256_of(text, strlen(text), digest, &error);
    ingot_hex(digest, 32, stamp_hex);
    program.stamp = strdup(stamp_hex);
    snprintf(manifest, room,
             "{\"stamp\":\"%s\",\"inputs\":[{\"kind\":\"spec\",\"name\":\"tiny.lua\",\"value\":"
             "\"%s\"},{\"kind\":\"file\",\"name\":\"runtime/x.c\",\"value\":\"%s\"}]}",
             stamp_hex, spec_hex, file_hex);
    program.manifest.begin = (const unsigned char *)manifest;
    program.manifest.end = program.manifest.begin + strlen(manifest);

    mkdir("tree", 0700), mkdir("tree/runtime", 0700), mkdir("tree/specs", 0700);
    spit("tree/runtime/x.c", content, strlen(content));
    spit("tree/specs/tiny.lua", spec, spec_size);
    assert_int_equal(system("tar --format=ustar -C tree -cf archive.tar runtime specs"), 0);
    size_t size;
    char *tar;
    assert_int_equal(ingot_read_file("archive.tar", 1 << 20, &tar, &size, &error), INGOT_OK);
    const size_t got = ZSTD_compress(packed, sizeof packed, tar, size, 3);
    assert_false(ZSTD_isError(got));
    free(tar);
    program.sources = (ingot_blob){packed, packed + got};
}

static void verify_and_source_read_what_is_carried(void **state) {
    (void)state;
    char manifest[1024];
    ends_with("source dir", 1);
    holds(err, "carries no sources");
    carry(manifest, sizeof manifest, "int x;\n");
    ends_with("verify --json", 0);
    json_t *s = summary();
    assert_int_equal(json_integer_value(json_object_get(s, "files")), 2);
    json_decref(s);
    ends_with("source unpacked", 0);
    char *text = slurp("unpacked/runtime/x.c");
    assert_string_equal(text, "int x;\n");
    free(text);
    ends_with("source unpacked", 1);
    holds(err, "is not empty");
    ends_with("source -", 0);
    char *first = slurp("out"); /* the first entry of the tar stream, a folder */
    assert_string_equal(first, "runtime/");
    free(first);
    ends_with("source - --json", 2);
    free((void *)(uintptr_t)program.stamp);
}

static void verify_finds_damage(void **state) {
    (void)state;
    char manifest[1024];
    carry(manifest, sizeof manifest, "int y;\n");
    ends_with("verify", 1);
    holds(err, "runtime/x.c among the carried sources is not the one");
    free((void *)(uintptr_t)program.stamp);
    carry(manifest, sizeof manifest, "int x;\n");
    const ingot_blob whole = program.sources;
    program.sources.end -= 10;
    ends_with("verify", 1);
    holds(err, "damaged");
    packed[20] ^= 1;
    program.sources = whole;
    ends_with("verify", 1);
    holds(err, "tiny: ");
    packed[20] ^= 1;
    char *value = strstr(manifest, "\"value\":\"") + 9;
    *value = *value == '0' ? '1' : '0';
    ends_with("verify", 1);
    holds(err, "the stamp is not the hash of the inputs");
    holds(err, "the carried spec is not the one");
    free((void *)(uintptr_t)program.stamp);
}

int main(int argc, char **argv) {
    if (getenv("INGOT_RESTARTED")) {
        char name[16] = "";
        fprintf(stderr, "spins %s\n", getenv("GOMP_SPINCOUNT"));
        const int status = ingot_cli(&ingot_the_program, argc, argv);
        prctl(PR_GET_NAME, name, 0, 0, 0);
        fprintf(stderr, "called %s\n", name);
        return status;
    }
#define CASE(f) cmocka_unit_test_setup(f, clean)
    const struct CMUnitTest tests[] = {
        CASE(run_does_everything),
        CASE(a_gate_that_is_met_changes_nothing),
        CASE(a_gate_that_is_not_met_ends_with_3_when_all_is_written),
        CASE(report_says_the_same_as_json),
        CASE(a_second_run_does_not_train_again),
        CASE(two_trainings_write_the_same_bytes),
        CASE(quiet_says_nothing_on_standard_error),
        CASE(bad_data_has_its_exit_codes),
        CASE(words_without_weights_say_so),
        CASE(a_signal_keeps_what_there_is),
        CASE(a_loss_that_is_not_finite_ends_it),
        CASE(predicts_files_and_names_bad_ones),
        CASE(weights_of_another_stamp_are_refused),
        CASE(a_full_disk_leaves_nothing_half_written),
        CASE(bench_needs_no_data),
        CASE(bench_writes_a_trace),
        CASE(restarts_once_where_threads_would_spin),
        CASE(info_tells_licences),
        CASE(verify_and_source_read_what_is_carried),
        CASE(verify_finds_damage),
    };
    return cmocka_run_group_tests(tests, start, end);
}
