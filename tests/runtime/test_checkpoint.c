/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Checkpoints on the hand-written program of tests/support: a training stopped after any step and
 * gone on with by a new engine comes to the same bytes; damaged, foreign and unwritable
 * checkpoints.
 */
/* clang-format off */
/* link: tests/support/tiny_program.c tests/support/tiny_store.c runtime/data/loader.c runtime/data/augment_draw.c runtime/train/*.c runtime/base/*.c ; libs: jansson crypto m yaml cmocka */
/* clang-format on */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "tests/support/tiny_program.h"
#include "train/checkpoint.h"
#include "train/init.h"
#include "train/loop.h"

enum { EPOCHS = 4, STEPS = 28 };

static const ingot_plateau plateau = {.metric = "training.loss",
                                      .rate = 0.1,
                                      .factor = 0.5,
                                      .threshold = 0.3,
                                      .relative = 1,
                                      .minimum = 0.01};
static ingot_train_policy policy;
static ingot_program program;
static char home[] = "/tmp/ingot-checkpoint-XXXXXX";
static ingot_error error;
static ingot_dataset *dataset;
static ingot_store *store;
static volatile sig_atomic_t stop;
static int64_t stop_after, begun_with;
static char notes[8192];

/* What a training came to. */
typedef struct outcome {
    ingot_status status;
    ingot_train_result result;
    float state[256];
} outcome;
static outcome whole; /* never interrupted */

static void on_metrics(void *user, const ingot_step_metrics *metrics) {
    (void)user;
    if (metrics->step == stop_after) stop = 1;
}

static void on_begin(void *user, int64_t steps, const ingot_epoch *epochs, int32_t count) {
    (void)user;
    begun_with = steps;
    for (int32_t e = 0; e < count; e++) assert_int_equal(epochs[e].epoch, e);
}

static void on_note(void *user, const char *text) {
    (void)user;
    const size_t used = strlen(notes);
    snprintf(notes + used, sizeof notes - used, "%s\n", text);
}

static void noted(const char *part) {
    if (!strstr(notes, part)) fail_msg("'%s' lacks '%s'", notes, part);
}

/* One process's part of a training: up to `after` steps in all (0: to the end). */
static outcome train(const char *folder, int64_t after, int32_t threads) {
    outcome o = {.status = INGOT_FAILED};
    ingot_engine *engine = NULL;
    stop = 0;
    stop_after = after;
    notes[0] = 0;
    error.text[0] = 0;
    assert_int_equal(
        ingot_engine_new(&program, threads, INGOT_USE_TRAIN | INGOT_USE_EVALUATE, &engine, &error),
        INGOT_OK);
    ingot_init_state(&program, ingot_engine_state(engine));
    const ingot_train_hooks hooks = {.step_metrics = on_metrics,
                                     .begins = on_begin,
                                     .note = on_note,
                                     .stop = &stop,
                                     .checkpoints = folder};
    o.status = ingot_train(engine, dataset, store, &hooks, &o.result, &error);
    memcpy(o.state, ingot_engine_state(engine), program.state_floats * sizeof(float));
    ingot_engine_free(engine);
    return o;
}

static void done(outcome *o) {
    free(o->result.epochs);
    o->result.epochs = NULL;
}

/* Everything but the seconds. */
static void assert_same(const outcome *a, const outcome *b) {
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->result.epochs_done, b->result.epochs_done);
    assert_int_equal(a->result.steps, b->result.steps);
    assert_int_equal(a->result.best_epoch, b->result.best_epoch);
    assert_int_equal(a->result.stopped_early, b->result.stopped_early);
    assert_memory_equal(&a->result.best_value, &b->result.best_value, sizeof(double));
    for (int32_t e = 0; e < a->result.epochs_done; e++) {
        ingot_epoch x = a->result.epochs[e], y = b->result.epochs[e];
        x.seconds = y.seconds = 0;
        assert_memory_equal(&x, &y, sizeof x);
    }
    assert_memory_equal(a->state, b->state, program.state_floats * sizeof(float));
}

