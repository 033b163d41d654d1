/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * tabular.c: see tabular.h.
 */
#include "data/tabular.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/csv_parse.h"

static int64_t tabular_count(const void *config, const ingot_file *facts) {
    (void)config;
    (void)facts;
    return 1;
}

/* The workspace is the sample. */
static ingot_status tabular_workspace_new(const void *config, void **workspace,
                                          ingot_error *error) {
    const ingot_tabular_config *want = config;
    *workspace = calloc((size_t)want->width, sizeof(float));
    if (*workspace == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for a row");
    return INGOT_OK;
}

/* Returns how many floats the column takes. */
static int32_t one_hot(const ingot_tabular_column *column, const char *cell, float *to) {
    int32_t i = 0;
    for (; column->categories[i] != NULL; i++) {
        to[i] = cell == NULL                               ? column->zeros ? 0.0f : (float)NAN
                : strcmp(column->categories[i], cell) == 0 ? 1.0f
                                                           : 0.0f;
    }
    return i;
}

static ingot_status tabular_compute(const void *config, void *workspace, ingot_signal *signal,
                                    ingot_sample_sink sink, void *user, ingot_error *error) {
    const ingot_tabular_config *want = config;
    float *to = workspace;
    if (signal->kind != INGOT_SIGNAL_ROW || signal->cell_count != want->count) {
        return ingot_fail(error, INGOT_FAILED, "not a row of %d columns", want->count);
    }
    for (int32_t i = 0; i < want->count; i++) {
        const ingot_tabular_column *column = &want->columns[i];
        const char *cell = signal->cells[i];
        double number = (double)NAN;
        if (cell == NULL && column->required) {
            return ingot_fail(error, INGOT_FAILED, "line %lld: column '%s' has no value",
                              (long long)signal->line, column->name);
        }
        if (column->categories != NULL) {
            to += one_hot(column, cell, to);
            continue;
        }
        if (cell != NULL && !ingot_csv_number(cell, &number)) {
            return ingot_fail(error, INGOT_FAILED,
                              "line %lld: column '%s': '%.60s' is not a number",
                              (long long)signal->line, column->name, cell);
        }
        *to++ = (float)number;
        if (cell != NULL && !isfinite(to[-1])) {
            return ingot_fail(error, INGOT_FAILED, "line %lld: column '%s': %s is too large",
                              (long long)signal->line, column->name, cell);
        }
    }
    return sink(user, 0, workspace, error);
}

const ingot_features ingot_features_tabular = {
    .name = "tabular",
    .accepts = INGOT_SIGNAL_ROW,
    .count = tabular_count,
    .workspace_new = tabular_workspace_new,
    .workspace_free = free,
    .compute = tabular_compute,
};
