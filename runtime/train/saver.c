/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * saver.c: see saver.h.
 */
#define _GNU_SOURCE /* gettid */
#include "train/saver.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "train/diagnose.h"

enum { NICENESS = 10 }; /* of the thread that writes: steps come first */

struct ingot_saver {
    const ingot_program *program;
    const ingot_train_policy *policy;
    int32_t threads;
    const char *folder;
    /* when */
    int64_t last_steps; /* at the last checkpoint */
    int32_t last_epochs;
    double last_time;
    double spent; /* seconds the last one took, in the loop and in the thread */
    int wanted;   /* one is due and waits */
    /* what is written; the thread's while `busy` */
    ingot_rest rest;
    int next;
    /* shared with the thread, under the mutex */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t thread;
    int running, busy, quit;
    ingot_checkpoint_cost cost;
    double last_cpu;
    int trouble,
        told; /* a failure; and whether it was told: once for those that follow each other */
    ingot_error error;
};

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Writes `rest`; takes no lock, but at its end. */
static ingot_status write_one(ingot_saver *saver, const ingot_rest *rest, clockid_t clock,
                              ingot_error *error) {
    const double begun = seconds_of(clock);
    uint64_t bytes = 0;
    ingot_status status = INGOT_OK;
    const ingot_tensor *bad = ingot_non_finite_tensor(saver->program, rest->state);
    if (bad) {
        status = ingot_fail(error, INGOT_FAILED, "no checkpoint after step %lld: %s is not finite",
                            (long long)rest->place.steps, bad->name);
    } else {
        status = ingot_checkpoint_write(saver->program, saver->threads, rest, saver->folder,
                                        saver->next, &bytes, error);
    }
    const double took = seconds_of(clock) - begun;
    pthread_mutex_lock(&saver->mutex);
    if (clock == CLOCK_THREAD_CPUTIME_ID) {
        saver->cost.cpu_seconds += took;
        saver->last_cpu = took;
    } else {
        saver->cost.loop_seconds += took;
    }
    if (status == INGOT_OK) {
        saver->cost.written++;
        saver->cost.bytes = bytes;
        saver->next = !saver->next; /* a failed one is tried in its own place again */
        saver->trouble = saver->told = 0;
    } else {
        saver->cost.failed++;
        saver->trouble = 1;
        saver->error = *error;
    }
    pthread_mutex_unlock(&saver->mutex);
    return status;
}

static void *work(void *argument) {
    ingot_saver *saver = argument;
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS); /* on Linux: of this thread alone */
    pthread_mutex_lock(&saver->mutex);
    for (;;) {
        while (!saver->busy && !saver->quit) pthread_cond_wait(&saver->changed, &saver->mutex);
        if (!saver->busy) break;
        pthread_mutex_unlock(&saver->mutex);
        ingot_error error = {""};
        (void)write_one(saver, &saver->rest, CLOCK_THREAD_CPUTIME_ID, &error);
        pthread_mutex_lock(&saver->mutex);
        saver->busy = 0;
        pthread_cond_broadcast(&saver->changed);
    }
    pthread_mutex_unlock(&saver->mutex);
    return NULL;
}

ingot_status ingot_saver_new(const ingot_program *program, const ingot_train_policy *policy,
                             int32_t threads, const char *folder, int next, ingot_saver **saver,
                             ingot_error *error) {
    ingot_saver *s = calloc(1, sizeof *s);
    if (!s || !(s->rest.state = malloc(program->state_floats * sizeof(float) + 1))) {
        free(s);
        return ingot_fail(error, INGOT_FAILED, "out of memory for checkpoints");
    }
    s->program = program;
    s->policy = policy;
    s->threads = threads;
    s->folder = folder;
    s->next = next;
    s->last_time = seconds_of(CLOCK_MONOTONIC);
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->changed, NULL);
    *saver = s;
    return INGOT_OK;
}

void ingot_saver_wait(ingot_saver *saver) {
    pthread_mutex_lock(&saver->mutex);
    if (saver->busy) {
        const double begun = seconds_of(CLOCK_MONOTONIC);
        while (saver->busy) pthread_cond_wait(&saver->changed, &saver->mutex);
        const double waited = seconds_of(CLOCK_MONOTONIC) - begun;
        saver->cost.loop_seconds += waited;
        saver->spent += waited;
    }
    pthread_mutex_unlock(&saver->mutex);
}