static int start(void **state) {
    (void)state;
    int computed;
    const char *why;
    tiny_reset();
    program = ingot_the_program;
    policy = ingot_train_defaults;
    policy.checkpoint_steps = 1;
    policy.checkpoint_share = 1e9;
    policy.best = "validation.loss";
    policy.stopping = "training.accuracy";
    policy.stopping_higher = 1;
    policy.patience = 3;
    policy.plateau = &plateau;
    program.policy = &policy;
    if (!mkdtemp(home) || chdir(home) != 0) return 1;
    ingot_dataset_open(&program, &dataset, &error);
    ingot_store_open(&program, dataset, ".", ".", 1, NULL, NULL, &computed, &why, &store, &error);
    whole = train(NULL, 0, 1);
    return whole.status != INGOT_OK;
}

static int end(void **state) {
    (void)state;
    done(&whole);
    ingot_store_close(store);
    ingot_dataset_close(dataset);
    return chdir("/") != 0 || ingot_remove_tree(home, &error) != INGOT_OK;
}

static int each(void **state) {
    (void)state;
    tiny_reset();
    return ingot_remove_tree("w", &error) != INGOT_OK ||
           ingot_make_directories("w", &error) != INGOT_OK;
}

static void stopped_after_any_step_it_comes_to_the_same(void **state) {
    for (int64_t after = 1; after <= STEPS; after++) {
        each(state);
        outcome first = train("w", after, 1);
        assert_int_equal(first.status, INGOT_OK);
        assert_int_equal(first.result.interrupted, 1);
        done(&first);
        outcome second = train("w", 0, 1);
        noted("goes on from a checkpoint");
        assert_int_equal(begun_with, after);
        assert_int_equal(second.result.resumed, after);
        assert_same(&second, &whole);
        done(&second);
    }
}

/* A process that dies without a word: what its thread wrote is all there is. */
static void killed_at_any_step_it_comes_to_the_same(void **state) {
    int gone_on = 0;
    for (int64_t after = 1; after <= STEPS; after++) {
        each(state);
        const pid_t child = fork();
        if (child == 0) {
            tiny.kill_at_step = after;
            outcome lost = train("w", 0, 1);
            done(&lost);
            _exit(0);
        }
        int how;
        waitpid(child, &how, 0);
        outcome second = train("w", 0, 1);
        gone_on += second.result.resumed > 0;
        assert_true(second.result.resumed <= after);
        assert_same(&second, &whole);
        done(&second);
    }
    assert_true(gone_on > STEPS / 2);
}

static void many_processes_of_one_step_each(void **state) {
    (void)state;
    for (int64_t after = 1; after < STEPS; after++) {
        outcome part = train("w", after, 1);
        assert_int_equal(part.result.interrupted, 1);
        done(&part);
    }
    outcome last = train("w", 0, 1);
    assert_same(&last, &whole);
    done(&last);
}

static void flip(const char *path, long at) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, at, at < 0 ? SEEK_END : SEEK_SET);
    const int byte = fgetc(file);
    fseek(file, -1, SEEK_CUR);
    fputc(byte ^ 4, file);
    fclose(file);
}

static int64_t size_of(const char *path) {
    char *bytes;
    size_t size;
    assert_int_equal(ingot_read_file(path, 1 << 20, &bytes, &size, &error), INGOT_OK);
    free(bytes);
    return (int64_t)size;
}

