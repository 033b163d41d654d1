/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * reuse.h: finished trainings and evaluations that another executable (or another name, gate or
 * data folder of this one) has made with the same key, taken from WORK/cache.
 */
#ifndef INGOT_CLI_REUSE_H
#define INGOT_CLI_REUSE_H

#include "cli/session.h"
#include "train/loop.h"

/* Writes the folder's weights.safetensors, history.json, timing.json and the stage "train" from the
 * cache, with this program's name and stamp: the bytes that training here would have written.
 * *taken is 0, and nothing written, where the cache has nothing whole of this key. */
ingot_status ingot_reuse_training(ingot_session *session, const char *key, int *taken,
                                  ingot_error *error);

/* Puts what a finished training has written to the folder into the cache. */
void ingot_share_training(const ingot_session *session, const char *key,
                          const ingot_train_result *result, double seconds);

/* Metrics by split and the mistakes (results.h, mistakes.h; new; mistakes NULL where there were
 * none); *metrics is NULL where the cache has nothing whole. */
ingot_status ingot_reuse_evaluation(ingot_session *session, const char *key, json_t **metrics,
                                    json_t **mistakes, ingot_error *error);

/* Puts them there. */
void ingot_share_evaluation(const ingot_session *session, const char *key, json_t *metrics,
                            const json_t *mistakes);

/* The stage "train" of stages.json of a finished training. New; takes nothing. */
json_t *ingot_train_entry(const ingot_session *session, const char *key, const char *weights,
                          double seconds, int cached);

#endif
