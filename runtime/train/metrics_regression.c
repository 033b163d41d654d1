/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * metrics_regression.c: see metrics_regression.h.
 */
#include "train/metrics_regression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ingot_status ingot_regression_tally_new(int32_t outputs, ingot_regression_tally *tally,
                                        ingot_error *error) {
    memset(tally, 0, sizeof *tally);
    tally->outputs = outputs;
    tally->sums = calloc((size_t)outputs, sizeof *tally->sums);
    return tally->sums ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
}

void ingot_regression_tally_free(ingot_regression_tally *tally) {
    free(tally->sums);
    memset(tally, 0, sizeof *tally);
}

void ingot_regression_tally_add(ingot_regression_tally *tally, const float *targets,
                                const float *predicted) {
    const double rows = (double)++tally->rows;
    for (int32_t i = 0; i < tally->outputs; i++) {
        ingot_error_sums *s = &tally->sums[i];
        const double target = (double)targets[i], miss = (double)predicted[i] - target;
        s->absolute += fabs(miss);
        s->squared += miss * miss;
        const double from_mean = target - s->mean;
        s->mean += from_mean / rows;
        s->spread += from_mean * (target - s->mean);
    }
}

ingot_status ingot_regression_tally_finish(const ingot_regression_tally *tally,
                                           ingot_regression *metrics, ingot_error *error) {
    memset(metrics, 0, sizeof *metrics);
    metrics->outputs = tally->outputs;
    metrics->rows = tally->rows;
    metrics->by_output = calloc((size_t)tally->outputs, sizeof *metrics->by_output);
    if (!metrics->by_output) return ingot_fail(error, INGOT_FAILED, "out of memory");
    for (int32_t i = 0; i < tally->outputs && tally->rows > 0; i++) {
        const ingot_error_sums *s = &tally->sums[i];
        ingot_output_metrics *m = &metrics->by_output[i], *all = &metrics->all;
        m->mae = s->absolute / (double)tally->rows;
        m->mse = s->squared / (double)tally->rows;
        m->rmse = sqrt(m->mse);
        m->r2 = s->spread > 0 ? 1 - s->squared / s->spread : s->squared > 0 ? 0 : 1;
        if (tally->rows < 2) m->r2 = NAN;
        all->mae += m->mae / tally->outputs;
        all->mse += m->mse / tally->outputs;
        all->rmse += m->rmse / tally->outputs;
        all->r2 += m->r2 / tally->outputs;
    }
    return INGOT_OK;
}

void ingot_regression_free(ingot_regression *metrics) {
    free(metrics->by_output);
    memset(metrics, 0, sizeof *metrics);
}
