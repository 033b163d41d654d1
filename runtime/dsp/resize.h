/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * resize.h: separable resampling of a plane float x[height][width]. The indices and weights of
 * each axis are decided when the program is generated (generator/dsp/resize.lua); they follow
 * torch.nn.functional.interpolate(mode="bilinear", align_corners=False), with or without
 * antialias=True.
 */
#ifndef INGOT_DSP_RESIZE_H
#define INGOT_DSP_RESIZE_H

#include <stdint.h>

/* to[i] = sum over j < count[i] of weights[i * taps + j] * from[start[i] + j] */
typedef struct ingot_resize_axis {
    int32_t from, to; /* sizes */
    int32_t taps;     /* the largest count */
    const int32_t *start, *count;
    const float *weights; /* [to][taps], padded with zeros */
} ingot_resize_axis;

/* x[rows->from][columns->from] to y[rows->to][columns->to]; scratch[rows->from][columns->to].
 * The three do not overlap. Sums run in the order of j, columns first. */
void ingot_resize(const ingot_resize_axis *rows, const ingot_resize_axis *columns, const float *x,
                  float *scratch, float *y);

#endif
