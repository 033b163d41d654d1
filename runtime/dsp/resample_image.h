/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * resample_image.h: resizing of images whose size is only known when they are read. The same
 * bilinear resampling as resize.h, whose tables are made when a program is generated
 * (generator/dsp/resize.lua has the formulas); here rows go first, so that bytes are read in order.
 */
#ifndef INGOT_DSP_RESAMPLE_IMAGE_H
#define INGOT_DSP_RESAMPLE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* One axis of a window of a resized image: `from` values become `to`, of which [first, first +
 * count) are wanted. */
typedef struct ingot_resample_axis {
    int32_t from, to, first, count;
} ingot_resample_axis;

/* Memory that grows with the images it has seen; zeroed at first. One per thread. */
typedef struct ingot_image_resampler {
    int32_t *start[2], *taps[2]; /* per output: rows, columns */
    float *weights[2];           /* [outputs][most taps] */
    size_t room[2], weight_room[2];
    float *line; /* a row between the two passes */
    size_t line_room;
} ingot_image_resampler;

/* The window of the resized plane x[rows->from][stride], rows->from by columns->from of it, as
 * float y[rows->count][columns->count]. `planes` of them, `plane` bytes apart, lie one behind the
 * other in y. */
ingot_status ingot_resample_image(ingot_image_resampler *own, const uint8_t *x, size_t stride,
                                  size_t plane, int32_t planes, const ingot_resample_axis *rows,
                                  const ingot_resample_axis *columns, int antialias, float *y,
                                  ingot_error *error);
void ingot_image_resampler_free(ingot_image_resampler *own);

#endif
