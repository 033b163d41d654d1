/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The training loop, evaluation, initial weights and the diagnosis of non-finite losses, on the
 * hand-written program of tests/support.
 */
/* clang-format off */
/* link: tests/support/tiny_program.c tests/support/tiny_store.c runtime/data/loader.c runtime/data/augment_draw.c runtime/train/*.c runtime/base/*.c ; libs: jansson crypto m yaml cmocka */
/* clang-format on */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tests/support/tiny_program.h"
#include "train/evaluate.h"
#include "train/init.h"
#include "train/loop.h"

static ingot_error error;
static ingot_dataset *dataset;
static ingot_store *store;
static ingot_engine *engine;
static ingot_train_result result;
static volatile sig_atomic_t stop;
static int64_t calls;

static int start(void **state) {
    (void)state;
    int computed;
    const char *why;
    tiny_reset();
    stop = 0;
    calls = 0;
    error.text[0] = 0;
    ingot_dataset_open(&ingot_the_program, &dataset, &error);
    ingot_store_open(&ingot_the_program, dataset, ".", ".", 1, NULL, NULL, &computed, &why, &store,
                     &error);
    if (ingot_engine_new(&ingot_the_program, 1, INGOT_USE_TRAIN | INGOT_USE_EVALUATE, &engine,
                         &error) != INGOT_OK) {
        return 1;
    }
    ingot_init_state(&ingot_the_program, ingot_engine_state(engine));
    return 0;
}

static int end(void **state) {
    (void)state;
    free(result.epochs);
    memset(&result, 0, sizeof result);
    ingot_engine_free(engine);
    ingot_store_close(store);
    ingot_dataset_close(dataset);
    return tiny_open_entries; /* what was opened is closed */
}

static void count_step(void *user, const ingot_pace *pace) {
    (void)user;
    assert_true(pace->step >= 1 && pace->step <= pace->steps);
    calls++;
}

static ingot_status train(void) {
    const ingot_train_hooks hooks = {.step = count_step, .stop = &stop};
    return ingot_train(engine, dataset, store, &hooks, &result, &error);
}

static void learns_and_visits_every_sample(void **state) {
    (void)state;
    assert_int_equal(train(), INGOT_OK);
    assert_int_equal(result.epochs_done, 4);
    assert_int_equal(result.steps, 28);
    assert_int_equal(calls, 28);
    for (int e = 0; e < 4; e++) {
        assert_int_equal(result.epochs[e].samples, TINY_TRAIN);
        assert_int_equal(result.epochs[e].steps, 7);
        assert_true(result.epochs[e].has_validation);
    }
    assert_true(result.epochs[3].loss < result.epochs[0].loss / 2);
    assert_true(result.epochs[3].accuracy > 0.9);
    assert_true(result.epochs[3].validation_accuracy > 0.9);
    assert_true(fabs(result.epochs[2].learning_rate - 0.05) < 1e-8);
    /* the buffer counts samples: the tail's two are there in each epoch */
    assert_true(ingot_engine_state(engine)[48] == 4 * TINY_TRAIN);
}

static void two_trainings_end_with_the_same_bits(void **state) {
    (void)state;
    const size_t bytes = ingot_the_program.state_floats * sizeof(float);
    float *first = malloc(bytes);
    assert_int_equal(train(), INGOT_OK);
    memcpy(first, ingot_engine_state(engine), bytes);
    free(result.epochs);
    ingot_init_state(&ingot_the_program, ingot_engine_state(engine));
    assert_int_equal(train(), INGOT_OK);
    assert_memory_equal(first, ingot_engine_state(engine), bytes);
    free(first);
}

static void each_epoch_has_an_order_of_its_own(void **state) {
    (void)state;
    int64_t a[TINY_TRAIN], b[TINY_TRAIN];
    ingot_permutation(a, TINY_TRAIN, 7, 0, INGOT_STREAM_SHUFFLE);
    ingot_permutation(b, TINY_TRAIN, 7, 1, INGOT_STREAM_SHUFFLE);
    assert_true(memcmp(a, b, sizeof a) != 0);
    int seen[TINY_TRAIN] = {0};
    for (int i = 0; i < TINY_TRAIN; i++) seen[a[i]]++;
    for (int i = 0; i < TINY_TRAIN; i++) assert_int_equal(seen[i], 1);
}

