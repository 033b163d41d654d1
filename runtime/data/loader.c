/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * loader.c: see loader.h. Threads take samples in the order of training into a ring of batches; the
 * one that finishes a batch mixes it. The consumer copies a batch out, which frees its place.
 */
#include "data/loader.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/augment.h"
#include "data/maker.h"

enum { RING = 3, MOST_WORKERS = 64 };

typedef struct slot {
    ingot_batch of;
    float *last; /* of mixup */
    int32_t count, left;
    int ready;
} slot;

typedef struct worker {
    ingot_loader *loader;
    ingot_maker *maker;
    pthread_t thread;
} worker;

struct ingot_loader {
    const ingot_program *program;
    const ingot_store *store;
    const ingot_loading *loading; /* NULL: nothing is made beside training */
    ingot_ready ready;
    size_t values; /* of a sample, as the model sees it */
    int32_t batch;
    double waited;
    ingot_maker *maker; /* of the consumer */
    float *last;        /* of mixup, of the consumer */
    /* the pass */
    uint32_t epoch;
    const int64_t *order;
    int64_t samples, first;
    int64_t given; /* samples the consumer has, from the beginning of the epoch */
    /* the threads; what follows is under the mutex */
    int32_t workers, started;
    worker *crew;
    slot ring[RING];
    pthread_mutex_t mutex;
    pthread_cond_t work, done;
    int64_t next; /* sample of the epoch to be taken next */
    int32_t active;
    int stop;
    int64_t failed_at; /* sample of the failure kept; INT64_MAX: none */
    ingot_status failed;
    ingot_error failure;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t sample_values(const ingot_program *program) {
    return (size_t)program->data.channels * (size_t)program->data.height *
           (size_t)program->data.width;
}

size_t ingot_loader_bytes(const ingot_program *program, int32_t threads) {
    const ingot_loading *loading = program->data.loading;
    if (loading == NULL || program->backbone != NULL) return 0;
    const size_t values = sample_values(program), mixed = loading->mixup != NULL;
    const size_t batch = (size_t)program->training.batch;
    const size_t slots = RING * (batch * (values + 3) + mixed * values);
    const size_t waves = (size_t)loading->waves, own = waves > values ? waves : values;
    return (slots + mixed * values + 3 * own * ((size_t)threads + 1)) * sizeof(float);
}

/* ------------------------------------------------------------------ a batch */

static int64_t batch_number(const ingot_loader *l, int64_t at) {
    return at / l->batch;
}

static void mix(const ingot_loader *l, int64_t at, int32_t count, const ingot_batch *to,
                float *last) {
    const ingot_loading *loading = l->loading;
    if (loading == NULL || loading->mixup == NULL) return;
    ingot_rng rng = ingot_augment_rng(l->program->training.seed, l->epoch, batch_number(l, at),
                                      loading->mixup_place);
    ingot_mixup(loading->mixup, &rng, count, l->values, to->x, to->labels, to->labels2, to->mix,
                last);
}

static ingot_status make_sample(const ingot_loader *l, ingot_maker *maker, int64_t at, int32_t i,
                                const ingot_batch *to, ingot_error *error) {
    const int64_t sample = l->order[at];
    to->labels[i] = ingot_store_label(l->store, sample);
    return ingot_maker_make(maker, sample, (int64_t)l->epoch, to->x + (size_t)i * l->values, error);
}

static ingot_status make_batch(ingot_loader *l, int64_t at, int32_t count, const ingot_batch *to,
                               ingot_error *error) {
    if (l->ready.values != NULL) {
        for (int32_t i = 0; i < count; i++) {
            const int64_t sample = l->order[at + i];
            memcpy(to->x + (size_t)i * l->values, l->ready.values + (size_t)sample * l->values,
                   l->values * sizeof(float));
            to->labels[i] = ingot_store_label(l->store, sample);
        }
        return INGOT_OK;
    }
    if (l->loading == NULL) {
        return ingot_store_batch(l->program, l->store, l->order + at, count, count, to->x,
                                 to->labels, error);
    }
    for (int32_t i = 0; i < count; i++) {
        const ingot_status status = make_sample(l, l->maker, at + i, i, to, error);
        if (status != INGOT_OK) return status;
    }
    mix(l, at, count, to, l->last);
    return INGOT_OK;
}

static void fill_targets(const ingot_loader *l, int64_t at, int32_t count, const ingot_batch *to) {
    const size_t each = (size_t)l->program->classes;
    for (int32_t i = 0; to->targets != NULL && i < count; i++) {
        memcpy(to->targets + (size_t)i * each, ingot_store_targets(l->store, l->order[at + i]),
               each * sizeof(float));
    }
}

ingot_status ingot_loader_again(ingot_loader *loader, int64_t at, int32_t count,
                                const ingot_batch *to, ingot_error *error) {
    fill_targets(loader, at, count, to);
    return make_batch(loader, at, count, to, error);
}

/* ------------------------------------------------------------------ the threads */

/* Samples of the batch that begins at `at`. */
static int32_t count_at(const ingot_loader *l, int64_t at) {
    const int64_t left = l->samples - at;
    return left < l->batch ? (int32_t)left : l->batch;
}

/* Whether there is a sample to take and a place for it. */
static int has_work(const ingot_loader *l) {
    const int64_t end = l->given + RING * (int64_t)l->batch;
    return l->failed_at == INT64_MAX && l->next < l->samples && l->next < end;
}

static void take_failure(ingot_loader *l, int64_t at, ingot_status status,
                         const ingot_error *error) {
    if (at >= l->failed_at) return;
    l->failed_at = at;
    l->failed = status;
    l->failure = *error;
}

static void make_one(ingot_loader *l, ingot_maker *maker) {
    const int64_t at = l->next++, begin = at - at % l->batch;
    slot *to = &l->ring[batch_number(l, at) % RING];
    if (at == begin) {
        to->count = to->left = count_at(l, at);
        to->ready = 0;
    }
    l->active++;
    pthread_mutex_unlock(&l->mutex);
    ingot_error error = {""};
    const ingot_status status = make_sample(l, maker, at, (int32_t)(at - begin), &to->of, &error);
    pthread_mutex_lock(&l->mutex);
    if (status != INGOT_OK) take_failure(l, at, status, &error);
    if (--to->left == 0 && l->failed_at == INT64_MAX) {
        pthread_mutex_unlock(&l->mutex);
        mix(l, begin, to->count, &to->of, to->last);
        pthread_mutex_lock(&l->mutex);
        to->ready = 1;
    }
    l->active--;
    if (to->ready || l->failed_at != INT64_MAX || l->active == 0) pthread_cond_broadcast(&l->done);
}

static void *run(void *argument) {
    worker *self = argument;
    ingot_loader *l = self->loader;
    pthread_mutex_lock(&l->mutex);
    while (!l->stop) {
        if (has_work(l)) {
            make_one(l, self->maker);
        } else {
            pthread_cond_wait(&l->work, &l->mutex);
        }
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

/* Signals go to the threads that were there before. */
static ingot_status start_threads(ingot_loader *l, ingot_error *error) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ingot_status status = INGOT_OK;
    for (int32_t i = 0; i < l->workers && status == INGOT_OK; i++) {
        worker *one = &l->crew[i];
        one->loader = l;
        status = ingot_maker_new(l->program, l->store, &one->maker, error);
        if (status != INGOT_OK) break;
        if (pthread_create(&one->thread, NULL, run, one) != 0) {
            ingot_maker_free(one->maker);
            one->maker = NULL;
            if (i == 0) status = ingot_fail(error, INGOT_FAILED, "cannot start a thread");
            break; /* the others do its part */
        }
        l->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

/* ------------------------------------------------------------------ the loader */

static ingot_status take_memory(ingot_loader *l, ingot_error *error) {
    const size_t batch = (size_t)l->batch, mixed = l->loading->mixup != NULL;
    l->crew = calloc((size_t)l->workers, sizeof *l->crew);
    l->last = calloc(mixed * l->values + 1, sizeof(float));
    int fine = l->crew != NULL && l->last != NULL;
    for (int i = 0; i < RING; i++) {
        slot *s = &l->ring[i];
        s->of.x = calloc(batch * l->values, sizeof(float));
        s->of.labels = calloc(batch, sizeof(int32_t));
        s->of.labels2 = calloc(batch, sizeof(int32_t));
        s->of.mix = calloc(batch, sizeof(float));
        s->last = calloc(mixed * l->values + 1, sizeof(float));
        fine = fine && s->of.x && s->of.labels && s->of.labels2 && s->of.mix && s->last;
    }
    if (fine) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "out of memory for batches (%.1f MiB)",
                      (double)ingot_loader_bytes(l->program, l->workers) / (1024.0 * 1024.0));
}

ingot_status ingot_loader_new(const ingot_program *program, const ingot_store *store,
                              ingot_ready ready, int32_t threads, ingot_loader **loader,
                              ingot_error *error) {
    ingot_loader *l = calloc(1, sizeof *l);
    *loader = l;
    if (l == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for batches");
    *l = (ingot_loader){.program = program,
                        .store = store,
                        .loading = ready.values ? NULL : program->data.loading,
                        .ready = ready,
                        .values = ready.values ? ready.floats : sample_values(program),
                        .batch = program->training.batch,
                        .failed_at = INT64_MAX,
                        .workers = threads < 1              ? 1
                                   : threads > MOST_WORKERS ? MOST_WORKERS
                                                            : threads};
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->done, NULL);
    if (l->loading == NULL) return INGOT_OK;
    ingot_status status = take_memory(l, error);
    if (status == INGOT_OK) status = ingot_maker_new(program, store, &l->maker, error);
    if (status == INGOT_OK) status = start_threads(l, error);
    if (status != INGOT_OK) {
        ingot_loader_free(l);
        *loader = NULL;
    }
    return status;
}

void ingot_loader_free(ingot_loader *l) {
    if (l == NULL) return;
    pthread_mutex_lock(&l->mutex);
    l->stop = 1;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->mutex);
    for (int32_t i = 0; i < l->started; i++) pthread_join(l->crew[i].thread, NULL);
    for (int32_t i = 0; l->crew != NULL && i < l->workers; i++) {
        ingot_maker_free(l->crew[i].maker);
    }
    for (int i = 0; i < RING; i++) {
        slot *s = &l->ring[i];
        free(s->of.x);
        free(s->of.labels);
        free(s->of.labels2);
        free(s->of.mix);
        free(s->last);
    }
    ingot_maker_free(l->maker);
    free(l->last);
    free(l->crew);
    pthread_cond_destroy(&l->done);
    pthread_cond_destroy(&l->work);
    pthread_mutex_destroy(&l->mutex);
    free(l);
}

void ingot_loader_start(ingot_loader *l, uint32_t epoch, const int64_t *order, int64_t samples,
                        int64_t first) {
    pthread_mutex_lock(&l->mutex);
    l->samples = 0; /* nothing is taken any more */
    while (l->active > 0) pthread_cond_wait(&l->done, &l->mutex);
    l->epoch = epoch;
    l->order = order;
    l->samples = samples;
    l->first = l->given = l->next = first;
    l->failed_at = INT64_MAX;
    for (int i = 0; i < RING; i++) l->ring[i].ready = 0;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->mutex);
}

static ingot_status take_ready(ingot_loader *l, int32_t count, const ingot_batch *to,
                               ingot_error *error) {
    pthread_mutex_lock(&l->mutex);
    slot *from = &l->ring[batch_number(l, l->given) % RING];
    while (!from->ready && l->failed_at == INT64_MAX) pthread_cond_wait(&l->done, &l->mutex);
    /* Samples before the one that failed may fail yet, and the first failure is the one to tell. */
    while (!from->ready && l->active > 0) pthread_cond_wait(&l->done, &l->mutex);
    const int ready = from->ready;
    if (!ready && error != NULL) *error = l->failure;
    const ingot_status status = ready ? INGOT_OK : l->failed;
    pthread_mutex_unlock(&l->mutex);
    if (status != INGOT_OK) return status;
    memcpy(to->x, from->of.x, (size_t)count * l->values * sizeof(float));
    memcpy(to->labels, from->of.labels, (size_t)count * sizeof(int32_t));
    if (to->labels2 != NULL) {
        memcpy(to->labels2, from->of.labels2, (size_t)count * sizeof(int32_t));
    }
    if (to->mix != NULL) memcpy(to->mix, from->of.mix, (size_t)count * sizeof(float));
    pthread_mutex_lock(&l->mutex);
    from->ready = 0;
    l->given += count;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->mutex);
    return INGOT_OK;
}

ingot_status ingot_loader_next(ingot_loader *l, int32_t count, const ingot_batch *to,
                               ingot_error *error) {
    fill_targets(l, l->given, count, to);
    if (l->loading == NULL) {
        const int64_t at = l->given;
        l->given += count;
        return make_batch(l, at, count, to, error);
    }
    const double begun = now();
    const ingot_status status = take_ready(l, count, to, error);
    l->waited += now() - begun;
    return status;
}

double ingot_loader_waited(const ingot_loader *loader) {
    return loader->waited;
}
