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

typedef struct place {
    const char *name;
    size_t offset;
} place;

/* Where metrics lie: of classes in samples and in items, of numbers, of rows in their order. */
static const place of_classes[] = {
    {"loss", offsetof(ingot_metrics, log_loss)},
    {"accuracy", offsetof(ingot_metrics, accuracy)},
    {"balanced_accuracy", offsetof(ingot_metrics, balanced_accuracy)},
    {"top_5_accuracy", offsetof(ingot_metrics, top5_accuracy)},
    {"macro_precision", offsetof(ingot_metrics, macro_precision)},
    {"macro_recall", offsetof(ingot_metrics, macro_recall)},
    {"macro_f1", offsetof(ingot_metrics, macro_f1)},
    {"weighted_precision", offsetof(ingot_metrics, weighted_precision)},
    {"weighted_recall", offsetof(ingot_metrics, weighted_recall)},
    {"weighted_f1", offsetof(ingot_metrics, weighted_f1)},
    {"brier", offsetof(ingot_metrics, brier)},
    {"expected_calibration_error", offsetof(ingot_metrics, calibration_error)},
    {NULL, 0},
};
static const place of_numbers[] = {
    {"loss", offsetof(ingot_output_metrics, mse)},  {"mse", offsetof(ingot_output_metrics, mse)},
    {"rmse", offsetof(ingot_output_metrics, rmse)}, {"mae", offsetof(ingot_output_metrics, mae)},
    {"r2", offsetof(ingot_output_metrics, r2)},     {NULL, 0},
};
static const place of_rankings[] = {
    {"macro_roc_auc", offsetof(ingot_ranking, roc_auc)},
    {"macro_average_precision", offsetof(ingot_ranking, average_precision)},
    {NULL, 0},
};

static int find(const place *places, const char *name, const void *base, double *value) {
    for (; base && places->name; places++) {
        if (strcmp(places->name, name) != 0) continue;
        memcpy(value, (const char *)base + places->offset, sizeof *value);
        return 1;
    }
    return 0;
}

/* What follows `prefix`, NULL where the name does not begin with it. */
static const char *after(const char *name, const char *prefix) {
    const size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 ? name + n : NULL;
}

int ingot_monitored(const char *metric, const ingot_epoch *epoch,
                    const ingot_evaluation *validation, const ingot_ranking *ranking,
                    double *value) {
    const char *rest;
    if (strcmp(metric, "training.loss") == 0) {
        *value = epoch->loss;
        return 1;
    }
    if (strcmp(metric, "training.accuracy") == 0) {
        *value = epoch->accuracy;
        return 1;
    }
    if (!validation) return 0;
    if (validation->regression.outputs > 0) {
        rest = after(metric, "validation.");
        return rest && find(of_numbers, rest, &validation->regression.all, value);
    }
    rest = after(metric, "validation.items.");
    if (rest) {
        return find(of_classes, rest, &validation->items, value) ||
               find(of_rankings, rest, ranking, value);
    }
    rest = after(metric, "validation.");
    return rest && find(of_classes, rest, &validation->samples, value);
}

static int is_ranking(const char *metric) {
    double nothing;
    const ingot_ranking ranking = {0};
    const char *rest = metric ? after(metric, "validation.items.") : NULL;
    return rest && find(of_rankings, rest, &ranking, &nothing);
}

int ingot_monitors_ranking(const ingot_train_policy *policy) {
    return is_ranking(policy->best) || is_ranking(policy->stopping) ||
           (policy->plateau && is_ranking(policy->plateau->metric));
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
