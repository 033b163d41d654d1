/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * object.h: bytes named by their SHA-256, as one zstd frame under objects/<2 digits>/<64
 * digits>.zst. Whatever is read has been decompressed and its digest computed again, or it is a
 * failure.
 */
#ifndef INGOT_ARCHIVE_OBJECT_H
#define INGOT_ARCHIVE_OBJECT_H

#include <jansson.h>

#include "archive/place.h"
#include "base/sha256.h"

enum { INGOT_OBJECT_KEY = 80, INGOT_LARGEST_OBJECT = 64 << 20 };

/* gc lets objects be that are younger than its grace; who archives renews those older than half. */
#define INGOT_GRACE_SECONDS 86400.0

/* "objects/ab/abcd….zst" of a digest in hex. */
void ingot_object_key(const char *hex, char key[INGOT_OBJECT_KEY]);

/* The digest in a key, NULL where it is no key of an object. */
const char *ingot_object_of(const char *key, char hex[INGOT_SHA256_HEX]);

/* Stores bytes (at most INGOT_LARGEST_OBJECT) whose digest is `hex`, unless they are there.
 * *written is how many bytes that took, 0 where they were there. */
ingot_status ingot_object_put(ingot_place *place, const char *hex, const void *bytes, size_t size,
                              uint64_t *written, ingot_error *error);

/* Reads an object of at most `limit` bytes. *bytes from malloc, a zero after its end. */
ingot_status ingot_object_get(ingot_place *place, const char *hex, size_t limit, char **bytes,
                              size_t *size, ingot_error *error);

/* ------------------------------------------------------------------ files: lists of chunks */

/* A file as a list of objects: [[hex, size], …], its digest and size; `chunks` is new. */
typedef struct ingot_file_facts {
    char sha256[INGOT_SHA256_HEX];
    uint64_t size;
    json_t *chunks;
} ingot_file_facts;

typedef struct ingot_traffic {
    uint64_t bytes;        /* of files, so far */
    uint64_t written;      /* bytes that were sent or written */
    int64_t objects, made; /* chunks, and those that were not there yet */
    void (*progress)(const struct ingot_traffic *traffic); /* may be NULL; one thread at a time */
    const void *user;                                      /* of progress */
    uint64_t total; /* of all files, for progress; 0: not known */
} ingot_traffic;

/* Cuts a file and stores its chunks. A file that changes meanwhile is a failure. */
ingot_status ingot_file_put(ingot_place *place, const char *path, ingot_traffic *traffic,
                            ingot_file_facts *facts, ingot_error *error);

/* Writes the file that `chunks` make to `path`, not runnable, and checks size and digest. What is
 * wrong names `member`. `traffic` may be NULL. */
ingot_status ingot_file_get(ingot_place *place, const char *member, const json_t *chunks,
                            uint64_t size, const char *sha256, const char *path,
                            ingot_traffic *traffic, ingot_error *error);

/* The same into memory, for files of at most `limit` bytes. */
ingot_status ingot_file_read(ingot_place *place, const char *member, const json_t *chunks,
                             uint64_t size, const char *sha256, size_t limit, char **bytes,
                             ingot_error *error);

#endif
