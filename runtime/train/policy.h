/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * policy.h: what a spec says of a training beyond its steps: gradients gathered over batches,
 * checkpoints, which epoch's weights are kept, when to stop early, a learning rate that follows a
 * metric. Generated code defines one where a spec departs from ingot_train_defaults.
 *
 * Metrics are named as in specs (generator/spec/metrics.lua): "training.loss", "training.accuracy",
 * "validation.M" per sample and "validation.items.M" per item (file, record), M being a metric of
 * train/metrics.h, of train/metrics_regression.h or (items only) of train/metrics_ranking.h.
 */
#ifndef INGOT_TRAIN_POLICY_H
#define INGOT_TRAIN_POLICY_H

#include <stdint.h>

/* The learning rate falls where a metric no longer improves: torch's ReduceLROnPlateau. */
typedef struct ingot_plateau {
    const char *metric;
    int32_t higher;      /* 1: higher is better */
    int32_t first_epoch; /* epochs before it (a warm-up) follow the program's table, unobserved */
    double rate;         /* to begin with */
    double factor, threshold, minimum;
    int32_t relative; /* 1: the threshold is a share of the best value, 0: a difference */
    int32_t patience, cooldown;
} ingot_plateau;

typedef struct ingot_train_policy {
    int32_t accumulate; /* batches whose gradients make one update; the last group of an epoch may
                           be smaller */
    /* A checkpoint is due after so many epochs, steps, seconds since the last (0: not by this), and
     * waits while those before it took more than this share of the time since. */
    int32_t checkpoint_epochs;
    int64_t checkpoint_steps;
    double checkpoint_seconds, checkpoint_share;
    const char *best; /* NULL: the last epoch's weights are kept; else those of the best by this */
    int32_t best_higher;
    const char *stopping; /* NULL: all epochs are run */
    int32_t stopping_higher;
    int32_t patience;             /* stops after so many epochs in a row without an improvement */
    double min_change;            /* of more than this */
    const ingot_plateau *plateau; /* NULL: the program's table of learning rates holds throughout */
} ingot_train_policy;

/* What holds where a program has no policy of its own. */
extern const ingot_train_policy ingot_train_defaults;

#endif
