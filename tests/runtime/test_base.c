/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The small things of runtime/base: errors, SHA-256 against FIPS 180-4's examples, JSON's form, the
 * CPU check on made-up CPUs, jobs on threads.
 */
/* clang-format off */
/* link: runtime/base/error.c runtime/base/sha256.c runtime/base/json.c runtime/base/cpu.c runtime/base/parallel.c runtime/base/file.c ; libs: crypto jansson cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/cpu.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "tests/support/scratch.h"

/* ------------------------------------------------------------------ errors */

static void error_is_one_line(void **state) {
    (void)state;
    assert_fails(ingot_fail(&error, INGOT_FAILED, "a\nb\tc\x1b[1m %s\n", "gr\xc3\xbcn"),
                 INGOT_FAILED, "a b c?[1m gr\xc3\xbcn");
    assert_int_equal(ingot_fail_in(&error, INGOT_USAGE, "in %d", 7), INGOT_USAGE);
    assert_string_equal(error.text, "in 7: a b c?[1m gr\xc3\xbcn");
    assert_int_equal(ingot_fail(NULL, INGOT_GATE, "x"), INGOT_GATE);
    assert_int_equal(ingot_fail_in(NULL, INGOT_GATE, "x"), INGOT_GATE);
    /* the message as its own argument */
    assert_fails(ingot_fail(&error, INGOT_FAILED, "abc"), INGOT_FAILED, "abc");
    ingot_fail(&error, INGOT_FAILED, "<%s>", error.text);
    assert_string_equal(error.text, "<abc>");
}

static void error_is_cut_at_a_character(void **state) {
    (void)state;
    char text[4000];
    for (size_t i = 0; i + 2 < sizeof text; i += 2) memcpy(text + i, "\xc3\xbc", 3);
    for (int shift = 0; shift < 2; shift++) {
        ingot_fail(&error, INGOT_FAILED, "%s%s", shift ? "x" : "", text);
        size_t length = strlen(error.text);
        assert_true(length >= sizeof error.text - 2 && length < sizeof error.text);
        assert_int_equal((unsigned char)error.text[length - 1], 0xbc);
        json_t *valid = json_string(error.text);
        assert_non_null(valid);
        json_decref(valid);
        ingot_fail_in(&error, INGOT_FAILED, "%s", shift ? "around" : "round");
        valid = json_string(error.text);
        assert_non_null(valid);
        json_decref(valid);
    }
    ingot_fail(&error, INGOT_FAILED, "inner");
    ingot_fail_in(&error, INGOT_FAILED, "%s", text);
    assert_true(strlen(error.text) < sizeof error.text);
}

/* ------------------------------------------------------------------ SHA-256 */

static void check_sha256(const char *text, const char *expected) {
    uint8_t digest[32], back[32];
    char hex[INGOT_SHA256_HEX];
    assert_ok(ingot_sha256_of(text, strlen(text), digest, &error));
    ingot_hex(digest, 32, hex);
    assert_string_equal(hex, expected);
    assert_true(ingot_sha256_from_hex(hex, 64, back));
    assert_memory_equal(digest, back, 32);
}