/* The newer of the two is that of step 11, the other that of step 10. */
static void two_checkpoints(const char **newer, const char **older) {
    for (int64_t after = 10; after <= 11; after++) {
        outcome o = train("w", after, 1);
        done(&o);
    }
    ingot_rest rest = {.state = malloc(sizeof(float) * 256),
                       .finished = malloc(sizeof(float) * 256),
                       .best = malloc(sizeof(float) * 256),
                       .epochs = calloc(EPOCHS + 1, sizeof(ingot_epoch))};
    int found;
    ingot_checkpoint_read(&program, 1, "w", on_note, NULL, &rest, &found);
    assert_int_equal(rest.place.steps, 11);
    *newer = found ? "w/checkpoint.1.safetensors" : "w/checkpoint.0.safetensors";
    *older = found ? "w/checkpoint.0.safetensors" : "w/checkpoint.1.safetensors";
    free(rest.state);
    free(rest.finished);
    free(rest.best);
    free(rest.epochs);
}

static void a_flipped_bit_is_found_and_the_one_before_taken(void **state) {
    const char *newer, *older;
    each(state);
    two_checkpoints(&newer, &older);
    const int64_t size = size_of(newer);
    for (int64_t at = 0; at < size; at += 211) {
        flip(newer, (long)at);
        outcome o = train("w", 0, 1);
        /* padding and the order of keys hold nothing; everything else is found */
        if (o.result.resumed != 11) {
            assert_int_equal(o.result.resumed, 10);
            noted("checkpoint passed over: w/checkpoint");
        }
        assert_same(&o, &whole);
        done(&o);
        each(state);
        two_checkpoints(&newer, &older);
    }
    flip(newer, -1);
    flip(older, -1);
    outcome o = train("w", 0, 1);
    noted("is damaged: its digest is not that of its content");
    assert_int_equal(o.result.resumed, 0);
    assert_same(&o, &whole);
    done(&o);
}

static void a_cut_file_is_passed_over(void **state) {
    const char *newer, *older;
    for (int64_t length = 0; length < 3000; length += 731) {
        each(state);
        two_checkpoints(&newer, &older);
        assert_int_equal(truncate(newer, length), 0);
        outcome o = train("w", 0, 1);
        assert_int_equal(o.result.resumed, 10);
        noted("checkpoint passed over");
        assert_same(&o, &whole);
        done(&o);
    }
}

static void of_another_stamp_or_other_threads(void **state) {
    (void)state;
    outcome first = train("w", 9, 1);
    done(&first);
    outcome other = train("w", 0, 2);
    noted("is of a training with another number of threads");
    assert_int_equal(other.result.resumed, 0);
    done(&other);
    each(state);
    first = train("w", 9, 1);
    done(&first);
    program.stamp = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    other = train("w", 0, 1);
    program.stamp = ingot_the_program.stamp;
    noted("is of another stamp");
    assert_int_equal(other.result.resumed, 0);
    done(&other);
}

static void a_full_disk_is_said_once_and_training_goes_on(void **state) {
    (void)state;
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 300;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    outcome o = train("w", 20, 1);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(o.status, INGOT_OK);
    assert_int_equal(o.result.steps, 20);
    assert_true(o.result.checkpoints.failed > 0);
    assert_int_equal(o.result.checkpoints.written, 0);
    noted("File too large");
    noted("training goes on");
    const char *first = strstr(notes, "File too large");
    assert_null(strstr(first + 1, "File too large"));
    done(&o);
    DIR *folder = opendir("w");
    for (const struct dirent *e; (e = readdir(folder));) assert_null(strstr(e->d_name, "tmp"));
    closedir(folder);
    /* freed again */
    o = train("w", 0, 1);
    assert_same(&o, &whole);
    done(&o);
}

static void weights_that_are_not_finite_are_no_checkpoint(void **state) {
    (void)state;
    tiny.inf_weight_step = 15; /* a step inside an epoch */
    outcome o = train("w", 0, 1);
    assert_int_equal(o.status, INGOT_FAILED);
    assert_int_equal(o.result.epochs_done, 2);
    done(&o);
    /* the fault away, the last good checkpoint leads to where it should */
    tiny_reset();
    o = train("w", 0, 1);
    assert_true(o.result.resumed >= 14 && o.result.resumed <= 15);
    assert_same(&o, &whole);
    done(&o);
}

