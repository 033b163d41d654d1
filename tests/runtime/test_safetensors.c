/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * train/safetensors.h: a file of the reference package (tests/vectors/make_safetensors.py), what we
 * write ourselves, and every way in which a file can be wrong.
 */
/* clang-format off */
/* link: runtime/train/safetensors.c runtime/train/safetensors_write.c runtime/base/error.c runtime/base/file.c runtime/base/writer.c runtime/base/sha256.c runtime/base/json.c ; libs: crypto jansson m cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "tests/support/scratch.h"
#include "train/safetensors.h"

static ingot_safetensors *file;

static void reads_the_reference_package(void **state) {
    (void)state;
    assert_ok(
        ingot_safetensors_read("tests/vectors/safetensors/reference.safetensors", &file, &error));
    assert_int_equal(file->tensor_count, 7);
    assert_string_equal(ingot_safetensors_metadata(file, "made_by"), "safetensors");
    assert_string_equal(ingot_safetensors_metadata(file, "\xc3\xbcmlaut"), "gr\xc3\xbcn");
    assert_null(ingot_safetensors_metadata(file, "none"));
    assert_null(ingot_safetensors_find(file, "none"));
    static const struct {
        const char *name;
        float expected[6];
    } cases[] = {
        {"f64", {0, 1, -2.5f, 65504, 6e-8f, 0.099975586f}},
        {"f32", {0, 1, -2.5f, 65504, 6e-8f, 0.099975586f}},
        {"f16", {0, 1, -2.5f, 65504, 0x1p-24f, 0x1.998p-4f}}, /* a subnormal */
        {"bf16", {0, 1, -2.5f, 65536, 0x1.02p-24f, 0x1.9ap-4f}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ingot_saved_tensor *tensor = ingot_safetensors_find(file, cases[i].name);
        float values[6];
        assert_non_null(tensor);
        assert_int_equal(tensor->rank, 2);
        assert_int_equal(tensor->shape[0], 2);
        assert_int_equal(tensor->shape[1], 3);
        assert_ok(ingot_saved_to_float("x", tensor, values, &error));
        for (int k = 0; k < 6; k++) assert_true(values[k] == cases[i].expected[k]);
        assert_int_equal(ingot_saved_not_finite(tensor), -1);
    }
    float scalar;
    assert_ok(ingot_saved_to_float("x", ingot_safetensors_find(file, "scalar"), &scalar, &error));
    assert_true(scalar == 7);
    assert_int_equal(ingot_saved_count(ingot_safetensors_find(file, "empty")), 0);
    assert_fails(ingot_saved_to_float("x", ingot_safetensors_find(file, "i64"), &scalar, &error),
                 INGOT_FAILED, "x: tensor 'i64': I64, expected floats");
    ingot_safetensors_free(file);
}

static void writes_what_it_reads(void **state) {
    (void)state;
    scratch_begin();
    float weights[6] = {1, 2, 3, 4, 5, -0.0f}, bias[2] = {INFINITY, 0.5f};
    int64_t step = 12;
    ingot_saved_tensor tensors[] = {
        {.name = "z.weight", .dtype = INGOT_F32, .rank = 2, .shape = {2, 3}, .data = weights},
        {.name = "a \"b\"\xc3\xbc", .dtype = INGOT_F32, .rank = 1, .shape = {2}, .data = bias},
        {.name = "empty", .dtype = INGOT_F32, .rank = 1, .shape = {0}},
        {.name = "step", .dtype = INGOT_I64, .rank = 0, .data = &step},
    };
    ingot_saved_metadata metadata[] = {{"stamp", "00ff"}, {"a", "x\"y"}};
    uint8_t digest[32], again[32];
    uint64_t bytes;
    assert_ok(
        ingot_safetensors_write(in_scratch("w"), tensors, 4, metadata, 2, digest, &bytes, &error));
    assert_ok(
        ingot_safetensors_write(in_scratch("w2"), tensors, 4, metadata, 2, again, NULL, &error));
    assert_memory_equal(digest, again, 32);
    assert_ok(ingot_safetensors_read(in_scratch("w"), &file, &error));
    assert_int_equal(file->tensor_count, 4);
    assert_string_equal(file->metadata[0].key, "stamp");
    assert_string_equal(file->metadata[1].value, "x\"y");
    const ingot_saved_tensor *read = ingot_safetensors_find(file, "z.weight");
    assert_memory_equal(read->data, weights, sizeof weights);
    assert_int_equal((uintptr_t)read->data % 8, (uintptr_t)file->file % 8); /* header padded */
    assert_int_equal(ingot_saved_not_finite(ingot_safetensors_find(file, "a \"b\"\xc3\xbc")), 0);
    assert_ok(ingot_saved_digest(tensors, 4, digest, &error));
    assert_ok(ingot_saved_digest(tensors, 3, again, &error));
    assert_memory_not_equal(digest, again, 32);
    ingot_safetensors_free(file);
    const char *kept = getenv("INGOT_TEST_KEEP"); /* for make_safetensors.py to read */
    if (kept != NULL) {
        assert_ok(ingot_safetensors_write(kept, tensors, 4, metadata, 2, NULL, NULL, &error));
    }
    tensors[1].name = "z.weight";
    assert_fails(ingot_safetensors_write(in_scratch("w"), tensors, 4, NULL, 0, NULL, NULL, &error),
                 INGOT_FAILED, "~/w: 'z.weight': there twice, or no name for a tensor");
    tensors[1].name = "b";
    tensors[1].bytes = 4;
    assert_fails(ingot_safetensors_write(in_scratch("w"), tensors, 4, NULL, 0, NULL, NULL, &error),
                 INGOT_FAILED, "~/w: tensor 'b': shape and size do not fit");
    assert_int_equal(files_in("."), 2);
    scratch_end();
}

