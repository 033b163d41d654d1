/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * locked_file.c: see locked_file.h.
 */
#include "data/locked_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/sha256.h"

ingot_status ingot_read_locked_file(const char *path, const ingot_file *locked, char **bytes,
                                    size_t *size, ingot_error *error) {
    uint8_t sha256[32];
    struct stat facts;
    *bytes = NULL;
    /* What has grown is not read to its end. */
    int same = stat(path, &facts) == 0 && (uint64_t)facts.st_size == locked->bytes;
    ingot_status status = INGOT_OK;
    if (same) status = ingot_read_file(path, (size_t)locked->bytes, bytes, size, error);
    if (same && status != INGOT_OK) {
        same = stat(path, &facts) != 0 || (uint64_t)facts.st_size == locked->bytes;
    }
    if (same && status == INGOT_OK) {
        status = ingot_sha256_of(*bytes, *size, sha256, error);
        same = status != INGOT_OK ||
               (*size == locked->bytes && memcmp(sha256, locked->sha256, 32) == 0);
    }
    if (!same) {
        status = ingot_fail(error, INGOT_LOCK_MISMATCH,
                            "%s: not the file of the lock: its bytes have changed", path);
    }
    if (status != INGOT_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}
