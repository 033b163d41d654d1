/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * monitor.h: what is decided from an epoch's metrics: the best epoch, early stopping, a learning
 * rate that follows a plateau. A NaN is never better than anything.
 */
#ifndef INGOT_TRAIN_MONITOR_H
#define INGOT_TRAIN_MONITOR_H

#include "train/evaluate.h"
#include "train/loop.h"
#include "train/policy.h"

/* An epoch's value of a metric (policy.h). `validation` is NULL without that split, `ranking` where
 * no metric of it is watched (ingot_monitors_ranking). Returns 0 where there is no such value; a
 * metric that is undefined for this data is NaN, which is never better. */
int ingot_monitored(const char *metric, const ingot_epoch *epoch,
                    const ingot_evaluation *validation, const ingot_ranking *ranking,
                    double *value);

/* Whether a policy watches a metric that needs all rows together. */
int ingot_monitors_ranking(const ingot_train_policy *policy);

/* Best so far; begins with best_epoch = -1. 1 where `value` is better, which is then noted. */
typedef struct ingot_best {
    int32_t epoch; /* from 0 */
    double value;
} ingot_best;
int ingot_best_step(ingot_best *best, int higher, int32_t epoch, double value);

/* Early stopping; begins with seen = 0. 1 where it is time to stop. */
typedef struct ingot_stopping {
    int32_t seen; /* epochs observed */
    int32_t bad;  /* in a row without an improvement */
    double best;
} ingot_stopping;
int ingot_stopping_step(const ingot_train_policy *policy, ingot_stopping *stopping, double value);

/* torch.optim.lr_scheduler.ReduceLROnPlateau, its `eps` 1e-8. */
typedef struct ingot_plateau_state {
    int32_t seen, bad, cooldown;
    double best, rate;
} ingot_plateau_state;
void ingot_plateau_start(const ingot_plateau *plateau, ingot_plateau_state *state);
void ingot_plateau_step(const ingot_plateau *plateau, ingot_plateau_state *state, double value);

#endif
