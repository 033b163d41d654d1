/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * picture.h: a sample as a small PNG in a data URI, for the report.
 */
#ifndef INGOT_REPORT_PICTURE_H
#define INGOT_REPORT_PICTURE_H

#include <stdint.h>

#include "base/error.h"

enum { INGOT_PICTURE_SIDE = 112 }; /* pixels; larger samples are made smaller */

/* Whether values of this shape make a picture: a row of numbers does not. */
int ingot_is_picture(int32_t channels, int32_t height, int32_t width);

/* float values[channels][height][width], spread from the least to the largest of the sample. Three
 * channels are red, green and blue; of any other number the first is shown, grey, or, for a
 * spectrogram, in colours with its first row (the lowest band) at the bottom. *uri, from malloc, is
 * "data:image/png;base64,...". */
ingot_status ingot_picture(const float *values, int32_t channels, int32_t height, int32_t width,
                           int spectrogram, char **uri, ingot_error *error);

#endif
