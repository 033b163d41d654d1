/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * slices.h: metrics of parts of a split: by speaker, by the value of a column. The generator has
 * decided which part an item is in.
 *
 * Of a classification: accuracy and log loss (train/metrics.h), and macro F1 as the mean over the
 * classes that occur in the part, as true or as predicted ones (scikit-learn's default labels): a
 * part often lacks some. Of a regression: MAE, RMSE, R2 (train/metrics_regression.h).
 */
#ifndef INGOT_REPORT_SLICES_H
#define INGOT_REPORT_SLICES_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "data/dataset.h"
#include "program.h"
#include "train/scores.h"

typedef struct ingot_slice {
    const char *name; /* "speaker" */
    int32_t count;
    const char *const *values; /* [count] "anna", ... in byte order */
    const int16_t *of; /* [items of validation, then of test] index of the value; -1: in none */
} ingot_slice;

typedef struct ingot_slices {
    int32_t count;
    const ingot_slice *slices;
} ingot_slices;

/* [{"name", "values": [{"name", "rows", "accuracy", "log_loss", "macro_f1"}]}], or "mae", "r2",
 * "rmse" in place of the last three; every value is there, and one without rows has null for its
 * numbers. Added to `metrics` as "slices". Nothing is added where the program has no slices. */
ingot_status ingot_slices_add(const ingot_program *program, const ingot_store *store,
                              const ingot_scores *scores, json_t *metrics, ingot_error *error);

/* The same by name, without rows: {"speaker": {"anna": {"accuracy": 0.9, ...}}}; NULL without
 * slices. The caller's. */
json_t *ingot_slices_summary(const json_t *metrics);

/* A table for a terminal; nothing without slices. */
void ingot_slices_print(FILE *to, const json_t *metrics);

#endif
