/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Weights that training starts from: what must be in the file, what must not, what is told of both.
 */
/* clang-format off */
/* link: tests/support/tiny_program.c tests/support/tiny_store.c runtime/train/pretrained.c runtime/train/weights.c runtime/train/safetensors.c runtime/train/safetensors_write.c runtime/train/diagnose.c runtime/train/evaluate.c runtime/train/scores.c runtime/train/engine.c runtime/train/init.c runtime/train/metrics.c runtime/train/metrics_ranking.c runtime/train/metrics_regression.c runtime/data/loader.c runtime/data/augment_draw.c runtime/base/error.c runtime/base/file.c runtime/base/writer.c runtime/base/sha256.c runtime/base/json.c ; libs: jansson crypto m cmocka */
/* clang-format on */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "tests/support/tiny_program.h"
#include "train/init.h"
#include "train/pretrained.h"
#include "train/weights.h"

enum { FLOATS = 112, MODEL = 64, MANY = 100 }; /* of the tiny program; the model lies first */

static char folder[] = "/tmp/ingot-pretrained-XXXXXX";
static char path[64], hex[65];
static float saved[FLOATS], state[FLOATS];
static ingot_error error;
static ingot_tensor tensors[MANY];
static ingot_program program;
static ingot_pretrained from;
static const ingot_weights_note note = {.data = "d", .epochs = 3, .threads = 2};

static int begin(void **unused) {
    (void)unused;
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/w.safetensors", folder);
    return 0;
}

static int end(void **unused) {
    (void)unused;
    unlink(path);
    return rmdir(folder);
}

/* Writes the file as a program with the tensors of `program` would, and asks for it. */
static void write_file(void) {
    assert_int_equal(ingot_weights_save(&program, saved, &note, path, hex, &error), INGOT_OK);
    from = (ingot_pretrained){.path = path, .sha256 = hex};
}

static int fresh(void **unused) {
    (void)unused;
    program = ingot_the_program;
    memcpy(tensors, program.tensors, (size_t)program.tensor_count * sizeof *tensors);
    program.tensors = tensors;
    program.pretrained = &from;
    for (int i = 0; i < FLOATS; i++) saved[i] = (float)i + 0.5f;
    ingot_init_state(&program, state);
    write_file();
    return 0;
}

/* The tensors a run has, where the file was written with others. */
static void runs_as(const char *name, int tensor) {
    tensors[tensor].name = name;
}

static void refuses(ingot_status status, const char *part) {
    float before[FLOATS];
    memcpy(before, state, sizeof before);
    assert_int_equal(ingot_pretrained_load(&program, state, &error), status);
    if (!strstr(error.text, part)) fail_msg("'%s' lacks '%s'", error.text, part);
    if (!strstr(error.text, path)) fail_msg("'%s' does not name the file", error.text);
    assert_memory_equal(before, state, sizeof before);
}

static void the_model_comes_from_the_file(void **unused) {
    (void)unused;
    float optimizer[FLOATS - MODEL];
    memcpy(optimizer, state + MODEL, sizeof optimizer);
    assert_int_equal(ingot_pretrained_load(&program, state, &error), INGOT_OK);
    for (int t = 0; t < program.tensor_count; t++) {
        const ingot_tensor *one = &tensors[t];
        if (one->role == INGOT_OPTIMIZER) continue;
        assert_memory_equal(state + one->offset, saved + one->offset, one->count * sizeof(float));
    }
    assert_memory_equal(state + MODEL, optimizer, sizeof optimizer);
}

static void what_is_fresh_stays_and_what_is_unused_may_be_there(void **unused) {
    (void)unused;
    static const char *const fresh_names[] = {"head.bias"}, *const unused_names[] = {"fc.bias"};
    int bias = 0;
    while (strcmp(tensors[bias].name, "fc.bias") != 0) bias++;
    runs_as("head.bias", bias);
    refuses(INGOT_FAILED, "pretrained weights: lacks head.bias");
    from.fresh = fresh_names;
    from.fresh_count = 1;
    refuses(INGOT_FAILED, "has tensors that the model does not: fc.bias");
    from.unused = unused_names;
    from.unused_count = 1;
    const float kept = state[tensors[bias].offset];
    assert_int_equal(ingot_pretrained_load(&program, state, &error), INGOT_OK);
    assert_true(state[tensors[bias].offset] == kept);
    assert_true(state[tensors[0].offset] == saved[tensors[0].offset]);
}

