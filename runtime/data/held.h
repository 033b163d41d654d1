/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * held.h: what readers share whose file is one record and is held in memory while it is open.
 */
#ifndef INGOT_DATA_HELD_H
#define INGOT_DATA_HELD_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* First member of such a reader's ingot_source. */
typedef struct ingot_held {
    const void *config;
    char *owned; /* bytes of a file that was opened by name; else NULL */
    const uint8_t *bytes;
    size_t size;
    const char *path; /* for messages */
} ingot_held;

/* *to is `room` bytes from calloc, an ingot_held at their start; NULL on failure. The bytes stay
 * the caller's and outlive it. */
ingot_status ingot_held_open(size_t room, const void *config, const char *path,
                             const uint8_t *bytes, size_t size, ingot_held **to,
                             ingot_error *error);
/* The same with the bytes of the file at `path`, at most `most`. */
ingot_status ingot_held_read(size_t room, const void *config, const char *path, size_t most,
                             ingot_held **to, ingot_error *error);
void ingot_held_free(ingot_held *held); /* the block too; NULL is fine */

/* Fails where `record` is not the only one there is. */
ingot_status ingot_only_record(const char *path, int64_t record, ingot_error *error);

#endif