static void initial_weights_do_not_depend_on_their_order_in_memory(void **state) {
    (void)state;
    ingot_tensor tensors[2] = {
        {"w", INGOT_PARAMETER, 2, {3, 4}, 0, 0, 12, INGOT_INIT_NORMAL, 1, 2},
        {"u", INGOT_PARAMETER, 2, {3, 4}, 0, 16, 12, INGOT_INIT_UNIFORM, -1, 1}};
    ingot_program program = {.state_floats = 32, .tensor_count = 2, .tensors = tensors};
    program.training.seed = 99;
    float plain[32], turned[32], canonical[12];
    memset(plain, 255, sizeof plain);
    ingot_init_state(&program, plain);
    tensors[0].transposed = tensors[1].transposed = 1;
    ingot_init_state(&program, turned);
    for (int t = 0; t < 2; t++) {
        const size_t at = tensors[t].offset;
        for (size_t r = 0; r < 3; r++) {
            for (size_t c = 0; c < 4; c++) {
                assert_true(plain[at + r * 4 + c] == turned[at + c * 3 + r]);
            }
        }
        ingot_tensor_to_canonical(&tensors[t], turned, canonical);
        assert_memory_equal(canonical, plain + at, sizeof canonical);
        float again[32] = {0};
        ingot_tensor_from_canonical(&tensors[t], canonical, again);
        assert_memory_equal(again + at, turned + at, sizeof canonical);
    }
    for (size_t i = 12; i < 16; i++) assert_true(plain[i] == 0); /* padding */
    for (size_t i = 16; i < 28; i++) assert_true(plain[i] >= -1 && plain[i] < 1);
}

static void initial_weights_have_the_moments_asked_for(void **state) {
    (void)state;
    enum { N = 20000 };
    const ingot_tensor tensors[2] = {
        {"n", INGOT_PARAMETER, 1, {N}, 0, 0, N, INGOT_INIT_NORMAL, 0.5, 2},
        {"u", INGOT_PARAMETER, 1, {N}, 0, N, N, INGOT_INIT_UNIFORM, -3, 1}};
    const ingot_program program = {.state_floats = 2 * N, .tensor_count = 2, .tensors = tensors};
    const double means[2] = {0.5, -1}, deviations[2] = {2, 4 / sqrt(12)};
    float *values = malloc(2 * N * sizeof *values);
    ingot_init_state(&program, values);
    for (int t = 0; t < 2; t++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < N; i++) {
            const double v = (double)values[t * N + i];
            sum += v;
            squares += v * v;
        }
        const double mean = sum / N, deviation = sqrt(squares / N - mean * mean);
        assert_true(fabs(mean - means[t]) < 5 * deviations[t] / sqrt(N));
        assert_true(fabs(deviation - deviations[t]) < 0.03 * deviations[t]);
    }
    free(values);
}

static void a_signal_ends_it_after_the_step(void **state) {
    (void)state;
    tiny.signal_at_step = -1;
    stop = 1;
    assert_int_equal(train(), INGOT_OK);
    assert_true(result.interrupted);
    assert_int_equal(result.steps, 1);
    assert_int_equal(result.epochs_done, 0);
    assert_true(ingot_engine_state(engine)[48] == TINY_BATCH);
}

static void says(const char *part) {
    if (!strstr(error.text, part)) fail_msg("'%s' lacks '%s'", error.text, part);
}

static void names_the_first_bad_node(void **state) {
    (void)state;
    tiny.nan_at_step = 9;
    assert_int_equal(train(), INGOT_FAILED);
    says("epoch 2, step 10: the loss is NaN");
    says("loss.y of loss (cross_entropy, kernel c): element 0 is NaN");
    assert_int_equal(result.epochs_done, 1);
    /* the weights are those of the first epoch */
    assert_true(ingot_engine_state(engine)[48] == TINY_TRAIN);
}

