/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * mlflow_call.h: one call of an MLflow server's REST interface and what its answer means; and the
 * files of a run, which have an interface of their own. Between mlflow.c and its parts only.
 */
#ifndef INGOT_TRACK_MLFLOW_CALL_H
#define INGOT_TRACK_MLFLOW_CALL_H

#include <jansson.h>

#include "track/db.h"
#include "track/http.h"

typedef struct ingot_mlflow {
    ingot_db *db;
    ingot_http *http;
    int64_t run;
    char *id, *name, *status, *url, *experiment_name; /* as in runs.db */
    int64_t started, ended;                           /* ms since 1970; ended 0: still running */
    char *experiment, *remote, *artifacts;            /* ids and artifact_uri there */
} ingot_mlflow;

/* Calls `what` ("runs/create", with its query). Takes `body` (NULL: none). `accepted` is an
 * error_code of the server that is no failure here (NULL: none). *answer, where asked for, is an
 * object to be released. */
ingot_status ingot_mlflow_call(ingot_mlflow *m, const char *method, const char *what, json_t *body,
                               const char *accepted, json_t **answer, ingot_error *error);

/* The failure that an answer does not hold what MLflow's would. */
ingot_status ingot_mlflow_odd(ingot_mlflow *m, const char *what, const json_t *answer,
                              ingot_error *error);

/* Sends the files of the run, its spec and its manifest. */
ingot_status ingot_mlflow_artifacts(ingot_mlflow *m, ingot_error *error);

/* What has arrived: the mark of an item, from malloc (NULL: none), or sets it. */
char *ingot_mark_get(ingot_mlflow *m, const char *item, ingot_error *error);
ingot_status ingot_mark_set(ingot_mlflow *m, const char *item, const char *mark,
                            ingot_error *error);

#endif