/* A file of this header and so many bytes of data. */
static ingot_status parse(const char *header, size_t data) {
    size_t length = strlen(header);
    uint64_t said = length;
    char *bytes = calloc(1, 8 + length + data);
    memcpy(bytes, &said, 8);
    memcpy(bytes + 8, header, length);
    ingot_status status = ingot_safetensors_parse("f", bytes, 8 + length + data, &file, &error);
    free(bytes);
    if (status == INGOT_OK) ingot_safetensors_free(file);
    return status;
}

static void refuses_what_is_wrong(void **state) {
    (void)state;
    static const struct {
        const char *header;
        size_t data;
        const char *message;
    } cases[] = {
        {"{", 0, "f: header: not JSON: line 1, column 1: string or '}' expected near end of file"},
        {"[]", 0, "f: the header is not an object"},
        {"{\"a\":1}", 0, "f: tensor 'a': its description is not an object"},
        {"{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "f: tensor 'a': no dtype"},
        {"{\"a\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
         "f: tensor 'a': dtype F8 is not one of F64, F32, F16, BF16, I64"},
        {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "f: tensor 'a': no shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4,
         "f: tensor 'a': a dimension is not an integer from 0"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4,
         "f: tensor 'a': more than 8 dimensions"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", 4,
         "f: tensor 'a': its shape overflows"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4,
         "f: tensor 'a': data_offsets are not two"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4,
         "f: tensor 'a': its data end before they begin"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
         "f: tensor 'a': its shape needs 8 bytes, its offsets give 4"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7,
         "f: truncated: tensor 'a' ends at byte 8 of the data, there are 7"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5,
         "f: 1 bytes after the last tensor"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
         "f: tensor 'a': its data begin at byte 4, after a hole from 0"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
         8, "f: tensor 'b': its data begin at byte 4, inside those of another that end at 8"},
        {"{\"__metadata__\":[]}", 0, "f: __metadata__ is not an object"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "f: __metadata__: 'a' is not a string"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_fails(parse(cases[i].header, cases[i].data), INGOT_FAILED, cases[i].message);
    }
    assert_ok(parse("{}      ", 0));
    assert_fails(ingot_safetensors_parse("f", "abc", 3, &file, &error), INGOT_FAILED,
                 "f: not a safetensors file: 3 bytes");
    assert_fails(ingot_safetensors_parse("f", "\xff\0\0\0\0\0\0\0{}", 10, &file, &error),
                 INGOT_FAILED, "f: truncated: a header of 255 bytes in a file of 10");
    assert_fails(ingot_safetensors_parse("f", "notasafetensors", 15, &file, &error), INGOT_FAILED,
                 "f: not a safetensors file: a header of 7306634593639362414 bytes, at most "
                 "100000000");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_reference_package),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(refuses_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
