/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * mlflow.h: sends a run from runs.db to an MLflow server, through its REST interface (version 2.0).
 *
 * What has arrived is marked in the table `sent`, so that a call sends what is missing, and nothing
 * twice: before metrics are sent it is noted up to which row; where the answer never came, the
 * server is asked what it has before any of them is sent again. Everything else (parameters, tags,
 * inputs, files, status) comes to the same when it is sent again.
 */
#ifndef INGOT_TRACK_MLFLOW_H
#define INGOT_TRACK_MLFLOW_H

#include "track/db.h"
#include "track/http.h"

/* Sends what runs.db has of a run and the server has not. INGOT_OK: all of it has arrived. Does
 * nothing where the run is sent nowhere, or another process is sending it just now. */
ingot_status ingot_mlflow_send(ingot_db *db, ingot_http *http, int64_t run, ingot_error *error);

#endif
