/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * evaluate.h: one split of the store through an inference entry, and what comes out of it.
 *
 * Metrics are given twice: per sample (segment), and per item (file or record), whose
 * probabilities are the mean over its samples, taken in double and rounded to float.
 */
#ifndef INGOT_TRAIN_EVALUATE_H
#define INGOT_TRAIN_EVALUATE_H

#include <signal.h>

#include "data/dataset.h"
#include "train/engine.h"
#include "train/metrics.h"
#include "train/metrics_ranking.h"
#include "train/metrics_regression.h"
#include "train/scores.h"

typedef struct ingot_evaluation {
    ingot_metrics samples, items;
    ingot_regression regression; /* in place of both, where numbers are predicted; else outputs 0 */
    int interrupted;             /* 1: stopped before the end; the metrics are empty */
} ingot_evaluation;

/* First store index of a split's samples. They follow each other: train, validation, test. */
int64_t ingot_split_begin(const ingot_program *program, ingot_split split);

/* "train", "validation", "test" */
const char *ingot_split_name(ingot_split split);

/* "cats/1.wav", or "t10k-images.gz#17" where a file holds many records. */
void ingot_sample_name(const ingot_dataset *dataset, const ingot_store *store, int64_t sample,
                       char *name, size_t size);

/* Prepares and runs program->evaluate_step over a split. `stop` (may be NULL) is looked at before
 * each batch, `progress` (may be NULL) called after it with samples. INGOT_FAILED names the first
 * item whose probabilities are not finite. Release with ingot_evaluation_free. */
ingot_status ingot_evaluate(ingot_engine *engine, const ingot_dataset *dataset,
                            const ingot_store *store, ingot_split split,
                            const volatile sig_atomic_t *stop, ingot_progress progress, void *user,
                            ingot_evaluation *evaluation, ingot_error *error);
/* The same, and what was said of each item goes into `scores`, which has room for the split's items
 * (may be NULL). */
ingot_status ingot_evaluate_scores(ingot_engine *engine, const ingot_dataset *dataset,
                                   const ingot_store *store, ingot_split split,
                                   const volatile sig_atomic_t *stop, ingot_progress progress,
                                   void *user, ingot_scores *scores, ingot_evaluation *evaluation,
                                   ingot_error *error);

/* The same without progress, and how probabilities order the items goes into `ranking` (areas only;
 * NULL: not asked for; empty where interrupted). Release it with ingot_ranking_free. */
ingot_status ingot_evaluate_ranking(ingot_engine *engine, const ingot_dataset *dataset,
                                    const ingot_store *store, ingot_split split,
                                    const volatile sig_atomic_t *stop, ingot_ranking *ranking,
                                    ingot_evaluation *evaluation, ingot_error *error);

void ingot_evaluation_free(ingot_evaluation *evaluation);

#endif
