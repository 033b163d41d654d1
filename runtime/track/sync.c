/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * sync.c: see sync.h; and the word sync (words.h).
 */
#include "track/sync.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "track/aside.h"
#include "track/mlflow.h"
#include "track/query.h"
#include "track/rows.h"
#include "track/track.h"
#include "track/words.h"

struct ingot_sender {
    const char *path;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    ingot_recorder *recorder; /* under the mutex; NULL once it is about to end */
    char id[33];
    int ending;
    atomic_llong deadline; /* ms since 1970; 0: none yet */
    ingot_status status;
    ingot_error problem;
};

static int out_of_time(void *user) {
    ingot_sender *s = user;
    const long long deadline = atomic_load(&s->deadline);
    return deadline && ingot_now_ms() > deadline;
}

/* Sends what there is of the run now. */
static ingot_status send_now(ingot_sender *s, const char *id, ingot_http **http,
                             ingot_error *error) {
    ingot_db db;
    int64_t run;
    ingot_status status = INGOT_OK;
    if (!*http) status = ingot_http_open(out_of_time, s, http, error);
    if (status == INGOT_OK) status = ingot_db_open(s->path, INGOT_DB_READ, 2000, &db, error);
    if (status != INGOT_OK) return status;
    status = ingot_query_find(&db, id, &run, error);
    if (status == INGOT_OK) status = ingot_mlflow_send(&db, *http, run, error);
    ingot_db_close(&db);
    return status;
}

static void *send_thread(void *user) {
    ingot_sender *s = user;
    ingot_http *http = NULL;
    sigset_t all;
    int ending = 0, pause = 1;
    sigfillset(&all);
    sigdelset(&all, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!ending) {
        struct timespec until;
        char id[33] = "";
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += pause;
        pthread_mutex_lock(&s->mutex);
        while (!s->ending && pthread_cond_timedwait(&s->wake, &s->mutex, &until) == 0) {
        }
        ending = s->ending;
        if (ending) {
            memcpy(id, s->id, sizeof id);
        } else if (s->recorder) {
            ingot_recorder_id(s->recorder, id);
        }
        pthread_mutex_unlock(&s->mutex);
        if (!id[0]) continue;
        s->status = send_now(s, id, &http, &s->problem);
        /* A server that is down is asked less and less often, at last once a minute. */
        pause = s->status == INGOT_OK ? 2 : pause < 30 ? pause * 2 : 60;
    }
    ingot_http_close(http);
    return NULL;
}

ingot_sender *ingot_sender_start(const char *path, ingot_recorder *recorder) {
    ingot_sender *s = calloc(1, sizeof *s);
    pthread_condattr_t attributes;
    if (!s) return NULL;
    s->path = path;
    s->recorder = recorder;
    pthread_mutex_init(&s->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&s->thread, NULL, send_thread, s) == 0) return s;
    free(s);
    return NULL;
}

void ingot_sender_pause(ingot_sender *s) {
    pthread_mutex_lock(&s->mutex);
    s->recorder = NULL;
    pthread_mutex_unlock(&s->mutex);
}

ingot_status ingot_sender_end(ingot_sender *s, const char *id, int wait, ingot_error *error) {
    atomic_store(&s->deadline, ingot_now_ms() + wait);
    pthread_mutex_lock(&s->mutex);
    memcpy(s->id, id, strlen(id) + 1);
    s->ending = 1;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->thread, NULL);
    ingot_status status = s->status;
    if (status != INGOT_OK) ingot_fail(error, status, "%s", s->problem.text);
    pthread_mutex_destroy(&s->mutex);
    pthread_cond_destroy(&s->wake);
    free(s);
    return status;
}

/* ------------------------------------------------------------------ the word sync */

/* The runs that are sent somewhere, as {number: id}, those of `arguments` only where there are any.
 */
static ingot_status choose(ingot_db *db, const ingot_track_request *r, const char *url,
                           json_t *chosen, ingot_error *error) {
    ingot_status status = INGOT_OK;
    for (int i = 0; status == INGOT_OK && i < r->argument_count; i++) {
        int64_t number;
        status = ingot_query_find(db, r->arguments[i], &number, error);
        if (status == INGOT_OK) json_array_append_new(chosen, json_integer(number));
        if (status == INGOT_OK && url) {
            status = ingot_db_do(db, error,
                                 "INSERT OR IGNORE INTO mlflow SELECT runs.number, ?,"
                                 " experiments.name FROM runs JOIN experiments ON"
                                 " experiments.number = runs.experiment WHERE runs.number = ?",
                                 "si", url, number);
        }
    }
    if (status != INGOT_OK || r->argument_count > 0) return status;
    if (url) {
        status = ingot_db_do(db, error,
                             "INSERT OR IGNORE INTO mlflow SELECT runs.number, ?, experiments.name"
                             " FROM runs JOIN experiments ON experiments.number = runs.experiment",
                             "s", url);
    }
    sqlite3_stmt *s;
    int more = 0;
    if (status == INGOT_OK) {
        status = ingot_db_prepare(db, &s, error, "SELECT run FROM mlflow ORDER BY run", "");
    }
    if (status != INGOT_OK) return status;
    while ((more = ingot_db_step(db, s, error)) > 0) {
        json_array_append_new(chosen, json_integer(sqlite3_column_int64(s, 0)));
    }
    sqlite3_finalize(s);
    return more < 0 ? INGOT_FAILED : INGOT_OK;
}

ingot_status ingot_track_sync(const ingot_track_request *r, ingot_error *error) {
    ingot_db db;
    ingot_http *http = NULL;
    ingot_track_choice choice = {1, NULL};
    ingot_status status =
        r->track ? ingot_track_choose(r->track, NULL, NULL, &choice, error) : INGOT_OK;
    char *path = ingot_join(r->work, "runs.db");
    if (!path) return ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) status = ingot_db_open(path, INGOT_DB_READ, 5000, &db, error);
    free(path);
    if (status != INGOT_OK) return status;
    json_t *chosen = json_array();
    size_t i, sent = 0;
    const json_t *number;
    status = ingot_aside_gather(&db, r->work, error);
    if (status == INGOT_OK) status = ingot_rows_reap(&db, error);
    if (status == INGOT_OK) status = choose(&db, r, choice.mlflow, chosen, error);
    if (status == INGOT_OK) status = ingot_http_open(NULL, NULL, &http, error);
    ingot_error why;
    json_array_foreach(chosen, i, number) {
        if (status != INGOT_OK && !http) break;
        /* One run that is refused does not hold up the others; the first reason is told. */
        ingot_status one = ingot_mlflow_send(&db, http, json_integer_value(number), &why);
        sent += one == INGOT_OK;
        if (one != INGOT_OK && status == INGOT_OK) status = ingot_fail(error, one, "%s", why.text);
    }
    if (r->out && http) {
        fprintf(r->out, "%zu of %zu runs are at their server\n", sent, json_array_size(chosen));
    }
    json_object_set_new(r->summary, "sent", json_integer((json_int_t)sent));
    json_object_set_new(r->summary, "waiting",
                        json_integer((json_int_t)(json_array_size(chosen) - sent)));
    json_decref(chosen);
    ingot_http_close(http);
    ingot_db_close(&db);
    return status;
}
