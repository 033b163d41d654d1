/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * monitor.c: see monitor.h.
 */
#include "train/monitor.h"

#include <stddef.h>
#include <string.h>

const ingot_train_policy ingot_train_defaults = {
    .accumulate = 1,
    .checkpoint_epochs = 1,
    .checkpoint_seconds = 60,
    .checkpoint_share = 0.01,
};

/* Where the metrics of a validation lie. */
static const struct {
    const char *name;
    size_t offset;
} of_validation[] = {
    {"validation.accuracy", offsetof(ingot_metrics, accuracy)},
    {"validation.balanced_accuracy", offsetof(ingot_metrics, balanced_accuracy)},
    {"validation.macro_precision", offsetof(ingot_metrics, macro_precision)},
    {"validation.macro_recall", offsetof(ingot_metrics, macro_recall)},
    {"validation.macro_f1", offsetof(ingot_metrics, macro_f1)},
};

int ingot_monitored(const char *metric, const ingot_epoch *epoch, const ingot_metrics *validation,
                    double *value) {
    if (strcmp(metric, "training.loss") == 0) {
        *value = epoch->loss;
        return 1;
    }
    if (strcmp(metric, "training.accuracy") == 0) {
        *value = epoch->accuracy;
        return 1;
    }
    if (strcmp(metric, "validation.loss") == 0 && epoch->has_validation) {
        *value = epoch->validation_loss;
        return 1;
    }
    for (size_t i = 0; validation && i < sizeof of_validation / sizeof *of_validation; i++) {
        if (strcmp(metric, of_validation[i].name) != 0) continue;
        memcpy(value, (const char *)validation + of_validation[i].offset, sizeof *value);
        return 1;
    }
    return 0;
}

int ingot_best_step(ingot_best *best, int higher, int32_t epoch, double value) {
    if (best->epoch >= 0 && !(higher ? value > best->value : value < best->value)) return 0;
    if (value != value) return 0;
    *best = (ingot_best){epoch, value};
    return 1;
}

int ingot_stopping_step(const ingot_train_policy *policy, ingot_stopping *stopping, double value) {
    const double change = policy->stopping_higher ? value - stopping->best : stopping->best - value;
    if (stopping->seen++ == 0 ? value == value : change > policy->min_change) {
        stopping->best = value;
        stopping->bad = 0;
    } else {
        if (stopping->seen == 1) stopping->seen = 0; /* a NaN is nothing to compare with */
        stopping->bad++;
    }
    return stopping->bad >= policy->patience;
}

void ingot_plateau_start(const ingot_plateau *plateau, ingot_plateau_state *state) {
    *state = (ingot_plateau_state){.rate = plateau->rate};
}

static int improves(const ingot_plateau *p, const ingot_plateau_state *state, double value) {
    if (state->seen == 0) return value == value;
    if (p->relative) {
        return p->higher ? value > state->best * (1 + p->threshold)
                         : value < state->best * (1 - p->threshold);
    }
    return p->higher ? value > state->best + p->threshold : value < state->best - p->threshold;
}

void ingot_plateau_step(const ingot_plateau *plateau, ingot_plateau_state *state, double value) {
    static const double least_change = 1e-8; /* smaller changes of the rate are not made */
    if (improves(plateau, state, value)) {
        state->seen++;
        state->best = value;
        state->bad = 0;
    } else {
        state->bad++;
    }
    if (state->cooldown > 0) {
        state->cooldown--;
        state->bad = 0;
    }
    if (state->bad <= plateau->patience) return;
    double rate = state->rate * plateau->factor;
    if (rate < plateau->minimum) rate = plateau->minimum;
    if (state->rate - rate > least_change) state->rate = rate;
    state->cooldown = plateau->cooldown;
    state->bad = 0;
}