void ingot_saver_free(ingot_saver *saver) {
    if (!saver) return;
    if (saver->running) {
        ingot_saver_wait(saver);
        pthread_mutex_lock(&saver->mutex);
        saver->quit = 1;
        pthread_cond_broadcast(&saver->changed);
        pthread_mutex_unlock(&saver->mutex);
        pthread_join(saver->thread, NULL);
    }
    pthread_cond_destroy(&saver->changed);
    pthread_mutex_destroy(&saver->mutex);
    free(saver->rest.state);
    free(saver);
}

int ingot_saver_due(ingot_saver *saver, int64_t steps, int32_t epochs) {
    const ingot_train_policy *p = saver->policy;
    if (!saver->wanted) {
        saver->wanted =
            (p->checkpoint_steps > 0 && steps - saver->last_steps >= p->checkpoint_steps) ||
            (p->checkpoint_epochs > 0 && epochs - saver->last_epochs >= p->checkpoint_epochs);
    }
    if (!saver->wanted && p->checkpoint_seconds <= 0) return 0;
    const double since = seconds_of(CLOCK_MONOTONIC) - saver->last_time;
    if (p->checkpoint_seconds > 0 && since >= p->checkpoint_seconds) saver->wanted = 1;
    if (!saver->wanted) return 0;
    pthread_mutex_lock(&saver->mutex);
    const int busy = saver->busy;
    const double spent = saver->spent + saver->last_cpu;
    pthread_mutex_unlock(&saver->mutex);
    return !busy && spent <= since * p->checkpoint_share;
}

static void noted(ingot_saver *saver, const ingot_rest *rest) {
    saver->wanted = 0;
    saver->last_steps = rest->place.steps;
    saver->last_epochs = rest->place.epoch;
    saver->last_time = seconds_of(CLOCK_MONOTONIC);
    saver->spent = 0;
}

void ingot_saver_take(ingot_saver *saver, const ingot_rest *rest) {
    ingot_saver_wait(saver);
    noted(saver, rest);
    float *copy = saver->rest.state;
    memcpy(copy, rest->state, saver->program->state_floats * sizeof *copy);
    saver->rest = *rest;
    saver->rest.state = copy;
    saver->last_cpu = 0;
    /* Where the system gives no thread, the loop writes. */
    if (!saver->running) saver->running = pthread_create(&saver->thread, NULL, work, saver) == 0;
    if (!saver->running) {
        ingot_error error = {""};
        (void)write_one(saver, &saver->rest, CLOCK_MONOTONIC, &error);
    } else {
        pthread_mutex_lock(&saver->mutex);
        saver->busy = 1;
        pthread_cond_broadcast(&saver->changed);
        pthread_mutex_unlock(&saver->mutex);
    }
    const double took = seconds_of(CLOCK_MONOTONIC) - saver->last_time;
    pthread_mutex_lock(&saver->mutex);
    saver->spent += took;
    if (saver->running) saver->cost.loop_seconds += took;
    pthread_mutex_unlock(&saver->mutex);
}

ingot_status ingot_saver_write(ingot_saver *saver, const ingot_rest *rest, ingot_error *error) {
    ingot_saver_wait(saver);
    noted(saver, rest);
    return write_one(saver, rest, CLOCK_MONOTONIC, error);
}

const char *ingot_saver_trouble(ingot_saver *saver, ingot_error *error) {
    pthread_mutex_lock(&saver->mutex);
    const int tell = saver->trouble && !saver->told;
    if (tell) {
        *error = saver->error;
        saver->told = 1;
    }
    pthread_mutex_unlock(&saver->mutex);
    return tell ? error->text : NULL;
}

ingot_checkpoint_cost ingot_saver_cost(ingot_saver *saver) {
    pthread_mutex_lock(&saver->mutex);
    const ingot_checkpoint_cost cost = saver->cost;
    pthread_mutex_unlock(&saver->mutex);
    return cost;
}
