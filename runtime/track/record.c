/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * record.c: see record.h.
 *
 * Steps go into an array that is as large as it will ever need to be; the thread writes what was
 * published since its last turn. Everything else goes through a list under a mutex. A turn is one
 * transaction; where the file is locked the turn is made again later, with all that has come since.
 */
#include "track/record.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "track/aside.h"
#include "track/db.h"
#include "track/rows.h"
#include "track/system.h"

typedef struct point {
    int64_t step, time;
    double loss, learning_rate, gradient_norm; /* NaN where there is none */
} point;

typedef enum kind { METRIC, STAGE, INPUT, ARTIFACT, TRAINS, END } kind;

typedef struct item {
    struct item *next;
    kind kind;
    char *name, *text, *digest; /* text: path of an artifact, cause of an end */
    double value;
    int64_t step, time;
} item;

struct ingot_recorder {
    const ingot_run_facts *facts;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    /* Under the mutex. */
    item *first, **last;
    int ending, lost; /* lost: things that memory did not suffice for */
    int wait;         /* of the last turn */
    char id[33];
    /* Of the thread that trains. */
    point sum;
    int64_t summed, every;
    size_t capacity;
    point *points;
    atomic_size_t published;
    /* Of the recorder's thread. */
    ingot_db db;
    int open, begun, over; /* over: runs.db takes nothing more, `problem` says why */
    char *aside;           /* where the run is kept instead */
    ingot_row row;
    item *pending, **pending_last;
    size_t written;
    ingot_error problem;
};

/* ------------------------------------------------------------------ the callers' side */

static void free_items(item *list) {
    while (list) {
        item *next = list->next;
        free(list->name);
        free(list->text);
        free(list->digest);
        free(list);
        list = next;
    }
}

static void push(ingot_recorder *r, kind what, const char *name, const char *text,
                 const char *digest, int64_t step, double value) {
    item *i = calloc(1, sizeof *i);
    if (i) {
        i->kind = what;
        i->name = name ? strdup(name) : NULL;
        i->text = text ? strdup(text) : NULL;
        i->digest = digest ? strdup(digest) : NULL;
        i->step = step;
        i->value = value;
        i->time = ingot_now_ms();
    }
    const int whole = i && (!name || i->name) && (!text || i->text) && (!digest || i->digest);
    pthread_mutex_lock(&r->mutex);
    if (whole) {
        *r->last = i;
        r->last = &i->next;
    } else {
        r->lost++;
    }
    pthread_mutex_unlock(&r->mutex);
    if (!whole) free_items(i);
}

void ingot_recorder_trains(ingot_recorder *r) {
    push(r, TRAINS, NULL, NULL, NULL, 0, 0);
}

void ingot_recorder_metric(ingot_recorder *r, const char *name, int64_t step, double value) {
    if (isfinite(value)) push(r, METRIC, name, NULL, NULL, step, value);
}

void ingot_recorder_stage(ingot_recorder *r, const char *name, double seconds) {
    push(r, STAGE, name, NULL, NULL, 0, seconds);
}

void ingot_recorder_input(ingot_recorder *r, const char *name, const char *source,
                          const char *digest) {
    push(r, INPUT, name, source, digest, 0, 0);
}

void ingot_recorder_artifact(ingot_recorder *r, const char *name, const char *path,
                             const char *sha256) {
    struct stat file;
    char *whole = realpath(path, NULL);
    push(r, ARTIFACT, name, whole ? whole : path, sha256,
         stat(path, &file) == 0 ? (int64_t)file.st_size : 0, 0);
    free(whole);
}

void ingot_recorder_step(ingot_recorder *r, int64_t step, double loss, double learning_rate,
                         double gradient_norm) {
    r->sum.loss += loss;
    r->sum.learning_rate += learning_rate;
    r->sum.gradient_norm += gradient_norm;
    r->summed++;
    if (step % r->every != 0 && step != r->facts->steps) return;
    const size_t at = atomic_load_explicit(&r->published, memory_order_relaxed);
    if (at < r->capacity) {
        const double n = (double)r->summed;
        r->points[at] = (point){step, ingot_now_ms(), r->sum.loss / n, r->sum.learning_rate / n,
                                r->sum.gradient_norm / n};
        atomic_store_explicit(&r->published, at + 1, memory_order_release);
    }
    memset(&r->sum, 0, sizeof r->sum);
    r->summed = 0;
}

