/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * cache.c: see cache.h.
 */
#include "base/cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/parallel.h"
#include "base/sha256.h"

#define BLOCK ((size_t)8 << 20)

/* ------------------------------------------------------------------ digest */

typedef struct blocks {
    const unsigned char *bytes;
    size_t size;
    uint8_t (*digests)[32];
} blocks;

static ingot_status hash_block(void *user, int64_t index, int32_t worker, ingot_error *error) {
    (void)worker;
    blocks *all = user;
    size_t at = (size_t)index * BLOCK, left = all->size - at;
    return ingot_sha256_of(all->bytes + at, left < BLOCK ? left : BLOCK, all->digests[index],
                           error);
}

ingot_status ingot_cache_digest(const unsigned char *bytes, size_t size, int32_t threads,
                                uint8_t digest[32], ingot_error *error) {
    size_t count = (size + BLOCK - 1) / BLOCK;
    blocks all = {.bytes = bytes, .size = size, .digests = calloc(count + 1, 32)};
    if (all.digests == NULL) return ingot_fail(error, INGOT_FAILED, "SHA-256: out of memory");
    ingot_status status = ingot_parallel((int64_t)count, threads, hash_block, &all, error);
    if (status == INGOT_OK) status = ingot_sha256_of(all.digests, count * 32, digest, error);
    free(all.digests);
    return status;
}

/* ------------------------------------------------------------------ places */

typedef struct places {
    char *cache, *directory, *temporary, *lock;
} places;

static void free_places(places *at) {
    free(at->cache);
    free(at->directory);
    free(at->temporary);
    free(at->lock);
}

static ingot_status name_places(const ingot_cached *entry, places *at, ingot_error *error) {
    static const char *const forms[3] = {"", ".tmp", ".lock"};
    char name[3][256];
    *at = (places){NULL, NULL, NULL, NULL};
    if (strlen(entry->what) + strlen(entry->key) + 8 > sizeof name[0] ||
        strchr(entry->key, '/') != NULL) {
        return ingot_fail(error, INGOT_FAILED, "'%s' is not a %s key", entry->key, entry->what);
    }
    for (int i = 0; i < 3; i++) {
        snprintf(name[i], sizeof name[i], "%s-%s%s", entry->what, entry->key, forms[i]);
    }
    at->cache = ingot_join(entry->work, "cache");
    if (at->cache != NULL) {
        at->directory = ingot_join(at->cache, name[0]);
        at->temporary = ingot_join(at->cache, name[1]);
        at->lock = ingot_join(at->cache, name[2]);
    }
    if (at->directory != NULL && at->temporary != NULL && at->lock != NULL) return INGOT_OK;
    free_places(at);
    *at = (places){NULL, NULL, NULL, NULL};
    return ingot_fail(error, INGOT_FAILED, "%s: out of memory", entry->what);
}

/* ------------------------------------------------------------------ an entry */

/* *good: it is open now. *why is NULL where nothing is there at all. */
static ingot_status open_there(const ingot_cached *entry, const char *directory, int *good,
                               const char **why, ingot_error *error) {
    struct stat facts;
    *good = 0;
    *why = NULL;
    if (stat(directory, &facts) != 0) {
        if (errno == ENOENT) return INGOT_OK;
        return ingot_fail(error, INGOT_FAILED, "%s: cannot open: %s", directory, strerror(errno));
    }
    const ingot_status status = entry->open(entry->user, directory, why, error);
    *good = status == INGOT_OK && *why == NULL;
    return status;
}

/* Makes it, then puts it in its place. The caller holds the lock. */
static ingot_status make(const ingot_cached *entry, const places *at, ingot_error *error) {
    /* Left by a process that was killed: nobody else can be at it now. */
    ingot_status status = ingot_remove_tree(at->temporary, error);
    if (status == INGOT_OK) status = ingot_make_directories(at->temporary, error);
    if (status == INGOT_OK) status = entry->make(entry->user, at->temporary, error);
    if (status == INGOT_OK) status = ingot_sync_directory(at->temporary, error);
    if (status == INGOT_OK) status = ingot_remove_tree(at->directory, error);
    if (status == INGOT_OK && rename(at->temporary, at->directory) != 0) {
        status =
            ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", at->directory, strerror(errno));
    }
    if (status == INGOT_OK) status = ingot_sync_directory(at->cache, error);
    if (status != INGOT_OK) (void)ingot_remove_tree(at->temporary, NULL);
    return status;
}

static ingot_status open_or_make(const ingot_cached *entry, const places *at, int *made,
                                 const char **why, ingot_error *error) {
    int good, lock;
    const char *later;
    ingot_status status = open_there(entry, at->directory, &good, why, error);
    if (status != INGOT_OK || good) return status;
    status = ingot_make_directories(at->cache, error);
    if (status != INGOT_OK) return status;
    status = ingot_lock_file(at->lock, entry->stop, entry->user, &lock, error);
    if (status != INGOT_OK) return status;
    /* Another process may have made it meanwhile. */
    status = open_there(entry, at->directory, &good, &later, error);
    if (status == INGOT_OK && good) *why = NULL;
    if (status == INGOT_OK && !good) {
        status = make(entry, at, error);
        if (status == INGOT_OK) {
            *made = 1;
            status = open_there(entry, at->directory, &good, &later, error);
        }
        if (status == INGOT_OK && !good) {
            status = ingot_fail(error, INGOT_FAILED, "%s: damaged as soon as written: %s",
                                at->directory, later ? later : "it is gone");
        }
    }
    ingot_unlock_file(lock);
    return status;
}

ingot_status ingot_cache_open(const ingot_cached *entry, int *made, const char **why,
                              ingot_error *error) {
    places at;
    *made = 0;
    *why = NULL;
    ingot_status status = name_places(entry, &at, error);
    if (status != INGOT_OK) return status;
    status = open_or_make(entry, &at, made, why, error);
    if (!*made) *why = NULL;
    free_places(&at);
    return status;
}
