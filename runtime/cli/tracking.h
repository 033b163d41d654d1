/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * tracking.h: one call of the executable as a run in WORK/runs.db (track/record.h). The words run,
 * train and evaluate are recorded, unless --track none. Nothing that goes wrong with it fails a
 * run: it is told on standard error.
 */
#ifndef INGOT_CLI_TRACKING_H
#define INGOT_CLI_TRACKING_H

#include "cli/session.h"
#include "train/loop.h"

/* Begins where the word is one of those; INGOT_USAGE for a --track that says nothing sensible. */
ingot_status ingot_tracking_begin(ingot_session *session, ingot_error *error);

/* Training begins: the data set is open. */
void ingot_tracking_trains(ingot_session *session);

/* ingot_train_hooks, `user` being the session. */
void ingot_tracking_step(void *user, const ingot_step_metrics *metrics);
void ingot_tracking_epoch(ingot_session *session, const ingot_epoch *epoch);

/* A stage is over. */
void ingot_tracking_stage(ingot_session *session, const char *stage, double seconds);

/* The word is done: what the session's summary holds (metrics, files) and how it ended. */
void ingot_tracking_end(ingot_session *session, ingot_status status, const ingot_error *error);

#endif