static void names_the_bad_input(void **state) {
    (void)state;
    tiny.nan_sample = 17;
    assert_int_equal(train(), INGOT_FAILED);
    says("the input from item17 holds NaN");
    assert_int_equal(result.epochs_done, 0);
    assert_true(ingot_engine_state(engine)[48] == 0);
}

static void names_the_bad_parameter(void **state) {
    (void)state;
    tiny.inf_weight_step = 2;
    assert_int_equal(train(), INGOT_FAILED);
    says("epoch 1, step 4");
    says("parameter fc.bias is not finite since an earlier step");
}

static void finds_bad_parameters_at_the_end_of_an_epoch(void **state) {
    (void)state;
    tiny.inf_weight_step = 6;
    assert_int_equal(train(), INGOT_FAILED);
    says("parameter fc.bias is not finite after step 7");
    assert_int_equal(result.epochs_done, 0);
}

static void evaluates_per_sample_and_per_item(void **state) {
    (void)state;
    ingot_evaluation evaluation;
    assert_int_equal(train(), INGOT_OK);
    assert_int_equal(
        ingot_evaluate(engine, dataset, store, INGOT_TEST, NULL, NULL, NULL, &evaluation, &error),
        INGOT_OK);
    assert_int_equal(evaluation.samples.rows, TINY_TEST);
    assert_int_equal(evaluation.items.rows, TINY_TEST / TINY_TEST_SEGMENTS);
    assert_true(evaluation.samples.accuracy > 0.8);
    assert_int_equal(evaluation.items.by_class[0].support, 2);
    assert_int_equal(evaluation.items.by_class[1].support, 1);
    ingot_evaluation_free(&evaluation);
    tiny.nan_sample = TINY_TRAIN + TINY_VALIDATION + 4;
    assert_int_equal(
        ingot_evaluate(engine, dataset, store, INGOT_TEST, NULL, NULL, NULL, &evaluation, &error),
        INGOT_FAILED);
    says("probabilities of item61 are not finite");
    stop = 1;
    assert_int_equal(
        ingot_evaluate(engine, dataset, store, INGOT_TEST, &stop, NULL, NULL, &evaluation, &error),
        INGOT_OK);
    assert_true(evaluation.interrupted);
    ingot_evaluation_free(&evaluation);
}

static void a_plan_that_does_not_fit_is_refused(void **state) {
    (void)state;
    ingot_program program = ingot_the_program;
    program.training.steps_per_epoch = 8; /* more than the data gives */
    ingot_engine_free(engine);
    assert_int_equal(ingot_engine_new(&program, 1, INGOT_USE_TRAIN, &engine, &error), INGOT_OK);
    assert_int_equal(train(), INGOT_FAILED);
    says("damaged");
    ingot_engine_free(engine);
    free(result.epochs);
    program.data.samples[INGOT_TRAIN] = 0;
    assert_int_equal(ingot_engine_new(&program, 1, INGOT_USE_TRAIN, &engine, &error), INGOT_OK);
    assert_int_equal(train(), INGOT_FAILED);
    says("nothing to train on");
    ingot_engine_free(engine);
    engine = NULL;
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, end)
    const struct CMUnitTest tests[] = {
        CASE(learns_and_visits_every_sample),
        CASE(two_trainings_end_with_the_same_bits),
        CASE(each_epoch_has_an_order_of_its_own),
        CASE(initial_weights_do_not_depend_on_their_order_in_memory),
        CASE(initial_weights_have_the_moments_asked_for),
        CASE(a_signal_ends_it_after_the_step),
        CASE(names_the_first_bad_node),
        CASE(names_the_bad_input),
        CASE(names_the_bad_parameter),
        CASE(finds_bad_parameters_at_the_end_of_an_epoch),
        CASE(evaluates_per_sample_and_per_item),
        CASE(a_plan_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
