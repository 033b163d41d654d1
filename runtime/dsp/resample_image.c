/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * resample_image.c: see resample_image.h.
 */
#include "dsp/resample_image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* ------------------------------------------------------------------ weights */

/* A triangle as wide as the step between outputs, at least as the inputs. Returns how many. */
static int32_t triangle(double scale, int32_t i, int32_t from, int32_t *start, float *weights) {
    const double width = scale > 1.0 ? scale : 1.0, centre = scale * (i + 0.5);
    const int64_t begin = larger(0, (int64_t)floor(centre - width + 0.5));
    const int64_t end = smaller(from, (int64_t)floor(centre + width + 0.5));
    double sum = 0.0;
    for (int64_t j = begin; j < end; j++) {
        const double w = 1.0 - fabs(((double)j - centre + 0.5) / width);
        sum += w > 0.0 ? w : 0.0;
    }
    for (int64_t j = begin; j < end; j++) {
        const double w = 1.0 - fabs(((double)j - centre + 0.5) / width);
        weights[j - begin] = (float)((w > 0.0 ? w : 0.0) / sum);
    }
    *start = (int32_t)begin;
    return (int32_t)(end - begin);
}

/* The two values around the place. */
static int32_t pair(double scale, int32_t i, int32_t from, int32_t *start, float *weights) {
    double at = scale * (i + 0.5) - 0.5;
    if (at < 0.0) at = 0.0;
    *start = (int32_t)smaller(from - 1, (int64_t)at);
    const double part = at - *start;
    if (*start + 1 >= from) {
        weights[0] = 1.0F;
        return 1;
    }
    weights[0] = (float)(1.0 - part);
    weights[1] = (float)part;
    return 2;
}

static int32_t most_taps(const ingot_resample_axis *axis, int antialias) {
    if (!antialias) return 2;
    const double scale = (double)axis->from / axis->to;
    return (int32_t)(2.0 * (scale > 1.0 ? scale : 1.0)) + 3;
}

static int grow(void **memory, size_t *room, size_t count, size_t size) {
    if (*room >= count) return 1;
    free(*memory);
    *memory = calloc(count, size);
    *room = *memory != NULL ? count : 0;
    return *memory != NULL;
}

static int make_axis(ingot_image_resampler *own, int which, const ingot_resample_axis *axis,
                     int antialias) {
    const size_t count = (size_t)axis->count, most = (size_t)most_taps(axis, antialias);
    size_t starts = own->room[which];
    void *memory[3] = {own->start[which], own->taps[which], own->weights[which]};
    int fine = grow(&memory[0], &starts, count, sizeof(int32_t)) &&
               grow(&memory[1], &own->room[which], count, sizeof(int32_t)) &&
               grow(&memory[2], &own->weight_room[which], count * most, sizeof(float));
    own->start[which] = memory[0];
    own->taps[which] = memory[1];
    own->weights[which] = memory[2];
    if (!fine) return 0;
    const double scale = (double)axis->from / axis->to;
    for (int32_t i = 0; i < axis->count; i++) {
        float *weights = own->weights[which] + (size_t)i * most;
        int32_t *start = &own->start[which][i];
        own->taps[which][i] = antialias
                                  ? triangle(scale, axis->first + i, axis->from, start, weights)
                                  : pair(scale, axis->first + i, axis->from, start, weights);
    }
    return 1;
}

/* ------------------------------------------------------------------ the two passes */

static void add_row(const uint8_t *restrict x, size_t count, float w, int first,
                    float *restrict line) {
    if (first) {
        for (size_t i = 0; i < count; i++) line[i] = w * (float)x[i];
    } else {
        for (size_t i = 0; i < count; i++) line[i] += w * (float)x[i];
    }
}

static void resample_plane(const ingot_image_resampler *own, const uint8_t *x, size_t stride,
                           const ingot_resample_axis *rows, const ingot_resample_axis *columns,
                           int antialias, float *y) {
    const size_t row_taps = (size_t)most_taps(rows, antialias);
    const size_t column_taps = (size_t)most_taps(columns, antialias);
    const size_t last = (size_t)columns->count - 1;
    const size_t begin = (size_t)own->start[1][0]; /* columns that are read at all */
    const size_t end = (size_t)own->start[1][last] + (size_t)own->taps[1][last];
    for (int32_t r = 0; r < rows->count; r++) {
        const uint8_t *from = x + (size_t)own->start[0][r] * stride + begin;
        for (int32_t j = 0; j < own->taps[0][r]; j++) {
            add_row(from + (size_t)j * stride, end - begin,
                    own->weights[0][(size_t)r * row_taps + (size_t)j], j == 0, own->line);
        }
        float *to = y + (size_t)r * (size_t)columns->count;
        for (size_t c = 0; c <= last; c++) {
            const float *line = own->line + ((size_t)own->start[1][c] - begin);
            const float *w = own->weights[1] + c * column_taps;
            float sum = w[0] * line[0];
            for (int32_t j = 1; j < own->taps[1][c]; j++) sum += w[j] * line[j];
            to[c] = sum;
        }
    }
}

ingot_status ingot_resample_image(ingot_image_resampler *own, const uint8_t *x, size_t stride,
                                  size_t plane, int32_t planes, const ingot_resample_axis *rows,
                                  const ingot_resample_axis *columns, int antialias, float *y,
                                  ingot_error *error) {
    void *line = own->line;
    const int fine = grow(&line, &own->line_room, (size_t)columns->from, sizeof(float));
    own->line = line;
    if (!fine || !make_axis(own, 0, rows, antialias) || !make_axis(own, 1, columns, antialias)) {
        return ingot_fail(error, INGOT_FAILED, "out of memory for an image");
    }
    const size_t window = (size_t)rows->count * (size_t)columns->count;
    for (int32_t p = 0; p < planes; p++) {
        resample_plane(own, x + (size_t)p * plane, stride, rows, columns, antialias,
                       y + (size_t)p * window);
    }
    return INGOT_OK;
}

void ingot_image_resampler_free(ingot_image_resampler *own) {
    for (int i = 0; i < 2; i++) {
        free(own->start[i]);
        free(own->taps[i]);
        free(own->weights[i]);
    }
    free(own->line);
    memset(own, 0, sizeof *own);
}
