/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * known.h: what is known of files that were read before, so that an unchanged one is not read
 * again.
 *
 * A file counts as unchanged where device, inode, size, modification time and change time are those
 * of the time when it was read. A file that was modified less than INGOT_KNOWN_RACY nanoseconds
 * before it was read could be modified again within the same tick of the file system's clock, and
 * nothing would show it ("racily clean", as in git's index): such a file is never kept.
 *
 * The file of facts is a cache: where it is missing, damaged (it ends with the SHA-256 of what
 * comes before) or of something else (`what`), everything is read again, and nothing else happens.
 *
 * Format: lines of fields with tabs between them. "ingot-known 3", what; then for each file, in
 * ascending byte order of path: path, device, inode, bytes, mtime and ctime in ns, SHA-256,
 * records, frames, rate, channels, height, width, replaced, a letter (P problem, L left out, C one
 * value only, - none of these), its text; then "sha256", the digest.
 */
#ifndef INGOT_DATA_KNOWN_H
#define INGOT_DATA_KNOWN_H

#include <stdint.h>

#include "base/error.h"
#include "data/reader.h"

#define INGOT_KNOWN_RACY INT64_C(2000000000) /* the coarsest clock of a file system: FAT's 2 s */

/* A file's state at a moment. */
typedef struct ingot_seen {
    uint64_t device, inode, size;
    int64_t modified, changed; /* ns since 1970 */
    int64_t taken;             /* when this was looked at, by the same clock */
    int there;                 /* 0: there was no such file, or it could not be looked at */
} ingot_seen;

void ingot_seen_take(const char *path, ingot_seen *seen);

/* 1 where `path` is still as it was seen; also where it was not there and is not. */
int ingot_seen_holds(const char *path, const ingot_seen *seen);

typedef struct ingot_known ingot_known;

/* `path`: the file of facts, made by save. `what`: whatever the facts depend on beside the file
 * (reader, options, program), at most 256 bytes, no control characters. fresh: nothing of it is
 * believed. Never fails for what is in the file. */
ingot_status ingot_known_open(const char *path, const char *what, int fresh, ingot_known **known,
                              ingot_error *error);
void ingot_known_close(ingot_known *known); /* NULL is fine */

/* 1 where the file at `full`, as `seen` (taken here), is known under `path`: then sha256, bytes,
 * records, frames, rate, channels, height, width, replaced, problem and left_out of *file are set,
 * the texts living as long as `known`. Thread-safe. With known NULL only `seen` is taken. */
int ingot_known_find(ingot_known *known, const char *path, const char *full, ingot_seen *seen,
                     ingot_file *file);

/* Keeps what was found out by reading the file after ingot_known_find gave 0. INGOT_FAILED where it
 * is not as it was seen any more: it changed while it was read. Thread-safe. known may be NULL. */
ingot_status ingot_known_keep(ingot_known *known, const char *path, const char *full,
                              const ingot_seen *seen, const ingot_file *file, ingot_error *error);

/* Writes the facts of all files found or kept since open; the folder is made where missing. */
ingot_status ingot_known_save(ingot_known *known, ingot_error *error);

/* How many files ingot_known_find knew. */
int64_t ingot_known_hits(const ingot_known *known);

#endif
