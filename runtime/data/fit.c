/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * fit.c: see fit.h.
 */
#include "data/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/store_internal.h"

typedef struct fitting {
    const ingot_store *store;
    int64_t rows;
    double *values; /* [rows] those of a column that are not missing */
    float *fill, *mean, *std;
} fitting;

static float *buffer(const ingot_program *program, float *state, const char *name, size_t count) {
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (strcmp(tensor->name, name) == 0 && tensor->count == count) {
            return state + tensor->offset;
        }
    }
    return NULL;
}

/* The values of float `at` of all training samples that have one, in the order of the store. */
static int64_t gather(const fitting *f, size_t at) {
    int64_t count = 0;
    for (int64_t r = 0; r < f->rows; r++) {
        float value;
        memcpy(&value, ingot_store_stored(f->store, r) + at * sizeof value, sizeof value);
        if (!isnan(value)) f->values[count++] = (double)value;
    }
    return count;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double most_frequent(const double *sorted, int64_t count) {
    int64_t best = 0, run = 0;
    double value = sorted[0];
    for (int64_t i = 0; i < count; i++) {
        run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
        if (run > best) {
            best = run;
            value = sorted[i];
        }
    }
    return value;
}

static double fill_of(const ingot_fit_column *column, double *values, int64_t count) {
    double sum = 0;
    if (column->fill == INGOT_FILL_CONSTANT || count == 0) return column->constant;
    if (column->fill == INGOT_FILL_MEAN) {
        for (int64_t i = 0; i < count; i++) sum += values[i];
        return sum / (double)count;
    }
    qsort(values, (size_t)count, sizeof *values, compare);
    if (column->fill == INGOT_FILL_MOST_FREQUENT) return most_frequent(values, count);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void fit_number(const fitting *f, const ingot_fit_column *column, size_t at) {
    int64_t count = gather(f, at);
    const float fill = (float)fill_of(column, f->values, count);
    double mean = 0, spread = 0, low, high;
    f->fill[at] = fill;
    if (column->scaling == INGOT_SCALE_NONE) return;
    while (count < f->rows) f->values[count++] = (double)fill;
    low = high = f->values[0];
    for (int64_t i = 0; i < count; i++) {
        mean += f->values[i];
        low = fmin(low, f->values[i]);
        high = fmax(high, f->values[i]);
    }
    mean /= (double)count;
    for (int64_t i = 0; i < count; i++) spread += (f->values[i] - mean) * (f->values[i] - mean);
    const double std = sqrt(spread / (double)count), range = high - low;
    const int standard = column->scaling == INGOT_SCALE_STANDARD;
    const float divisor = (float)(standard ? std : range);
    f->mean[at] = (float)(standard ? mean : low);
    /* Rounding makes a column that does not vary spread a little: it counts as what it is. */
    f->std[at] = low < high && divisor > 0 ? divisor : 1.0f;
}

/* A category that is missing is the most frequent one; of several the first. */
static void fit_categories(const fitting *f, const ingot_fit_column *column, size_t at) {
    double most = -1;
    size_t best = 0;
    for (size_t i = 0; i < (size_t)column->width; i++) {
        const int64_t count = gather(f, at + i);
        double sum = 0;
        for (int64_t r = 0; r < count; r++) sum += f->values[r];
        if (sum > most) {
            most = sum;
            best = i;
        }
    }
    for (size_t i = 0; i < (size_t)column->width; i++) f->fill[at + i] = i == best ? 1.0f : 0.0f;
}

ingot_status ingot_fit_train(const ingot_program *program, const ingot_store *store, float *state,
                             ingot_error *error) {
    const ingot_fit *fit = program->data.fit;
    size_t width = 0, at = 0;
    for (int32_t c = 0; c < fit->count; c++) width += (size_t)fit->columns[c].width;
    fitting f = {.store = store,
                 .rows = program->data.samples[INGOT_TRAIN], /* the first of the store */
                 .fill = buffer(program, state, "features.fill", width),
                 .mean = buffer(program, state, "features.mean", width),
                 .std = buffer(program, state, "features.std", width)};
    if (!f.fill || !f.mean || !f.std || f.rows < 1) {
        return ingot_fail(error, INGOT_FAILED,
                          "this executable is damaged: its features are fitted and there is no "
                          "place for it");
    }
    f.values = malloc((size_t)f.rows * sizeof *f.values);
    if (!f.values) return ingot_fail(error, INGOT_FAILED, "out of memory for the columns");
    for (int32_t c = 0; c < fit->count; c++) {
        const ingot_fit_column *column = &fit->columns[c];
        if (column->categories) {
            fit_categories(&f, column, at);
        } else {
            fit_number(&f, column, at);
        }
        at += (size_t)column->width;
    }
    free(f.values);
    return INGOT_OK;
}