/* ------------------------------------------------------------------ the thread's side */

static ingot_status put_metric(ingot_recorder *r, const char *name, int64_t step, int64_t time,
                               double value) {
    if (!isfinite(value)) return INGOT_OK;
    /* A training that goes on repeats steps, with the same values: those that are there stay. */
    return ingot_db_do(&r->db, &r->problem,
                       "INSERT OR IGNORE INTO metrics (run, name, step, time, value)"
                       " VALUES (?, ?, ?, ?, ?)",
                       "isiid", r->row.number, name, step, time, value);
}

/* The rows of the points that came since the last turn, with one statement. */
static ingot_status put_points(ingot_recorder *r) {
    static const char *const names[] = {"loss", "learning_rate", "gradient_norm"};
    const size_t end = atomic_load_explicit(&r->published, memory_order_acquire);
    sqlite3_stmt *s;
    if (r->written == end) return INGOT_OK;
    ingot_status status = ingot_db_prepare(
        &r->db, &s, &r->problem,
        "INSERT OR IGNORE INTO metrics (run, name, step, time, value) VALUES (?, ?, ?, ?, ?)", "");
    for (; status == INGOT_OK && r->written < end; r->written++) {
        const point *p = &r->points[r->written];
        const double values[] = {p->loss, p->learning_rate, p->gradient_norm};
        for (size_t i = 0; status == INGOT_OK && i < sizeof values / sizeof *values; i++) {
            if (!isfinite(values[i])) continue;
            sqlite3_bind_int64(s, 1, r->row.number);
            sqlite3_bind_text(s, 2, names[i], -1, SQLITE_STATIC);
            sqlite3_bind_int64(s, 3, p->step);
            sqlite3_bind_int64(s, 4, p->time);
            sqlite3_bind_double(s, 5, values[i]);
            if (ingot_db_step(&r->db, s, &r->problem) < 0) status = INGOT_FAILED;
            sqlite3_reset(s);
        }
    }
    sqlite3_finalize(s);
    return status;
}

/* Steps of system metrics are seconds since the run began. */
static ingot_status put_usage(ingot_recorder *r) {
    ingot_usage usage;
    ingot_usage_now(&usage);
    const struct {
        const char *name;
        double value;
    } values[] = {{"system.cpu_user_seconds", usage.user_seconds},
                  {"system.cpu_system_seconds", usage.system_seconds},
                  {"system.resident_bytes", usage.resident_bytes},
                  {"system.read_bytes", usage.read_bytes},
                  {"system.written_bytes", usage.written_bytes}};
    const int64_t now = ingot_now_ms();
    ingot_status status = INGOT_OK;
    for (size_t i = 0; status == INGOT_OK && i < sizeof values / sizeof *values; i++) {
        status = put_metric(r, values[i].name, (now - r->row.started) / 1000, now, values[i].value);
    }
    return status;
}

static ingot_status put_item(ingot_recorder *r, const item *i) {
    const int good =
        i->kind == END && (strcmp(i->name, "finished") == 0 || strcmp(i->name, "gate") == 0);
    switch (i->kind) {
    case METRIC:
        return put_metric(r, i->name, i->step, i->time, i->value);
    case STAGE:
        /* A second look at a finished run does not change how long it took. */
        return ingot_db_do(&r->db, &r->problem,
                           r->row.attached ? "INSERT OR IGNORE INTO stages VALUES (?, ?, ?, ?)"
                                           : "INSERT OR REPLACE INTO stages VALUES (?, ?, ?, ?)",
                           "iisd", r->row.number, r->row.attempt, i->name, i->value);
    case INPUT:
        return ingot_db_do(&r->db, &r->problem, "INSERT OR REPLACE INTO inputs VALUES (?, ?, ?, ?)",
                           "isss", r->row.number, i->name, i->text, i->digest);
    case ARTIFACT:
        return ingot_db_do(&r->db, &r->problem,
                           "INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, ?, ?)", "isssi",
                           r->row.number, i->name, i->text, i->digest, i->step);
    case TRAINS:
        return r->row.attached ? ingot_row_begin(&r->db, r->facts, 1, &r->row, &r->problem)
                               : INGOT_OK;
    case END:
        break;
    }
    ingot_status status = INGOT_OK;
    /* What a finished run came to stays; an attempt on it that failed is a run of its own. */
    if (r->row.attached && !good) {
        status = ingot_row_begin(&r->db, r->facts, 1, &r->row, &r->problem);
    }
    if (status != INGOT_OK || r->row.attached) return status;
    return ingot_db_do(&r->db, &r->problem,
                       "UPDATE runs SET status = ?, exit_code = ?, cause = ?, ended = ?, seen = ?"
                       " WHERE number = ?",
                       "sisiii", i->name, i->step, i->text, i->time, i->time, r->row.number);
}

