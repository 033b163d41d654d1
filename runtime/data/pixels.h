/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * pixels.h: an image as it is, or resized. One sample per record: its bytes
 * [channels][height][width], which the store keeps as bytes, or floats of the range of bytes
 * [channels][rows->to][columns->to]; the loader applies scale and shift of ingot_data.
 */
#ifndef INGOT_DATA_PIXELS_H
#define INGOT_DATA_PIXELS_H

#include "data/features.h"
#include "dsp/resize.h"

/* What every record must be, as the lock said when the model's shapes were derived from it. */
typedef struct ingot_pixels_config {
    int32_t channels, height, width;
    const ingot_resize_axis *rows, *columns; /* from height, from width; NULL: as it is */
} ingot_pixels_config;

#endif
