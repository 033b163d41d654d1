/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Weights: saved in canonical order, loaded whatever the order, refused where they do not fit.
 */
/* clang-format off */
/* link: tests/support/tiny_program.c tests/support/tiny_store.c runtime/data/loader.c runtime/data/augment_draw.c runtime/train/weights.c runtime/train/safetensors.c runtime/train/safetensors_write.c runtime/train/diagnose.c runtime/train/evaluate.c runtime/train/scores.c runtime/train/engine.c runtime/train/init.c runtime/train/metrics.c runtime/train/metrics_ranking.c runtime/train/metrics_regression.c runtime/base/error.c runtime/base/file.c runtime/base/writer.c runtime/base/sha256.c runtime/base/json.c ; libs: jansson crypto m cmocka */
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

#include "tests/support/tiny_program.h"
#include "train/init.h"
#include "train/safetensors.h"
#include "train/weights.h"

static char folder[] = "/tmp/ingot-weights-XXXXXX";
static char path[64];
static float state[112], loaded[112];
static ingot_error error;
static char hex[65];
static const ingot_weights_note note = {.data = "d", .epochs = 3, .threads = 2};

static int start(void **unused) {
    (void)unused;
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/w.safetensors", folder);
    return 0;
}

static int end(void **unused) {
    (void)unused;
    unlink(path);
    return rmdir(folder); /* nothing but the file may be left */
}

static int fresh(void **unused) {
    (void)unused;
    ingot_init_state(&ingot_the_program, state);
    memset(loaded, 0, sizeof loaded);
    return ingot_weights_save(&ingot_the_program, state, &note, path, hex, &error);
}

static void refuses(const ingot_program *program, int any_stamp, const char *part) {
    float before[112];
    memcpy(before, loaded, sizeof before);
    assert_int_equal(ingot_weights_load(program, path, any_stamp, loaded, &error), INGOT_FAILED);
    if (!strstr(error.text, part)) fail_msg("'%s' lacks '%s'", error.text, part);
    if (!strstr(error.text, path)) fail_msg("'%s' does not name the file", error.text);
    assert_memory_equal(before, loaded, sizeof before);
}

static void come_back_as_they_went(void **unused) {
    (void)unused;
    assert_int_equal(ingot_weights_load(&ingot_the_program, path, 0, loaded, &error), INGOT_OK);
    assert_memory_equal(state, loaded, 64 * sizeof(float)); /* what follows is the optimizer's */
}

static void are_saved_in_canonical_order(void **unused) {
    (void)unused;
    ingot_safetensors *file;
    assert_int_equal(ingot_safetensors_read(path, &file, &error), INGOT_OK);
    assert_int_equal(file->tensor_count, 3);
    assert_string_equal(ingot_safetensors_metadata(file, "stamp"), ingot_the_program.stamp);
    assert_string_equal(ingot_safetensors_metadata(file, "epochs"), "3");
    assert_null(ingot_safetensors_metadata(file, "interrupted"));
    const ingot_saved_tensor *w = ingot_safetensors_find(file, "fc.weight");
    assert_int_equal(w->shape[0], 3);
    float values[18];
    assert_int_equal(ingot_saved_to_float(path, w, values, &error), INGOT_OK);
    for (int r = 0; r < 3; r++) {
        for (int c = 0; c < 6; c++) assert_true(values[r * 6 + c] == state[c * 3 + r]);
    }
    ingot_safetensors_free(file);
}

static void equal_weights_are_equal_bytes(void **unused) {
    (void)unused;
    char again[65];
    assert_int_equal(ingot_weights_save(&ingot_the_program, state, &note, path, again, &error),
                     INGOT_OK);
    assert_string_equal(hex, again);
    state[0] += 1;
    assert_int_equal(ingot_weights_save(&ingot_the_program, state, &note, path, again, &error),
                     INGOT_OK);
    assert_true(strcmp(hex, again) != 0);
}

