/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * scratch.h: for tests that write files: a folder of their own, files in it, and messages compared
 * whole. Include after cmocka.h.
 */
#ifndef INGOT_TESTS_SCRATCH_H
#define INGOT_TESTS_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char scratch[64];
static ingot_error error;

static inline void scratch_begin(void) {
    strcpy(scratch, "/tmp/ingot-test-XXXXXX");
    assert_non_null(mkdtemp(scratch));
    error.text[0] = '\0';
}

static inline void scratch_end(void) {
    assert_int_equal(ingot_remove_tree(scratch, NULL), 0);
}

/* Path in the scratch folder; eight are valid at a time. */
static inline const char *in_scratch(const char *name) {
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, 512, "%s/%s", scratch, name);
    return path;
}

static inline void put_file(const char *name, const void *bytes, size_t size) {
    const char *path = in_scratch(name);
    char folder[512];
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(ingot_make_directories(folder, &error), 0);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (size > 0) assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline int files_in(const char *name) {
    DIR *folder = opendir(in_scratch(name));
    int count = 0;
    if (folder == NULL) return -1;
    while (readdir(folder) != NULL) count++;
    closedir(folder);
    return count - 2;
}

/* The message, with the scratch folder written as '~'. */
static inline const char *message(void) {
    static char text[4096];
    size_t length = strlen(scratch), used = 0;
    for (const char *at = error.text; *at != '\0';) {
        if (length > 0 && strncmp(at, scratch, length) == 0) {
            text[used++] = '~';
            at += length;
        } else {
            text[used++] = *at++;
        }
    }
    text[used] = '\0';
    return text;
}

#define assert_fails(call, status, wanted)                                                         \
    do {                                                                                           \
        error.text[0] = '\0';                                                                      \
        assert_int_equal((call), (status));                                                        \
        assert_string_equal(message(), (wanted));                                                  \
    } while (0)

/* The message too, where a call was to succeed and did not. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        error.text[0] = '\0';                                                                      \
        ingot_status status_ = (call);                                                             \
        if (status_ != INGOT_OK) fail_msg("%s", error.text);                                       \
    } while (0)

#endif
