/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * results.h: results as JSON. These values are what metrics.json and history.json hold and what
 * the report is made from; docs/executable.md describes them.
 */
#ifndef INGOT_REPORT_RESULTS_H
#define INGOT_REPORT_RESULTS_H

#include <jansson.h>

#include "train/engine.h"
#include "train/evaluate.h"
#include "train/loop.h"
#include "report/results_metrics.h"

/* Every function returns a new value, or NULL when out of memory. */

/* {"epochs": [{"epoch" (from 1), "loss", "accuracy", "learning_rate", "validation": {"loss",
 *  "accuracy"}}], "steps", "best": {"epoch", "metric", "value"} where the weights are that
 *  epoch's, "stopped_early": true where they stopped improving}: the same bytes on every run,
 * however often it was interrupted */
json_t *ingot_history_json(const ingot_train_result *result);

/* [{"seconds", "samples_per_second"}], one for each epoch; timing.json. */
json_t *ingot_timing_json(const ingot_train_result *result);

/* What the program is: stamp, model, plan, libraries (with those loaded now). */
json_t *ingot_program_json(const ingot_program *program);

/* {"classes": [names], "splits": {"train": {"items", "samples", "per_class": [samples]}}} */
json_t *ingot_data_json(const ingot_program *program, const ingot_store *store);

#endif
