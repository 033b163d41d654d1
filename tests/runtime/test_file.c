/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * base/file.h: a file is there whole or not at all. The disk fills up by a file size limit of the
 * process (EFBIG) and, where the test may mount one, in a small tmpfs (ENOSPC).
 */
/* clang-format off */
/* link: runtime/base/error.c runtime/base/file.c runtime/base/writer.c runtime/base/sha256.c ; libs: crypto cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/support/scratch.h"

static char *content;
static size_t size;

static void expect_content(const char *name, const char *expected) {
    assert_ok(ingot_read_file(in_scratch(name), 1 << 20, &content, &size, &error));
    assert_string_equal(content, expected);
    assert_int_equal(size, strlen(expected));
    free(content);
}

static void write_and_replace(void **state) {
    (void)state;
    scratch_begin();
    uint8_t digest[32], again[32];
    assert_ok(ingot_write_file(in_scratch("a"), "one", 3, digest, &error));
    expect_content("a", "one");
    assert_ok(ingot_sha256_file(in_scratch("a"), again, NULL, &error));
    assert_memory_equal(digest, again, 32);
    assert_ok(ingot_write_file(in_scratch("a"), "three", 5, NULL, &error));
    expect_content("a", "three");
    assert_ok(ingot_write_file(in_scratch("empty"), NULL, 0, NULL, &error));
    expect_content("empty", "");
    assert_int_equal(files_in("."), 2);
    struct stat facts;
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(in_scratch("a"), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0666 & ~mask);
    scratch_end();
}

static void pieces_of_every_size(void **state) {
    (void)state;
    scratch_begin();
    ingot_writer writer;
    size_t total = 0, pieces[] = {1, 0, 255 * 1024, 1023, 1, 700 * 1024, 5, 256 * 1024};
    uint8_t *bytes = malloc(1 << 20), digest[32];
    for (size_t i = 0; i < 1 << 20; i++) bytes[i] = (uint8_t)(i ^ i >> 8);
    ingot_sha256 hash;
    assert_ok(ingot_sha256_begin(&hash, &error));
    assert_ok(ingot_writer_open(&writer, in_scratch("a"), &error));
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        assert_ok(ingot_writer_add(&writer, bytes, pieces[i], &error));
        assert_ok(ingot_sha256_add(&hash, bytes, pieces[i], &error));
        total += pieces[i];
    }
    assert_int_equal(access(in_scratch("a"), F_OK), -1); /* not before it is whole */
    assert_ok(ingot_writer_commit(&writer, &error));
    assert_ok(ingot_sha256_end(&hash, digest, &error));
    assert_memory_equal(writer.sha256, digest, 32);
    assert_int_equal(writer.bytes, total);
    uint64_t on_disk;
    assert_ok(ingot_sha256_file(in_scratch("a"), digest, &on_disk, &error));
    assert_memory_equal(writer.sha256, digest, 32);
    assert_int_equal(on_disk, total);
    free(bytes);
    scratch_end();
}

static void abort_leaves_nothing(void **state) {
    (void)state;
    scratch_begin();
    put_file("a", "old", 3);
    ingot_writer one, two;
    assert_ok(ingot_writer_open(&one, in_scratch("a"), &error));
    assert_ok(ingot_writer_open(&two, in_scratch("a"), &error)); /* two of one path */
    assert_ok(ingot_writer_add(&one, "new", 3, &error));
    ingot_writer_abort(&one);
    ingot_writer_abort(&one);
    ingot_writer_abort(&two);
    expect_content("a", "old");
    assert_int_equal(files_in("."), 1);
    scratch_end();
}

