/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * mistakes.h: the wrong predictions of a split that gave the true class the least probability, with
 * what was seen of them.
 */
#ifndef INGOT_REPORT_MISTAKES_H
#define INGOT_REPORT_MISTAKES_H

#include <jansson.h>

#include "data/dataset.h"
#include "train/scores.h"

enum { INGOT_MISTAKES = 24 };

/* *value: {"split", "wrong", "rows", "items": [{"path", "true", "predicted", "probability" (of the
 * class predicted), "true_probability", "from", "to" (seconds of the segment shown, for sounds),
 * "picture" (a data URI, where a sample is one), "text" (its beginning, where it is one)}], "words"
 * (words.h, of texts)}, at most INGOT_MISTAKES, the worst first. Of an
 * item with several samples the one that fits least is shown. `root`: where the data lies, from
 * which texts are read again: other bytes than those of the lock are INGOT_LOCK_MISMATCH. */
ingot_status ingot_mistakes_json(const ingot_program *program, const ingot_dataset *dataset,
                                 const ingot_store *store, const char *root, const char *split,
                                 const ingot_scores *scores, json_t **value, ingot_error *error);

#endif
