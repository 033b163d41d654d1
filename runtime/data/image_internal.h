/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * image_internal.h: what a decoder gives to image.c: a raster as the file has it, not yet turned.
 */
#ifndef INGOT_DATA_IMAGE_INTERNAL_H
#define INGOT_DATA_IMAGE_INTERNAL_H

#include "data/image.h"

typedef struct ingot_raster {
    int32_t components; /* 1: grey, 3: RGB */
    size_t height, width;
    int orientation; /* 1 ... 8 (exif.h) */
    uint8_t *bytes;  /* [height][width][components], from malloc */
} ingot_raster;

/* Each leaves nothing to free on failure. */
ingot_status ingot_jpeg_decode(const uint8_t *bytes, size_t size, const ingot_image_rules *rules,
                               ingot_raster *raster, ingot_error *error);
ingot_status ingot_png_decode(const uint8_t *bytes, size_t size, const ingot_image_rules *rules,
                              ingot_raster *raster, ingot_error *error);

/* Whether an image of this size may be decoded: INGOT_OK, or what is wrong with it. */
ingot_status ingot_image_check_size(size_t height, size_t width, const ingot_image_rules *rules,
                                    ingot_error *error);

#endif