static void errors_name_the_path(void **state) {
    (void)state;
    scratch_begin();
    assert_fails(ingot_write_file(in_scratch("no/a"), "x", 1, NULL, &error), INGOT_FAILED,
                 "~/no/a: cannot write: No such file or directory");
    assert_ok(ingot_make_directories(in_scratch("folder/in"), &error));
    assert_fails(ingot_write_file(in_scratch("folder"), "x", 1, NULL, &error), INGOT_FAILED,
                 "~/folder: cannot write: Is a directory");
    assert_int_equal(files_in("."), 1);
    put_file("file", "12345", 5);
    assert_fails(ingot_make_directories(in_scratch("file"), &error), INGOT_FAILED,
                 "~/file: is not a directory");
    assert_fails(ingot_make_directories(in_scratch("file/x"), &error), INGOT_FAILED,
                 "~/file: is not a directory");
    assert_ok(ingot_make_directories(in_scratch("folder//in/deep/"), &error));
    assert_fails(ingot_read_file(in_scratch("none"), 10, &content, &size, &error), INGOT_FAILED,
                 "~/none: cannot open: No such file or directory");
    assert_fails(ingot_read_file(in_scratch("folder"), 10, &content, &size, &error), INGOT_FAILED,
                 "~/folder: is a directory");
    assert_fails(ingot_read_file(in_scratch("file"), 4, &content, &size, &error), INGOT_FAILED,
                 "~/file: larger than the limit of 4 bytes");
    assert_ok(ingot_read_file(in_scratch("file"), 5, &content, &size, &error));
    free(content);
    /* says 0 bytes, has more */
    assert_ok(ingot_read_file("/proc/self/status", 1 << 20, &content, &size, &error));
    assert_true(size > 100);
    free(content);
    assert_fails(ingot_read_file("/dev/zero", 100000, &content, &size, &error), INGOT_FAILED,
                 "/dev/zero: larger than the limit of 100000 bytes");
    scratch_end();
}

static void remove_tree(void **state) {
    (void)state;
    scratch_begin();
    put_file("kept/x", "1", 1);
    put_file("tree/a/b/c", "1", 1);
    put_file("tree/d", "1", 1);
    assert_int_equal(symlink(in_scratch("kept"), in_scratch("tree/link")), 0);
    assert_ok(ingot_remove_tree(in_scratch("tree"), &error));
    assert_int_equal(files_in("."), 1);
    expect_content("kept/x", "1");
    assert_ok(ingot_remove_tree(in_scratch("tree"), &error));
    scratch_end();
}

static void mapping(void **state) {
    (void)state;
    scratch_begin();
    ingot_mapping map;
    put_file("a", "abc", 3);
    put_file("empty", "", 0);
    assert_ok(ingot_map_file(in_scratch("a"), &map, &error));
    assert_int_equal(map.size, 3);
    assert_memory_equal(map.bytes, "abc", 3);
    ingot_unmap(&map);
    ingot_unmap(&map);
    assert_ok(ingot_map_file(in_scratch("empty"), &map, &error));
    assert_null(map.bytes);
    ingot_unmap(&map);
    assert_fails(ingot_map_file(in_scratch("none"), &map, &error), INGOT_FAILED,
                 "~/none: cannot open: No such file or directory");
    scratch_end();
}

