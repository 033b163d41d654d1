/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * record.h: records one run in WORK/runs.db while it goes on.
 *
 * The work is done by a thread of its own: callers only put things into memory, so that a slow
 * disk or a locked file never holds up a training. Steps are thinned out to at most
 * INGOT_TRACK_POINTS points, each the mean of as many consecutive steps. No function here fails:
 * what went wrong is told once, at the end, and the run is none the worse for it.
 */
#ifndef INGOT_TRACK_RECORD_H
#define INGOT_TRACK_RECORD_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

enum { INGOT_TRACK_POINTS = 1000 };

/* What is known of a run when it begins. Everything pointed at must live until it ends. */
typedef struct ingot_run_facts {
    const char *work;       /* folder of runs.db, made where missing */
    const char *name;       /* of the executable */
    const char *experiment; /* what runs are grouped by; the executable's name unless given */
    const char *stamp, *word, *isa;
    const char *folder;   /* WORK/<name>-<stamp12> */
    const char *data;     /* folder of the data set */
    const char *features; /* features_key */
    int32_t threads;
    int trains;           /* 0: the word only measures what an earlier run trained */
    int fresh;            /* never goes on with an earlier run */
    int64_t steps;        /* of a whole training */
    const char *spec;     /* [spec_size] */
    const char *manifest; /* [manifest_size] */
    const char *lock;     /* [lock_size] */
    size_t spec_size, manifest_size, lock_size;
    const json_t *parameters;  /* {"train.epochs": "10", ...}; NULL: none */
    const json_t *environment; /* {"library.oneDNN": "2.6.3", ...}; NULL: none */
    const char *mlflow;        /* URL that the run is also to be sent to; NULL: none */
} ingot_run_facts;

typedef struct ingot_recorder ingot_recorder;

/* Begins. A run of the same stamp and threads that did not finish and whose process is gone is
 * gone on with (its row counts one attempt more); one that finished is added to, until something
 * is trained; otherwise there is a new row. NULL: out of memory or threads. */
ingot_recorder *ingot_recorder_start(const ingot_run_facts *facts);

/* Something is being trained now. */
void ingot_recorder_trains(ingot_recorder *recorder);

/* One step; `step` counts from 1 over all epochs. Nanoseconds. gradient_norm NaN: none. */
void ingot_recorder_step(ingot_recorder *recorder, int64_t step, double loss, double learning_rate,
                         double gradient_norm);

/* A metric at a step; values that are not finite are left out. Steps are those of the training. */
void ingot_recorder_metric(ingot_recorder *recorder, const char *name, int64_t step, double value);

void ingot_recorder_stage(ingot_recorder *recorder, const char *name, double seconds);

/* Data that was read, by its digest: "train", the folder, hex. */
void ingot_recorder_input(ingot_recorder *recorder, const char *name, const char *source,
                          const char *digest);

/* A file that was written, by its digest. */
void ingot_recorder_artifact(ingot_recorder *recorder, const char *name, const char *path,
                             const char *sha256);

/* Ends the run: `status` is "finished", "gate", "failed" or "interrupted", `cause` the message of
 * what did not go well (NULL: none). Waits at most `wait` milliseconds for a file that others
 * hold. `id` is the run's. Where it could not be recorded: INGOT_FAILED, and the message says why;
 * `*aside` is then the file in which the run is kept until runs.db can be written to
 * (track/aside.h; the caller frees it), NULL where that was not possible either. Releases the
 * recorder. */
ingot_status ingot_recorder_end(ingot_recorder *recorder, const char *status, int exit_code,
                                const char *cause, int wait, char id[33], char **aside,
                                ingot_error *error);

/* The id of the run, once the thread has begun it; "" before. */
void ingot_recorder_id(ingot_recorder *recorder, char id[33]);

#endif
