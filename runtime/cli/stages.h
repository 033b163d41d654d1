/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * stages.h: the pipeline of an executable: ingest, validate, features, (backbone,) train,
 * evaluate, report.
 *
 * A stage that needs another calls it; each runs once in a session. Its seconds go into the
 * session's summary, its key and outputs into stages.json. A session that was interrupted
 * (session->interrupted) runs no further stage.
 */
#ifndef INGOT_CLI_STAGES_H
#define INGOT_CLI_STAGES_H

#include "cli/session.h"
#include "train/backbone.h"

/* Opens the lock and compares the data on disk with it. */
ingot_status ingot_stage_ingest(ingot_session *session, ingot_error *error);

/* Whether the locked data can be trained on and measured: splits that are empty, classes without
 * a training item. Writes validation.json. */
ingot_status ingot_stage_validate(ingot_session *session, ingot_error *error);

/* What the spec's rules found (validate.c) into validation.json; a remark for each that warns. */
ingot_status ingot_validation_write(ingot_session *session, ingot_error *error);

/* Opens the store, computing it where the cache has none; writes data.json. */
ingot_status ingot_stage_features(ingot_session *session, ingot_error *error);

/* Opens what the frozen part gives for each training sample, computing it where the cache has none:
 * for a program that keeps it, its features there and its engine set to the weights that training
 * starts from. The caller closes it. */
ingot_status ingot_stage_backbone(ingot_session *session, ingot_activations *activations,
                                  ingot_error *error);

/* Trains and saves the weights, unless those of the same key (keys.h) are there or in the cache
 * (and not --fresh). */
ingot_status ingot_stage_train(ingot_session *session, ingot_error *error);

/* Loads the weights (--weights, or the folder's) and measures them, unless a measurement of the
 * same key is in the cache (and not --fresh); writes metrics.json and mistakes.json, and gate.json
 * where the spec has a gate. A gate that is not met is no failure of the stage: ingot_gate_verdict
 * tells, when everything has been written. */
ingot_status ingot_stage_evaluate(ingot_session *session, ingot_error *error);

/* Makes report.html and report.json from the files of the folder. */
ingot_status ingot_stage_report(ingot_session *session, ingot_error *error);

/* Copies weights, history, metrics and report, each whole or not at all, into --results where that
 * was given, the folder made where missing. What this run has not got is removed from there. */
ingot_status ingot_copy_results(const ingot_session *session, ingot_error *error);

/* Measures the spec's gate, where it has one, on the test split's metrics (results_metrics.h), with
 * the weights that are loaded, whose digest is `weights`. Writes gate.json, prints a table. */
ingot_status ingot_gate_measure(ingot_session *session, const json_t *test, const char *weights,
                                ingot_error *error);

/* INGOT_GATE, naming the rules, where the gate was measured in this session and not met. */
ingot_status ingot_gate_verdict(const ingot_session *session, ingot_error *error);

/* The weights a word loads: --weights, or those of the folder; fails, saying what to do, where
 * there are none. From malloc. */
ingot_status ingot_weights_path(const ingot_session *session, char **path, ingot_error *error);

/* Hex SHA-256 over the files of the training split: a line "<sha256>  <bytes>  <path>" for each,
 * in the order of the lock. */
ingot_status ingot_training_digest(const ingot_dataset *dataset, char hex[65], ingot_error *error);

/* Metrics of a split (results.h) as text for people. */
void ingot_print_metrics(FILE *to, const char *split, const json_t *metrics);

#endif