/* The first turn's row. A run that runs.db has a row of, and that is set aside now, has another one
 * of the same id in its file. */
static ingot_status begin(ingot_recorder *r) {
    const ingot_row known = r->row;
    ingot_status status = ingot_row_begin(&r->db, r->facts, 0, &r->row, &r->problem);
    if (status != INGOT_OK || !known.number) return status;
    snprintf(r->row.id, sizeof r->row.id, "%s", known.id);
    r->row.attempt = known.attempt;
    return ingot_db_do(&r->db, &r->problem,
                       "UPDATE runs SET id = ?, attempts = ?, started = ? WHERE number = ?", "siii",
                       known.id, known.attempt, known.started, r->row.number);
}

static ingot_status transaction(ingot_recorder *r) {
    ingot_status status = ingot_db_do(&r->db, &r->problem, "BEGIN IMMEDIATE", "");
    if (status != INGOT_OK) return status;
    if (!r->begun) status = begin(r);
    for (const item *i = r->pending; status == INGOT_OK && i; i = i->next) {
        /* Points before the end, so that their times are in order. */
        if (i->kind == END) status = put_points(r);
        if (status == INGOT_OK) status = put_item(r, i);
    }
    if (status == INGOT_OK) status = put_points(r);
    if (status == INGOT_OK && !r->row.attached) {
        status = put_usage(r);
        if (status == INGOT_OK) {
            status = ingot_db_do(&r->db, &r->problem, "UPDATE runs SET seen = ? WHERE number = ?",
                                 "ii", ingot_now_ms(), r->row.number);
        }
    }
    if (status == INGOT_OK) status = ingot_db_do(&r->db, &r->problem, "COMMIT", "");
    if (status != INGOT_OK) {
        const int busy = r->db.busy;
        sqlite3_exec(r->db.handle, "ROLLBACK", NULL, NULL, NULL);
        r->db.busy = busy;
    }
    return status;
}

/* One turn: writes all that has come. 1 where it is done or hopeless, 0 where the file is locked.
 */
static int turn(ingot_recorder *r, int wait) {
    char *path = NULL;
    ingot_status status = INGOT_OK;
    if (r->over) return 1;
    r->db.busy = 0;
    if (!r->open) {
        status = ingot_make_directories(r->facts->work, &r->problem);
        path = ingot_join(r->facts->work, "runs.db");
        if (status == INGOT_OK && !path)
            status = ingot_fail(&r->problem, INGOT_FAILED, "no memory");
        if (status == INGOT_OK) {
            status = ingot_db_open(path, INGOT_DB_WRITE, wait, &r->db, &r->problem);
            r->open = status == INGOT_OK;
        }
        if (r->open) status = ingot_aside_gather(&r->db, r->facts->work, &r->problem);
        free(path);
    }
    const ingot_row before = r->row;
    const size_t written = r->written;
    if (status == INGOT_OK) {
        sqlite3_busy_timeout(r->db.handle, wait);
        status = transaction(r);
    }
    if (status != INGOT_OK) {
        r->row = before;
        r->written = written;
        r->over = !r->db.busy;
        return r->over;
    }
    r->begun = 1;
    free_items(r->pending);
    r->pending = NULL;
    r->pending_last = &r->pending;
    pthread_mutex_lock(&r->mutex);
    memcpy(r->id, r->row.id, sizeof r->id);
    pthread_mutex_unlock(&r->mutex);
    return 1;
}