static void what_is_due_waits_for_its_share_of_the_time(void **state) {
    (void)state;
    policy.checkpoint_share = 1e-9;
    outcome o = train("w", 0, 1);
    assert_true(o.result.checkpoints.written <= 1);
    assert_same(&o, &whole);
    done(&o);
    each(state);
    policy.checkpoint_share = 1e9;
    o = train("w", 0, 1);
    assert_true(o.result.checkpoints.written > 1);
    assert_true(o.result.checkpoints.bytes > program.state_floats * sizeof(float));
    done(&o);
}

static void nothing_is_written_where_nothing_is_due(void **state) {
    (void)state;
    const ingot_train_policy kept = policy;
    policy.checkpoint_steps = policy.checkpoint_epochs = 0;
    policy.checkpoint_seconds = 0;
    outcome o = train("w", 0, 1);
    assert_int_equal(o.result.checkpoints.written, 0);
    assert_int_not_equal(access("w/checkpoint.0.safetensors", F_OK), 0);
    assert_same(&o, &whole);
    done(&o);
    policy = kept;
}

static void the_best_weights_are_those_of_their_epoch(void **state) {
    (void)state;
    const ingot_train_policy kept = policy;
    policy.best = "training.loss";
    policy.best_higher = 1; /* the first epoch's is the highest */
    policy.plateau = NULL;
    outcome best = train(NULL, 0, 1);
    assert_int_equal(best.result.best_epoch, 0);
    assert_string_equal(best.result.best_metric, "training.loss");
    assert_int_equal(best.result.epochs_done, EPOCHS);
    program.training.epochs = best.result.best_epoch + 1;
    policy.best = NULL;
    outcome last = train(NULL, 0, 1);
    assert_int_equal(last.result.best_epoch, -1);
    const ingot_tensor *weight = &program.tensors[0];
    assert_memory_equal(best.state + weight->offset, last.state + weight->offset,
                        weight->count * sizeof(float));
    done(&best);
    done(&last);
    program.training = ingot_the_program.training;
    policy = kept;
}

static void early_stopping_ends_it_and_a_checkpoint_knows(void **state) {
    (void)state;
    const ingot_train_policy kept = policy;
    policy.stopping = "validation.loss";
    policy.stopping_higher = 0;
    policy.patience = 1;
    policy.min_change = 100; /* nothing improves by so much: the second epoch is the last */
    outcome a = train(NULL, 0, 1);
    assert_int_equal(a.result.stopped_early, 1);
    assert_int_equal(a.result.epochs_done, 2);
    assert_true(ingot_train_finished(&program, &a.result));
    outcome part = train("w", 13, 1);
    assert_false(ingot_train_finished(&program, &part.result));
    outcome b = train("w", 0, 1);
    assert_same(&b, &a);
    done(&a);
    done(&part);
    done(&b);
    policy = kept;
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup(f, each)
    const struct CMUnitTest tests[] = {
        CASE(stopped_after_any_step_it_comes_to_the_same),
        CASE(killed_at_any_step_it_comes_to_the_same),
        CASE(many_processes_of_one_step_each),
        CASE(a_flipped_bit_is_found_and_the_one_before_taken),
        CASE(a_cut_file_is_passed_over),
        CASE(of_another_stamp_or_other_threads),
        CASE(a_full_disk_is_said_once_and_training_goes_on),
        CASE(weights_that_are_not_finite_are_no_checkpoint),
        CASE(what_is_due_waits_for_its_share_of_the_time),
        CASE(nothing_is_written_where_nothing_is_due),
        CASE(the_best_weights_are_those_of_their_epoch),
        CASE(early_stopping_ends_it_and_a_checkpoint_knows),
    };
    return cmocka_run_group_tests(tests, start, end);
}
