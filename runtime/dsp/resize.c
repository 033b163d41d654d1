/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * resize.c: see resize.h.
 */
#include "dsp/resize.h"

#include <stddef.h>
#include <string.h>

static void columns_of_row(const ingot_resize_axis *axis, const float *restrict x,
                           float *restrict y) {
    for (int32_t i = 0; i < axis->to; i++) {
        const float *from = x + axis->start[i], *w = axis->weights + (size_t)i * (size_t)axis->taps;
        float sum = 0.0F;
        for (int32_t j = 0; j < axis->count[i]; j++) sum += w[j] * from[j];
        y[i] = sum;
    }
}

void ingot_resize(const ingot_resize_axis *rows, const ingot_resize_axis *columns, const float *x,
                  float *scratch, float *y) {
    const size_t width = (size_t)columns->to;
    for (int32_t r = 0; r < rows->from; r++) {
        columns_of_row(columns, x + (size_t)r * (size_t)columns->from, scratch + (size_t)r * width);
    }
    for (int32_t i = 0; i < rows->to; i++) {
        float *restrict to = y + (size_t)i * width;
        memset(to, 0, width * sizeof(float));
        for (int32_t j = 0; j < rows->count[i]; j++) {
            const float w = rows->weights[(size_t)i * (size_t)rows->taps + (size_t)j];
            const float *restrict from = scratch + (size_t)(rows->start[i] + j) * width;
            for (size_t c = 0; c < width; c++) to[c] += w * from[c];
        }
    }
}
