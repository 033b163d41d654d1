/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * What is known of files (data/known.h): an unchanged file is known, a changed, a replaced and a
 * just written one are not, and a damaged file of facts is none.
 */
/* link: runtime/data/known.c runtime/base/error.c runtime/base/file.c runtime/base/writer.c
 * runtime/base/sha256.c ; libs: crypto cmocka */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "data/known.h"

static char folder[] = "/tmp/ingot-known-XXXXXX";
static ingot_error why;

static char *in(const char *name) {
    return ingot_join(folder, name);
}

static void write_text(const char *name, const char *text) {
    char *path = in(name);
    assert_int_equal(ingot_write_file(path, text, strlen(text), NULL, &why), INGOT_OK);
    free(path);
}

static ingot_known *open_facts(const char *what, int fresh) {
    ingot_known *known;
    char *path = in("facts");
    assert_int_equal(ingot_known_open(path, what, fresh, &known, &why), INGOT_OK);
    free(path);
    return known;
}

/* As a reader does it; `moved` shifts the clock forward, so that what was just written is old.
 * Returns 1 where the file was known. */
static int look(ingot_known *known, const char *name, int64_t moved, ingot_file *file) {
    ingot_seen seen;
    char *full = in(name);
    *file = (ingot_file){0};
    const int known_already = ingot_known_find(known, name, full, &seen, file);
    if (!known_already) {
        seen.taken += moved;
        assert_int_equal(ingot_sha256_file(full, file->sha256, &file->bytes, &why), INGOT_OK);
        file->records = 3;
        file->frames = 1234567890123;
        if (name[0] == 'p') file->problem = "not a sound";
        assert_int_equal(ingot_known_keep(known, name, full, &seen, file, &why), INGOT_OK);
    }
    free(full);
    return known_already;
}

static int known_now(const char *what, const char *name, ingot_file *file) {
    ingot_known *known = open_facts(what, 0);
    ingot_seen seen;
    char *full = in(name);
    *file = (ingot_file){0};
    const int found = ingot_known_find(known, name, full, &seen, file);
    if (found && file->problem) assert_string_equal(file->problem, "not a sound");
    free(full);
    ingot_known_close(known);
    return found;
}

static void learn(int64_t moved) {
    ingot_file file;
    ingot_known *known = open_facts("a", 0);
    look(known, "x", moved, &file);
    look(known, "p", moved, &file);
    assert_int_equal(ingot_known_save(known, &why), INGOT_OK);
    ingot_known_close(known);
}

static void test_unchanged_and_changed(void **state) {
    (void)state;
    ingot_file file;
    write_text("x", "12345");
    write_text("p", "abc");
    /* just written: the next write may have the same times */
    learn(0);
    assert_false(known_now("a", "x", &file));
    learn(INGOT_KNOWN_RACY + 1000000000);
    assert_true(known_now("a", "x", &file));
    assert_int_equal(file.bytes, 5);
    assert_int_equal(file.records, 3);
    assert_true(file.frames == 1234567890123);
    assert_null(file.problem);
    assert_true(known_now("a", "p", &file));
    assert_false(known_now("another reader", "x", &file));
    ingot_known *fresh = open_facts("a", 1);
    ingot_seen seen;
    char *full = in("x");
    assert_false(ingot_known_find(fresh, "x", full, &seen, &file));
    ingot_known_close(fresh);
    /* same size, and a modification time set back: the change time tells */
    struct stat before;
    assert_int_equal(stat(full, &before), 0);
    write_text("x", "54321");
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, full, times, 0), 0);
    assert_false(known_now("a", "x", &file));
    assert_true(known_now("a", "p", &file));
    free(full);
}

static void test_a_flipped_bit(void **state) {
    (void)state;
    ingot_file file;
    char *bytes, *path = in("facts");
    size_t size;
    write_text("x", "12345");
    write_text("p", "abc");
    learn(INGOT_KNOWN_RACY + 1000000000);
    assert_int_equal(ingot_read_file(path, 1 << 20, &bytes, &size, &why), INGOT_OK);
    for (size_t i = 0; i < size; i += i + 90 < size ? 3 : 1) {
        bytes[i] ^= 1;
        assert_int_equal(ingot_write_file(path, bytes, size, NULL, &why), INGOT_OK);
        assert_false(known_now("a", "x", &file));
        bytes[i] ^= 1;
    }
    for (size_t length = 0; length < size; length += 7) {
        assert_int_equal(ingot_write_file(path, bytes, length, NULL, &why), INGOT_OK);
        assert_false(known_now("a", "x", &file));
    }
    assert_int_equal(ingot_write_file(path, bytes, size, NULL, &why), INGOT_OK);
    assert_true(known_now("a", "x", &file));
    free(bytes);
    free(path);
}

static void test_changes_while_read(void **state) {
    (void)state;
    ingot_seen seen;
    ingot_file file = {0};
    char *full = in("x");
    write_text("x", "12345");
    assert_false(ingot_known_find(NULL, "x", full, &seen, &file));
    write_text("x", "123456");
    assert_int_equal(ingot_known_keep(NULL, "x", full, &seen, &file, &why), INGOT_FAILED);
    assert_non_null(strstr(why.text, "/x: changed while it was read"));
    free(full);
}

static int set_up(void **state) {
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state) {
    (void)state;
    return ingot_remove_tree(folder, NULL) != INGOT_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unchanged_and_changed),
        cmocka_unit_test(test_a_flipped_bit),
        cmocka_unit_test(test_changes_while_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
