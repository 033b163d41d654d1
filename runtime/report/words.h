/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * words.h: which terms of texts speak for which class, by what the model predicted.
 *
 * Over the texts of a split, for a term t that is in n of them and a class c: how far the mean of
 * c's probability over those n lies above the mean over all, in standard errors of a mean of n:
 *
 *   score = (mean_t(p_c) - mean(p_c)) / (deviation(p_c) / sqrt(n))
 *
 * It says what the model makes of a term in the company in which it occurs, not what a single
 * weight is. Terms in fewer than INGOT_WORDS_TEXTS texts are not judged.
 */
#ifndef INGOT_REPORT_WORDS_H
#define INGOT_REPORT_WORDS_H

#include <jansson.h>

#include "data/dataset.h"
#include "train/scores.h"

enum { INGOT_WORDS = 15, INGOT_WORDS_TEXTS = 3 };

/* [{"class", "words": [{"term", "texts", "probability": the mean over them, "score"}]}], the
 * highest scores first; NULL in *value where samples are no texts whose terms have names. */
ingot_status ingot_words_json(const ingot_program *program, const ingot_store *store,
                              const ingot_scores *scores, json_t **value, ingot_error *error);

#endif
