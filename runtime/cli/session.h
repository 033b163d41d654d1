/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * session.h: one call of the executable: its options, what it has opened, where it writes, and the
 * JSON object that --json ends with.
 *
 * Everything written lies under WORK: WORK/cache (features, backbone, shared between executables)
 * and WORK/<name>-<first 12 digits of the stamp>, the folder of this executable's results:
 *   weights.safetensors, weights.partial.safetensors   train
 *   history.json, timing.json                          train
 *   validation.json                                    validate
 *   data.json                                          features
 *   metrics.json                                       evaluate
 *   stages.json                                        keys, outputs and seconds of the stages
 *   mistakes.json, gate.json                           evaluate
 *   report.html, report.json                           report
 */
#ifndef INGOT_CLI_SESSION_H
#define INGOT_CLI_SESSION_H

#include <jansson.h>
#include <stdio.h>

#include "cli/options.h"
#include "data/dataset.h"
#include "train/engine.h"

typedef struct ingot_session {
    const ingot_program *program;
    const ingot_options *options;
    int32_t threads;
    const char *root; /* of the data set */
    char *folder;     /* WORK/<name>-<stamp12> */
    ingot_dataset *dataset;
    ingot_store *store;
    ingot_engine *engine;
    json_t *summary;                 /* the last line of --json */
    struct ingot_tracking *tracking; /* cli/tracking.h; NULL: this call is not recorded */
    int interrupted;                 /* 1: a signal ended the work early */
} ingot_session;

/* Nothing is opened or written yet. */
ingot_status ingot_session_new(const ingot_program *program, const ingot_options *options,
                               ingot_session *session, ingot_error *error);
void ingot_session_free(ingot_session *session);

/* Where results for people go: standard output, or NULL with --json. */
FILE *ingot_session_out(const ingot_session *session);

/* A remark on standard error, not with --quiet. */
void ingot_session_note(const ingot_session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* WORK/<name>-<stamp12>/<file>, from malloc. */
ingot_status ingot_session_path(const ingot_session *session, const char *file, char **path,
                                ingot_error *error);

/* Writes a JSON file into the folder (made where missing). Takes `value`; NULL is a failed
 * allocation. */
ingot_status ingot_session_write(const ingot_session *session, const char *file, json_t *value,
                                 ingot_error *error);

/* Reads one; *value is NULL where there is none. */
ingot_status ingot_session_read(const ingot_session *session, const char *file, json_t **value,
                                ingot_error *error);

/* Puts {"path", "sha256"} of a written file into the summary. */
void ingot_session_wrote(ingot_session *session, const char *what, const char *path,
                         const char *sha256);

/* An entry of stages.json: reads a copy (NULL where there is none), or replaces it. Takes `value`,
 * to which "peak_rss_bytes" is added: the most memory this process has held so far. */
json_t *ingot_session_stage(const ingot_session *session, const char *stage);
ingot_status ingot_session_set_stage(ingot_session *session, const char *stage, json_t *value,
                                     ingot_error *error);

/* Seconds of a stage, for the summary. */
void ingot_session_took(ingot_session *session, const char *stage, double seconds);

/* The engine for these entries (INGOT_USE_*), made at the first call. */
ingot_status ingot_session_engine(ingot_session *session, int use, ingot_error *error);

#endif
