/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * parallel.c: see parallel.h.
 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

typedef struct shared {
    pthread_mutex_t mutex;
    int64_t next, count;
    int64_t failed; /* index of the failure kept; count: none */
    ingot_status status;
    ingot_error error;
    ingot_job job;
    void *user;
} shared;

typedef struct worker {
    shared *all;
    int32_t index;
    pthread_t thread;
} worker;

static void *work(void *argument) {
    worker *self = argument;
    shared *all = self->all;
    ingot_error error;
    for (;;) {
        pthread_mutex_lock(&all->mutex);
        int64_t index = all->failed < all->count ? all->count : all->next;
        if (index < all->count) all->next++;
        pthread_mutex_unlock(&all->mutex);
        if (index >= all->count) return NULL;
        error.text[0] = '\0';
        ingot_status status = all->job(all->user, index, self->index, &error);
        if (status == INGOT_OK) continue;
        pthread_mutex_lock(&all->mutex);
        if (index < all->failed) {
            all->failed = index;
            all->status = status;
            all->error = error;
        }
        pthread_mutex_unlock(&all->mutex);
    }
}

ingot_status ingot_parallel(int64_t count, int32_t threads, ingot_job job, void *user,
                            ingot_error *error) {
    shared all = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                  .count = count,
                  .failed = count,
                  .job = job,
                  .user = user};
    worker workers[64];
    int32_t limit = (int32_t)(sizeof workers / sizeof *workers), running = 1;
    if (threads > limit) threads = limit;
    if (threads > count) threads = (int32_t)count;
    workers[0] = (worker){.all = &all, .index = 0};
    for (int32_t i = 1; i < threads; i++) {
        workers[i] = (worker){.all = &all, .index = i};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) break;
        running = i + 1;
    }
    work(&workers[0]);
    for (int32_t i = 1; i < running; i++) pthread_join(workers[i].thread, NULL);
    pthread_mutex_destroy(&all.mutex);
    if (all.status != INGOT_OK && error != NULL) *error = all.error;
    return all.status;
}

int32_t ingot_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > 64 ? 64 : (int32_t)count;
}