static void sha256_examples(void **state) {
    (void)state;
    check_sha256("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_sha256("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void sha256_of_a_file_is_that_of_its_bytes(void **state) {
    (void)state;
    scratch_begin();
    size_t size = 600 * 1024 + 7; /* more than two chunks */
    uint8_t *bytes = malloc(size), whole[32], file[32];
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(i * 31 >> 3);
    put_file("x", bytes, size);
    uint64_t counted = 0;
    assert_ok(ingot_sha256_of(bytes, size, whole, &error));
    assert_ok(ingot_sha256_file(in_scratch("x"), file, &counted, &error));
    assert_int_equal(counted, size);
    assert_memory_equal(whole, file, 32);
    free(bytes);
    assert_fails(ingot_sha256_file(in_scratch("none"), file, NULL, &error), INGOT_FAILED,
                 "~/none: cannot open: No such file or directory");
    assert_fails(ingot_sha256_file(scratch, file, NULL, &error), INGOT_FAILED,
                 "~: cannot read: Is a directory");
    scratch_end();
}

static void hex_is_strict(void **state) {
    (void)state;
    uint8_t out[32];
    char hex[66];
    memset(hex, 'a', sizeof hex);
    hex[65] = '\0';
    assert_false(ingot_sha256_from_hex(hex, 65, out));
    assert_false(ingot_sha256_from_hex(hex, 63, out));
    assert_true(ingot_sha256_from_hex(hex, 64, out));
    hex[63] = 'A';
    assert_false(ingot_sha256_from_hex(hex, 64, out));
    hex[63] = 'g';
    assert_false(ingot_sha256_from_hex(hex, 64, out));
}

/* ------------------------------------------------------------------ JSON */

static void json_has_one_form(void **state) {
    (void)state;
    json_t *value = NULL;
    const char *text = "{\"b\":[1,2.50,1e300],\"a\":{\"z\":null,\"y\":0.1}}";
    assert_ok(ingot_json_parse(text, strlen(text), "x.json", &value, &error));
    assert_int_equal(json_object_set_new(value, "n", ingot_json_real((double)NAN)), 0);
    char *line = ingot_json_line(value), *pretty = ingot_json_text(value);
    assert_string_equal(line, "{\"a\":{\"y\":0.1,\"z\":null},\"b\":[1,2.5,1e300],\"n\":null}");
    assert_int_equal(pretty[strlen(pretty) - 1], '\n');
    free(line);
    free(pretty);
    json_decref(value);
    assert_fails(ingot_json_parse("{\"a\":1,\"a\":2}", 13, "x.json", &value, &error), INGOT_FAILED,
                 "x.json: not JSON: line 1, column 10: duplicate object key near '\"a\"'");
    assert_fails(ingot_json_parse("[1]x", 4, "x.json", &value, &error), INGOT_FAILED,
                 "x.json: not JSON: line 1, column 4: end of file expected near 'x'");
}

/* ------------------------------------------------------------------ CPU */

static void cpu_levels(void **state) {
    (void)state;
    char names[512];
    ingot_cpu all = {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0ull, "made up"}, none = {0};
    assert_int_equal(ingot_cpu_missing(&all, "x86-64-v4", names, sizeof names), 0);
    assert_string_equal(names, "");
    assert_int_equal(ingot_cpu_missing(&none, "x86-64", names, sizeof names), 0);
    assert_int_equal(ingot_cpu_missing(&none, "x86-64-v2", names, sizeof names), 7);
    assert_string_equal(names, "sse3, ssse3, cmpxchg16b, sse4.1, sse4.2, popcnt, lahf");
    assert_int_equal(ingot_cpu_missing(&all, "x86-64-v5", names, sizeof names), -1);
    assert_int_equal(ingot_cpu_missing(&none, "x86-64-v4", names, sizeof names), 23);
    /* Haswell: no AVX-512 */
    ingot_cpu haswell = all;
    haswell.leaf7_ebx &= ~((1u << 16) | (1u << 17) | (1u << 28) | (1u << 30) | (1u << 31));
    haswell.xcr0 = 7;
    assert_int_equal(ingot_cpu_missing(&haswell, "x86-64-v3", names, sizeof names), 0);
    assert_int_equal(ingot_cpu_missing(&haswell, "x86-64-v4", names, sizeof names), 6);
    assert_string_equal(names, "avx512f, avx512dq, avx512cd, avx512bw, avx512vl, "
                               "zmm registers saved by the operating system");
    /* AVX in the CPU, not in the system */
    ingot_cpu old = all;
    old.xcr0 = 3;
    assert_int_equal(ingot_cpu_missing(&old, "x86-64-v3", names, sizeof names), 1);
    assert_int_equal(ingot_cpu_missing(&all, "x86-64-v4-amx", names, sizeof names), 0);
    assert_int_equal(ingot_cpu_missing(&none, "x86-64-v4-amx", names, sizeof names), 29);
    /* Cooper Lake: bf16 without tiles */
    ingot_cpu cooper_lake = all;
    cooper_lake.leaf7_edx = 0;
    cooper_lake.xcr0 = 0xe7;
    assert_int_equal(ingot_cpu_missing(&cooper_lake, "x86-64-v4-bf16", names, sizeof names), 0);
    assert_int_equal(ingot_cpu_missing(&cooper_lake, "x86-64-v4-amx", names, sizeof names), 4);
    assert_string_equal(
        names, "amx_tile, amx_bf16, amx_int8, tile registers saved by the operating system");
    ingot_cpu skylake = cooper_lake;
    skylake.leaf7_ecx = skylake.leaf71_eax = 0;
    assert_int_equal(ingot_cpu_missing(&skylake, "x86-64-v4", names, sizeof names), 0);
    assert_int_equal(ingot_cpu_missing(&skylake, "x86-64-v4-bf16", names, sizeof names), 2);
    assert_string_equal(names, "avx512_vnni, avx512_bf16");
    char small[8];
    assert_int_equal(ingot_cpu_missing(&none, "x86-64-v2", small, sizeof small), 7);
    assert_true(strlen(small) < sizeof small);
}

static void cpu_of_this_machine(void **state) {
    (void)state;
    assert_ok(ingot_cpu_check("x86-64", &error));
    assert_fails(ingot_cpu_check("x86-64-v9", &error), INGOT_ENVIRONMENT,
                 "unknown instruction set 'x86-64-v9'");
    static const char *const levels[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v4-bf16"};
    __builtin_cpu_init();
    const int here[] = {__builtin_cpu_supports("x86-64-v2"), __builtin_cpu_supports("x86-64-v3"),
                        __builtin_cpu_supports("x86-64-v4"),
                        __builtin_cpu_supports("avx512bf16") &&
                            __builtin_cpu_supports("avx512vnni")};
    for (int i = 0; i < 4; i++) {
        ingot_status status = ingot_cpu_check(levels[i], &error);
        assert_int_equal(status, here[i] ? INGOT_OK : INGOT_ENVIRONMENT);
    }
}

/* ------------------------------------------------------------------ jobs */

static ingot_status mark(void *user, int64_t index, int32_t worker, ingot_error *why) {
    int *marks = user;
    __atomic_add_fetch(&marks[index], 1, __ATOMIC_RELAXED);
    if (worker < 0 || worker >= 4) return ingot_fail(why, INGOT_FAILED, "worker %d", worker);
    return INGOT_OK;
}

static ingot_status fail_from_30(void *user, int64_t index, int32_t worker, ingot_error *why) {
    (void)worker;
    __atomic_add_fetch((int *)user, 1, __ATOMIC_RELAXED);
    if (index < 30) return INGOT_OK;
    if (index == 30) usleep(2000); /* the others fail first */
    return ingot_fail(why, INGOT_LOCK_MISMATCH, "job %d", (int)index);
}

static void parallel_does_each_once(void **state) {
    (void)state;
    int marks[1000];
    for (int threads = 0; threads <= 4; threads += 2) {
        memset(marks, 0, sizeof marks);
        assert_ok(ingot_parallel(1000, threads, mark, marks, &error));
        for (int i = 0; i < 1000; i++) assert_int_equal(marks[i], 1);
    }
    assert_ok(ingot_parallel(0, 4, mark, marks, &error));
}

static void parallel_tells_the_lowest_failure(void **state) {
    (void)state;
    for (int threads = 1; threads <= 8; threads++) {
        int calls = 0;
        assert_fails(ingot_parallel(100000, threads, fail_from_30, &calls, &error),
                     INGOT_LOCK_MISMATCH, "job 30");
        assert_true(calls >= 31 && calls < 1000);
    }
    assert_true(ingot_cpu_count() >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_is_one_line),
        cmocka_unit_test(error_is_cut_at_a_character),
        cmocka_unit_test(sha256_examples),
        cmocka_unit_test(sha256_of_a_file_is_that_of_its_bytes),
        cmocka_unit_test(hex_is_strict),
        cmocka_unit_test(json_has_one_form),
        cmocka_unit_test(cpu_levels),
        cmocka_unit_test(cpu_of_this_machine),
        cmocka_unit_test(parallel_does_each_once),
        cmocka_unit_test(parallel_tells_the_lowest_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
