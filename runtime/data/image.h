/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * image.h: JPEG (libjpeg-turbo) and PNG (libpng) as bytes [channels][height][width].
 *
 * What a file is, its first bytes say, not its name. Whatever it holds becomes 8 bits of grey or
 * RGB:
 *   16 bits      round(v / 257)
 *   palette      its colours
 *   alpha        composed over the background colour: round((v a + background (255 - a)) / 255)
 *   CMYK, YCCK   as Adobe writes them (inverted): 255 - K, less C, M or Y times it
 *   grey wanted  (19595 R + 38470 G + 7471 B + 32768) >> 16 (ITU-R 601-2 luma)
 *   RGB wanted   a grey value three times
 * and is turned as its Exif orientation says. JPEG is decoded with the accurate integer transform
 * and smooth chroma upsampling. Gamma and colour profiles are not applied. These are PIL's rules
 * for convert("RGB"), paste over a background, convert("L") and ImageOps.exif_transpose.
 *
 * Data that ends early or contradicts itself is a failure that says how, also where a library would
 * only warn and fill up with grey. Extra bytes between the segments of a JPEG are none.
 */
#ifndef INGOT_DATA_IMAGE_H
#define INGOT_DATA_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct ingot_image_rules {
    int32_t channels;      /* 1: grey, 3: RGB */
    uint8_t background[3]; /* behind what is transparent */
    int64_t max_pixels;    /* a larger image is refused before memory is taken for it */
} ingot_image_rules;

typedef struct ingot_image {
    int32_t channels, height, width;
    uint8_t *pixels; /* [channels][height][width], from malloc */
} ingot_image;

/* Decodes a whole file. On failure there is nothing to free, and the message says why, without a
 * name: "truncated JPEG: Premature end of JPEG file". */
ingot_status ingot_image_decode(const uint8_t *bytes, size_t size, const ingot_image_rules *rules,
                                ingot_image *image, ingot_error *error);
void ingot_image_free(ingot_image *image); /* and zeroes it */

#endif