static void load_in_any_order(void **unused) {
    (void)unused;
    float weight[18], bias[3] = {1, 2, 3}, seen = 9;
    for (int i = 0; i < 18; i++) weight[i] = (float)i;
    int64_t batches = 4;
    const ingot_saved_tensor tensors[] = {
        {"seen", INGOT_F32, 1, {1}, &seen, 0},
        {"bn.num_batches_tracked", INGOT_I64, 0, {0}, &batches, 0},
        {"fc.bias", INGOT_F32, 1, {3}, bias, 0},
        {"fc.weight", INGOT_F32, 2, {3, 6}, weight, 0}};
    assert_int_equal(ingot_safetensors_write(path, tensors, 4, NULL, 0, NULL, NULL, &error),
                     INGOT_OK);
    refuses(&ingot_the_program, 0, "no stamp; --any-stamp");
    assert_int_equal(ingot_weights_load(&ingot_the_program, path, 1, loaded, &error), INGOT_OK);
    assert_true(loaded[32] == 1 && loaded[48] == 9);
    assert_true(loaded[1 * 3 + 2] == 13); /* row 2, column 1 */
}

static void of_another_model_are_refused(void **unused) {
    (void)unused;
    ingot_program program = ingot_the_program;
    ingot_tensor tensors[5];
    memcpy(tensors, program.tensors, sizeof tensors);
    program.tensors = tensors;
    tensors[0].shape[0] = 6, tensors[0].shape[1] = 3;
    refuses(&program, 1, "fc.weight is [3, 6] in the file, [6, 3] here");
    tensors[0] = ingot_the_program.tensors[0];
    tensors[1].name = "fc.offset";
    refuses(&program, 1, "another model: fc.offset is missing");
    tensors[1] = ingot_the_program.tensors[1];
    tensors[2].role = INGOT_OPTIMIZER;
    refuses(&program, 1, "another model: seen is unknown here");
    tensors[2] = ingot_the_program.tensors[2];
    program.stamp = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    refuses(&program, 0, "of stamp 001122334455 and this executable is ff1122334455");
    assert_int_equal(ingot_weights_load(&program, path, 1, loaded, &error), INGOT_OK);
}

static void that_are_not_finite_are_refused(void **unused) {
    (void)unused;
    float weight[18] = {0}, bias[3] = {1, NAN, 3}, seen = 9;
    const ingot_saved_tensor tensors[] = {{"fc.weight", INGOT_F32, 2, {3, 6}, weight, 0},
                                          {"fc.bias", INGOT_F32, 1, {3}, bias, 0},
                                          {"seen", INGOT_F32, 1, {1}, &seen, 0}};
    assert_int_equal(ingot_safetensors_write(path, tensors, 3, NULL, 0, NULL, NULL, &error),
                     INGOT_OK);
    refuses(&ingot_the_program, 1, "fc.bias is not finite at element 1");
    state[33] = INFINITY;
    assert_int_equal(ingot_weights_save(&ingot_the_program, state, &note, path, hex, &error),
                     INGOT_FAILED);
    assert_non_null(strstr(error.text, "fc.bias is not finite"));
}

static void that_are_damaged_or_missing_are_refused(void **unused) {
    (void)unused;
    assert_int_equal(truncate(path, 100), 0);
    refuses(&ingot_the_program, 1, path);
    unlink(path);
    refuses(&ingot_the_program, 1, "No such file");
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup(f, fresh)
    const struct CMUnitTest tests[] = {
        CASE(come_back_as_they_went),
        CASE(are_saved_in_canonical_order),
        CASE(equal_weights_are_equal_bytes),
        CASE(load_in_any_order),
        CASE(of_another_model_are_refused),
        CASE(that_are_not_finite_are_refused),
        CASE(that_are_damaged_or_missing_are_refused),
    };
    return cmocka_run_group_tests(tests, start, end);
}
