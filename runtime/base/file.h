/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * file.h: files. Everything the runtime writes goes through here, and either is there whole or is
 * not there: a temporary file in the same directory, fsync, rename, fsync of the directory. After
 * any failure (no space, quota, file size limit, short write) the temporary file is gone and the
 * message names the path that was to be written. A program that may meet a file size limit ignores
 * SIGXFSZ, so that it becomes an error like the others.
 */
#ifndef INGOT_BASE_FILE_H
#define INGOT_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/sha256.h"

/* ------------------------------------------------------------------ writing */

/* A file being written. Zeroed or aborted ones may be aborted again. */
typedef struct ingot_writer {
    char *path, *temporary;
    unsigned char *buffer;
    size_t used;    /* bytes in the buffer */
    uint64_t bytes; /* given so far */
    int fd;
    int open;
    ingot_sha256 hash;
    uint8_t sha256[32]; /* of the whole content; valid after commit */
} ingot_writer;

/* The directory must exist. On failure there is nothing to abort. */
ingot_status ingot_writer_open(ingot_writer *writer, const char *path, ingot_error *error);

/* On failure the writer has been aborted: the temporary file is gone, and so is the need to call
 * anything more (abort does no harm). What `path` held before is untouched. */
ingot_status ingot_writer_add(ingot_writer *writer, const void *bytes, size_t size,
                              ingot_error *error);
ingot_status ingot_writer_commit(ingot_writer *writer, ingot_error *error);
void ingot_writer_abort(ingot_writer *writer);

/* The three at once. sha256 may be NULL. */
ingot_status ingot_write_file(const char *path, const void *bytes, size_t size, uint8_t sha256[32],
                              ingot_error *error);

/* ------------------------------------------------------------------ directories and paths */

/* mkdir -p. Fine where it is there already; fails where a part of it is not a directory. */
ingot_status ingot_make_directories(const char *path, ingot_error *error);

/* Makes renames in a directory durable. */
ingot_status ingot_sync_directory(const char *path, ingot_error *error);

/* Removes a file or a directory with all that is in it; follows no symbolic link. Not there: fine.
 */
ingot_status ingot_remove_tree(const char *path, ingot_error *error);

/* "a" and "b" -> "a/b", from malloc; "b" alone where a is "" . NULL: out of memory. */
char *ingot_join(const char *a, const char *b);

/* Removes the temporary files that writers of processes which are gone left in a folder: those of
 * files whose name begins with `of`, and only where they are at least `age` seconds old (in a
 * folder that others write into too, a process of another machine looks gone). Failures leave them.
 */
void ingot_remove_temporaries(const char *folder, const char *of, double age);

/* ------------------------------------------------------------------ reading */

/* Reads a whole file into memory from malloc, with a zero byte after its end. Fails where it has
 * more than `limit` bytes. */
ingot_status ingot_read_file(const char *path, size_t limit, char **bytes, size_t *size,
                             ingot_error *error);

/* A whole file mapped read-only. An empty file maps to a NULL of 0 bytes. */
typedef struct ingot_mapping {
    const unsigned char *bytes;
    size_t size;
} ingot_mapping;

ingot_status ingot_map_file(const char *path, ingot_mapping *mapping, ingot_error *error);
void ingot_unmap(ingot_mapping *mapping);

/* ------------------------------------------------------------------ locking */

/* Takes an exclusive lock (flock) on a file, which is made where missing and stays. Waits where
 * another process, or another call in this one, holds it, and asks `stop` (may be NULL) twenty
 * times a second meanwhile: non-zero gives up, INGOT_FAILED "interrupted ...". The kernel releases
 * the lock when the process ends, however it ends. */
ingot_status ingot_lock_file(const char *path, int (*stop)(void *user), void *user, int *fd,
                             ingot_error *error);
void ingot_unlock_file(int fd);

#endif
