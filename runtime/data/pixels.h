/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * pixels.h: an image as it is, or resized. One sample per record; the loader applies scale and
 * shift of ingot_data. Records of one size give their bytes [channels][height][width], which the
 * store keeps as bytes, or floats of the range of bytes [channels][rows->to][columns->to]. Records
 * of any size (height 0) are resized and cut as `prepare` says and rounded to bytes
 * [channels][prepare.height][prepare.width].
 */
#ifndef INGOT_DATA_PIXELS_H
#define INGOT_DATA_PIXELS_H

#include "data/features.h"
#include "dsp/resize.h"

/* What is done to an image of any size, in this order. */
typedef struct ingot_image_prepare {
    int32_t shorter; /* resize the shorter side to so many pixels, the longer in proportion, rounded
                      * down; 0: not so */
    int32_t resize_height, resize_width; /* or resize to these; 0: as it is */
    int32_t height, width; /* then cut this out of the middle (an odd pixel goes where half to even
                            * rounds it); it must not be larger than what is there */
    int32_t antialias;
} ingot_image_prepare;

/* What every record must be, as the lock said when the model's shapes were derived from it. */
typedef struct ingot_pixels_config {
    int32_t channels, height, width;         /* height 0: of any size */
    const ingot_resize_axis *rows, *columns; /* from height, from width; NULL: as it is */
    ingot_image_prepare prepare;             /* of records of any size */
} ingot_pixels_config;

#endif
