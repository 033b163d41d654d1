/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * memory_place.h: an archive in memory, for tests (archive/place.h): keys and bytes under a lock.
 * Each call may first be handed to `before`, which delays it or makes it fail, as a writer that is
 * killed.
 */
#ifndef INGOT_TESTS_MEMORY_PLACE_H
#define INGOT_TESTS_MEMORY_PLACE_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "archive/place.h"

enum { MEMORY_KEYS = 4096 };

typedef struct memory {
    pthread_mutex_t lock;
    struct {
        char *key, *bytes;
        size_t size;
    } items[MEMORY_KEYS];
    int count;
    /* Non-zero: the call fails. */
    int (*before)(const char *what, const char *key);
} memory;

static int memory_find(const memory *m, const char *key) {
    for (int i = 0; i < m->count; i++) {
        if (strcmp(m->items[i].key, key) == 0) return i;
    }
    return -1;
}

static ingot_status memory_enter(memory *m, const char *what, const char *key, ingot_error *error) {
    if (m->before && m->before(what, key)) return ingot_fail(error, INGOT_FAILED, "%s fails", what);
    pthread_mutex_lock(&m->lock);
    return INGOT_OK;
}

static ingot_status memory_get(ingot_place *place, const char *key, size_t limit, char **bytes,
                               size_t *size, int *found, ingot_error *error) {
    memory *m = place->state;
    if (memory_enter(m, "get", key, error) != INGOT_OK) return INGOT_FAILED;
    const int i = memory_find(m, key);
    *found = i >= 0 && m->items[i].size <= limit;
    if (*found) {
        *size = m->items[i].size;
        *bytes = malloc(*size + 1);
        memcpy(*bytes, m->items[i].bytes, *size);
        (*bytes)[*size] = 0;
    }
    pthread_mutex_unlock(&m->lock);
    return INGOT_OK;
}

static ingot_status memory_put(ingot_place *place, const char *key, const void *bytes, size_t size,
                               ingot_error *error) {
    memory *m = place->state;
    if (memory_enter(m, "put", key, error) != INGOT_OK) return INGOT_FAILED;
    int i = memory_find(m, key);
    if (i < 0) {
        i = m->count++;
        m->items[i].key = strdup(key);
        m->items[i].bytes = NULL;
    }
    free(m->items[i].bytes);
    m->items[i].bytes = malloc(size + 1);
    memcpy(m->items[i].bytes, bytes, size);
    m->items[i].bytes[size] = 0;
    m->items[i].size = size;
    pthread_mutex_unlock(&m->lock);
    return INGOT_OK;
}

static ingot_status memory_put_new(ingot_place *place, const char *key, const void *bytes,
                                   size_t size, int *taken, ingot_error *error) {
    *taken = memory_find(place->state, key) >= 0;
    return *taken ? INGOT_OK : memory_put(place, key, bytes, size, error);
}

static ingot_status memory_stat(ingot_place *place, const char *key, ingot_key_facts *facts,
                                int *found, ingot_error *error) {
    memory *m = place->state;
    if (memory_enter(m, "stat", key, error) != INGOT_OK) return INGOT_FAILED;
    const int i = memory_find(m, key);
    *found = i >= 0;
    if (*found) *facts = (ingot_key_facts){.size = m->items[i].size, .age = 0};
    pthread_mutex_unlock(&m->lock);
    return INGOT_OK;
}

static ingot_status memory_renew(ingot_place *place, const char *key, int *found,
                                 ingot_error *error) {
    ingot_key_facts facts;
    return memory_stat(place, key, &facts, found, error);
}

static int memory_by_key(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static ingot_status memory_list(ingot_place *place, const char *prefix, const char *after,
                                ingot_key_visit visit, void *user, ingot_error *error) {
    memory *m = place->state;
    char *keys[MEMORY_KEYS];
    int count = 0;
    ingot_status status = INGOT_OK;
    if (memory_enter(m, "list", prefix, error) != INGOT_OK) return INGOT_FAILED;
    for (int i = 0; i < m->count; i++) {
        if (strncmp(m->items[i].key, prefix, strlen(prefix)) == 0 &&
            (!after || strcmp(m->items[i].key, after) > 0)) {
            keys[count++] = strdup(m->items[i].key);
        }
    }
    pthread_mutex_unlock(&m->lock);
    qsort(keys, (size_t)count, sizeof *keys, memory_by_key);
    for (int i = 0; i < count; i++) {
        const ingot_key_facts facts = {.size = 0, .age = 0};
        if (status == INGOT_OK) status = visit(user, keys[i], &facts, error);
        free(keys[i]);
    }
    return status;
}

static ingot_status memory_remove(ingot_place *place, const char *key, ingot_error *error) {
    memory *m = place->state;
    if (memory_enter(m, "remove", key, error) != INGOT_OK) return INGOT_FAILED;
    const int i = memory_find(m, key);
    if (i >= 0) {
        free(m->items[i].key);
        free(m->items[i].bytes);
        m->items[i] = m->items[--m->count];
    }
    pthread_mutex_unlock(&m->lock);
    return INGOT_OK;
}

static const ingot_place_kind memory_kind = {
    .get = memory_get,
    .put = memory_put,
    .put_new = memory_put_new,
    .stat = memory_stat,
    .renew = memory_renew,
    .list = memory_list,
    .remove = memory_remove,
};

/* `m` zeroed; release with memory_free. */
static ingot_place memory_place(memory *m) {
    pthread_mutex_init(&m->lock, NULL);
    return (ingot_place){.kind = &memory_kind,
                         .name = (char *)(uintptr_t) "memory",
                         .threads = 2,
                         .append = INGOT_APPEND_AGREEMENT,
                         .state = m};
}

static void memory_free(memory *m) {
    for (int i = 0; i < m->count; i++) {
        free(m->items[i].key);
        free(m->items[i].bytes);
    }
    m->count = 0;
    pthread_mutex_destroy(&m->lock);
}

#endif