static void what_the_file_calls_otherwise_is_found(void **unused) {
    (void)unused;
    static const char *const renamed[][2] = {{"head.bias", "fc.bias"}};
    int bias = 0;
    while (strcmp(tensors[bias].name, "fc.bias") != 0) bias++;
    runs_as("head.bias", bias);
    refuses(INGOT_FAILED, "pretrained weights: lacks head.bias");
    from.renamed = renamed;
    from.renamed_count = 1;
    assert_int_equal(ingot_pretrained_load(&program, state, &error), INGOT_OK);
    const ingot_tensor *one = &tensors[bias];
    assert_memory_equal(state + one->offset, saved + one->offset, one->count * sizeof(float));
}

static void counters_of_batch_norms_are_ignored(void **unused) {
    (void)unused;
    tensors[program.tensor_count] = (ingot_tensor){.name = "bn1.num_batches_tracked",
                                                   .role = INGOT_BUFFER,
                                                   .rank = 1,
                                                   .shape = {1},
                                                   .offset = 0,
                                                   .count = 1};
    program.tensor_count++;
    write_file();
    program.tensor_count--;
    assert_int_equal(ingot_pretrained_load(&program, state, &error), INGOT_OK);
}

static void shapes_are_told_side_by_side(void **unused) {
    (void)unused;
    int weight = 0;
    while (strcmp(tensors[weight].name, "fc.weight") != 0) weight++;
    tensors[weight].shape[0] = 2;
    refuses(INGOT_FAILED, "fc.weight is [3, 6] in the file, [2, 6] here");
    tensors[weight].rank = 1;
    refuses(INGOT_FAILED, "fc.weight is [3, 6] in the file, [2] here");
}

static void long_lists_end_with_a_count(void **unused) {
    (void)unused;
    static char names[MANY][48];
    const int first = program.tensor_count;
    for (int i = first; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "a.layer.of.many.with.a.long.name.%d", i);
        tensors[i] = (ingot_tensor){
            .name = names[i], .role = INGOT_BUFFER, .rank = 1, .shape = {1}, .count = 1};
    }
    program.tensor_count = MANY;
    refuses(INGOT_FAILED, "pretrained weights: lacks a.layer.of.many.with.a.long.name.");
    if (!strstr(error.text, " more")) fail_msg("'%s' does not say how many more", error.text);
    write_file();
    program.tensor_count = first;
    refuses(INGOT_FAILED, "has tensors that the model does not: a.layer.of.many");
}

/* What writes weights refuses such values, so that one is put into the file. */
static void values_are_finite(void **unused) {
    (void)unused;
    const float bad = NAN;
    char *bytes;
    size_t size, at = 0;
    uint8_t digest[32];
    assert_int_equal(ingot_read_file(path, 1 << 16, &bytes, &size, &error), INGOT_OK);
    while (memcmp(bytes + at, &saved[tensors[0].offset], sizeof bad) != 0) at++;
    memcpy(bytes + at, &bad, sizeof bad);
    assert_int_equal(ingot_write_file(path, bytes, size, digest, &error), INGOT_OK);
    ingot_hex(digest, sizeof digest, hex);
    free(bytes);
    refuses(INGOT_FAILED, " is not finite at element 0");
}

static void another_file_is_not_that_of_the_lock(void **unused) {
    (void)unused;
    char other[65];
    memset(other, 'a', 64);
    other[64] = 0;
    from.sha256 = other;
    refuses(INGOT_LOCK_MISMATCH, hex);
    refuses(INGOT_LOCK_MISMATCH, other);
    unlink(path);
    refuses(INGOT_FAILED, "the weights that training starts from");
}

static void a_damaged_file_is_refused(void **unused) {
    (void)unused;
    uint8_t digest[32];
    assert_int_equal(ingot_write_file(path, "\1\2\3", 3, digest, &error), INGOT_OK);
    ingot_hex(digest, sizeof digest, hex);
    refuses(INGOT_FAILED, "safetensors");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_model_comes_from_the_file, fresh),
        cmocka_unit_test_setup(what_is_fresh_stays_and_what_is_unused_may_be_there, fresh),
        cmocka_unit_test_setup(what_the_file_calls_otherwise_is_found, fresh),
        cmocka_unit_test_setup(counters_of_batch_norms_are_ignored, fresh),
        cmocka_unit_test_setup(shapes_are_told_side_by_side, fresh),
        cmocka_unit_test_setup(long_lists_end_with_a_count, fresh),
        cmocka_unit_test_setup(values_are_finite, fresh),
        cmocka_unit_test_setup(another_file_is_not_that_of_the_lock, fresh),
        cmocka_unit_test_setup(a_damaged_file_is_refused, fresh),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