/* All that runs.db did not take, into a file of its own, which has its name when it is whole. What
 * went wrong with runs.db stays in `problem`. */
static void set_aside(ingot_recorder *r) {
    ingot_error why = r->problem;
    uint8_t random[16];
    char id[33], *part = NULL, *whole = NULL;
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return;
    ingot_hex(random, sizeof random, id);
    part = ingot_aside_path(r->facts->work, id, ".tmp");
    whole = ingot_aside_path(r->facts->work, id, ".db");
    if (r->open) ingot_db_close(&r->db);
    r->open = r->begun = 0;
    if (part && whole && ingot_db_open(part, INGOT_DB_WRITE, 0, &r->db, &r->problem) == INGOT_OK) {
        const int kept = transaction(r) == INGOT_OK;
        ingot_db_close(&r->db); /* its log is poured into it and removed */
        if (kept && rename(part, whole) == 0) {
            memcpy(r->id, r->row.id, sizeof r->id);
            r->aside = whole;
            whole = NULL;
        }
    }
    if (part && !r->aside) unlink(part);
    free(part);
    free(whole);
    r->problem = why;
}

/* Seconds until the next turn: the longer a run, the fewer samples it needs. */
static int period(int turns) {
    return turns < 60 ? 1 : turns < 600 ? 10 : 60;
}

static void *run_thread(void *user) {
    ingot_recorder *r = user;
    sigset_t all;
    int ending = 0, turns = 0;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!ending) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += turns == 0 ? 0 : period(turns);
        pthread_mutex_lock(&r->mutex);
        while (turns > 0 && !r->ending &&
               pthread_cond_timedwait(&r->wake, &r->mutex, &until) == 0) {
        }
        ending = r->ending;
        const int wait = ending ? r->wait : 100;
        *r->pending_last = r->first;
        if (r->first) r->pending_last = r->last;
        r->first = NULL;
        r->last = &r->first;
        pthread_mutex_unlock(&r->mutex);
        const int done = turn(r, wait);
        if (ending && !done) r->over = 1;
        turns++;
    }
    if (r->over) set_aside(r);
    if (r->open) ingot_db_close(&r->db);
    return NULL;
}

/* ------------------------------------------------------------------ begin and end */

static void release(ingot_recorder *r) {
    free_items(r->first);
    free_items(r->pending);
    free(r->points);
    free(r);
}

ingot_recorder *ingot_recorder_start(const ingot_run_facts *facts) {
    ingot_recorder *r = calloc(1, sizeof *r);
    pthread_condattr_t attributes;
    if (!r) return NULL;
    r->facts = facts;
    r->last = &r->first;
    r->pending_last = &r->pending;
    const int64_t steps = facts->steps > 0 ? facts->steps : 1;
    r->every = (steps + INGOT_TRACK_POINTS - 1) / INGOT_TRACK_POINTS;
    r->capacity = (size_t)(steps / r->every) + 1;
    r->points = calloc(r->capacity, sizeof *r->points);
    pthread_mutex_init(&r->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&r->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (!r->points || pthread_create(&r->thread, NULL, run_thread, r) != 0) {
        release(r);
        return NULL;
    }
    return r;
}

void ingot_recorder_id(ingot_recorder *r, char id[33]) {
    pthread_mutex_lock(&r->mutex);
    memcpy(id, r->id, sizeof r->id);
    pthread_mutex_unlock(&r->mutex);
}

ingot_status ingot_recorder_end(ingot_recorder *r, const char *status, int exit_code,
                                const char *cause, int wait, char id[33], char **aside,
                                ingot_error *error) {
    push(r, END, status, cause, NULL, exit_code, 0);
    pthread_mutex_lock(&r->mutex);
    r->ending = 1;
    r->wait = wait;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->mutex);
    pthread_join(r->thread, NULL);
    memcpy(id, r->id, sizeof r->id);
    *aside = r->aside;
    ingot_status result = INGOT_OK;
    if (r->over) {
        result = ingot_fail(error, INGOT_FAILED, "%s", r->problem.text);
    } else if (r->lost) {
        result = ingot_fail(error, INGOT_FAILED, "out of memory for %d things", r->lost);
    }
    release(r);
    return result;
}