static void join(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"/", "b", "/b"}};
    for (size_t i = 0; i < 4; i++) {
        char *path = ingot_join(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

/* ------------------------------------------------------------------ full disks */

static void file_size_limit(void **state) {
    (void)state;
    scratch_begin();
    put_file("a", "old", 3);
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    limit = before;
    limit.rlim_cur = 300 * 1024;
    setrlimit(RLIMIT_FSIZE, &limit);
    char *bytes = calloc(1, 400 * 1024);
    ingot_status large = ingot_write_file(in_scratch("a"), bytes, 400 * 1024, NULL, &error);
    char first[4096];
    snprintf(first, sizeof first, "%s", message());
    /* the limit is met by what the buffer held, at commit: a short write, then EFBIG */
    ingot_writer writer;
    ingot_status status = ingot_writer_open(&writer, in_scratch("a"), &error);
    for (int i = 0; i < 301 && status == INGOT_OK; i++) {
        status = ingot_writer_add(&writer, bytes, 1024, &error);
    }
    if (status == INGOT_OK) status = ingot_writer_commit(&writer, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    free(bytes);
    assert_int_equal(large, INGOT_FAILED);
    assert_string_equal(first, "~/a: cannot write: File too large");
    assert_int_equal(status, INGOT_FAILED);
    assert_string_equal(message(), "~/a: cannot write: File too large");
    expect_content("a", "old");
    assert_int_equal(files_in("."), 1);
    scratch_end();
}

static void full_file_system(void **state) {
    (void)state;
    scratch_begin();
    assert_ok(ingot_make_directories(in_scratch("small"), &error));
    if (mount("none", in_scratch("small"), "tmpfs", 0, "size=64k") != 0) {
        assert_int_equal(errno, EPERM); /* not root: the limit above has tested the same path */
        scratch_end();
        return;
    }
    char *bytes = calloc(1, 1 << 20);
    put_file("small/a", "old", 3);
    ingot_status status = ingot_write_file(in_scratch("small/a"), bytes, 1 << 20, NULL, &error);
    int files = files_in("small");
    char *kept = NULL;
    ingot_status read = ingot_read_file(in_scratch("small/a"), 10, &kept, &size, NULL);
    assert_int_equal(umount(in_scratch("small")), 0);
    free(bytes);
    assert_int_equal(status, INGOT_FAILED);
    assert_string_equal(message(), "~/small/a: cannot write: No space left on device");
    assert_int_equal(files, 1);
    assert_int_equal(read, INGOT_OK);
    assert_string_equal(kept, "old");
    free(kept);
    scratch_end();
}

/* ------------------------------------------------------------------ locks */

static int stop_after(void *user) {
    return --*(int *)user < 0;
}

static void lock_excludes_and_waits(void **state) {
    (void)state;
    scratch_begin();
    int first, second, patience = 2;
    assert_ok(ingot_lock_file(in_scratch("l"), NULL, NULL, &first, &error));
    assert_fails(ingot_lock_file(in_scratch("l"), stop_after, &patience, &second, &error),
                 INGOT_FAILED, "interrupted while waiting for ~/l");
    assert_int_equal(second, -1);
    pid_t child = fork();
    if (child == 0) {
        int fd;
        _exit(ingot_lock_file(in_scratch("l"), NULL, NULL, &fd, NULL) == INGOT_OK ? 0 : 1);
    }
    usleep(120 * 1000);
    assert_int_equal(waitpid(child, NULL, WNOHANG), 0); /* it waits */
    ingot_unlock_file(first);
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    /* released by its end, without a word */
    assert_ok(ingot_lock_file(in_scratch("l"), NULL, NULL, &first, &error));
    ingot_unlock_file(first);
    assert_fails(ingot_lock_file(in_scratch("no/l"), NULL, NULL, &first, &error), INGOT_FAILED,
                 "~/no/l: cannot open the lock: No such file or directory");
    scratch_end();
}

/* The files of processes that are gone go, of those that live and of other names stay. */
static void remove_temporaries(void **state) {
    (void)state;
    scratch_begin();
    const pid_t gone = fork();
    if (gone == 0) _exit(0);
    waitpid(gone, NULL, 0);
    char dead[64], other[64], alive[64];
    snprintf(dead, sizeof dead, "weights.tmp-%ld-0", (long)gone);
    snprintf(other, sizeof other, "report.tmp-%ld-12", (long)gone);
    snprintf(alive, sizeof alive, "weights.tmp-%ld-0", (long)getpid());
    static const char *const kept[] = {"weights", "weights.tmp-", "weights.tmp-1x-0",
                                       "weights.tmp-999999999-", "weights.tmp-0-1"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) put_file(kept[i], "x", 1);
    put_file(dead, "x", 1);
    put_file(other, "x", 1);
    put_file(alive, "x", 1);
    ingot_remove_temporaries(scratch, "weights", 60);
    assert_int_equal(access(in_scratch(dead), F_OK), 0); /* too young */
    ingot_remove_temporaries(scratch, "weights", 0);
    assert_int_not_equal(access(in_scratch(dead), F_OK), 0);
    assert_int_equal(access(in_scratch(other), F_OK), 0);
    assert_int_equal(access(in_scratch(alive), F_OK), 0);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        assert_int_equal(access(in_scratch(kept[i]), F_OK), 0);
    }
    ingot_remove_temporaries(scratch, "", 0);
    assert_int_not_equal(access(in_scratch(other), F_OK), 0);
    ingot_remove_temporaries("/nowhere/at/all", "", 0);
    scratch_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_and_replace),
        cmocka_unit_test(pieces_of_every_size),
        cmocka_unit_test(abort_leaves_nothing),
        cmocka_unit_test(errors_name_the_path),
        cmocka_unit_test(remove_tree),
        cmocka_unit_test(mapping),
        cmocka_unit_test(join),
        cmocka_unit_test(file_size_limit),
        cmocka_unit_test(full_file_system),
        cmocka_unit_test(lock_excludes_and_waits),
        cmocka_unit_test(remove_temporaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
