/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * cache.h: entries of WORK/cache, folders named by what decides their content: found, checked, made
 * where they must be. An entry is made in a folder beside its place and renamed, under a lock, so
 * that of two processes one makes it and the other waits, and nobody sees half of one.
 */
#ifndef INGOT_BASE_CACHE_H
#define INGOT_BASE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct ingot_cached {
    const char *work; /* the entry is <work>/cache/<what>-<key>/ */
    const char *what, *key;
    void *user;
    /* Opens what lies in `directory`, which is there. *why: what is wrong with it (a static
     * string), which is no failure, since it is made again; NULL: it is open now. */
    ingot_status (*open)(void *user, const char *directory, const char **why, ingot_error *error);
    /* Makes it in `directory`, which is there and empty. */
    ingot_status (*make)(void *user, const char *directory, ingot_error *error);
    /* While another process makes it: non-zero stops waiting. */
    int (*stop)(void *user);
} ingot_cached;

/* Opens the entry, which is made first where nothing good is there. *made says whether it was, and
 * *why what was wrong with the one that was there (NULL: there was none). */
ingot_status ingot_cache_open(const ingot_cached *entry, int *made, const char **why,
                              ingot_error *error);

/* The SHA-256 of the SHA-256s of the blocks of 8 MiB of these bytes, computed on several threads.
 */
ingot_status ingot_cache_digest(const unsigned char *bytes, size_t size, int32_t threads,
                                uint8_t digest[32], ingot_error *error);

#endif
