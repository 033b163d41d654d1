/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * picture.c: see picture.h. Larger samples are made smaller by the mean over boxes.
 */
#include "report/picture.h"

#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

int ingot_is_picture(int32_t channels, int32_t height, int32_t width) {
    return channels > 0 && height >= 4 && width >= 4 && width <= 64 * height &&
           height <= 64 * width;
}

/* Colours of a spectrogram from quiet to loud: equal steps look equal, also printed in grey. */
static const uint8_t scale[][3] = {{68, 1, 84},    {71, 44, 122},  {59, 81, 139},
                                   {44, 113, 142}, {33, 144, 141}, {39, 173, 129},
                                   {92, 200, 99},  {170, 220, 50}, {253, 231, 37}};
enum { STEPS = sizeof scale / sizeof *scale - 1 };

static uint8_t colour(double level, int channel) {
    const double place = level * STEPS;
    const int at = place >= STEPS ? STEPS - 1 : (int)place;
    const double part = place - at;
    return (uint8_t)lround((1 - part) * scale[at][channel] + part * scale[at + 1][channel]);
}

/* Mean of the box of `plane` that pixel (y, x) of a smaller picture stands for. */
static double box(const float *plane, int32_t height, int32_t width, int32_t by, int32_t y,
                  int32_t x) {
    double sum = 0;
    int32_t count = 0;
    for (int32_t i = y * by; i < (y + 1) * by && i < height; i++) {
        for (int32_t j = x * by; j < (x + 1) * by && j < width; j++, count++) {
            sum += (double)plane[(int64_t)i * width + j];
        }
    }
    return sum / count;
}

static char *base64(const uint8_t *bytes, size_t size, const char *before) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t head = strlen(before);
    char *text = malloc(head + (size + 2) / 3 * 4 + 1);
    if (!text) return NULL;
    memcpy(text, before, head + 1);
    char *to = text + head;
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t three = (uint32_t)bytes[i] << 16 |
                               (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        *to++ = digits[three >> 18];
        *to++ = digits[three >> 12 & 63];
        *to++ = '=';
        *to++ = '=';
        if (left > 1) to[-2] = digits[three >> 6 & 63];
        if (left > 2) to[-1] = digits[three & 63];
    }
    *to = 0;
    return text;
}

static ingot_status encode(const uint8_t *pixels, int32_t height, int32_t width, int colours,
                           char **uri, ingot_error *error) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = colours == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *bytes = malloc(size);
    ingot_status status = INGOT_OK;
    if (!bytes || !png_image_write_to_memory(&image, bytes, &size, 0, pixels, 0, NULL)) {
        status = ingot_fail(error, INGOT_FAILED, "a picture for the report: %s",
                            bytes ? image.message : "out of memory");
    }
    if (status == INGOT_OK) {
        *uri = base64(bytes, size, "data:image/png;base64,");
        if (!*uri) status = ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    free(bytes);
    return status;
}

ingot_status ingot_picture(const float *values, int32_t channels, int32_t height, int32_t width,
                           int spectrogram, char **uri, ingot_error *error) {
    const int32_t longer = height > width ? height : width;
    const int32_t by = (longer + INGOT_PICTURE_SIDE - 1) / INGOT_PICTURE_SIDE;
    const int32_t rows = (height + by - 1) / by, columns = (width + by - 1) / by;
    const int planes = channels == 3 && !spectrogram ? 3 : 1, colours = spectrogram ? 3 : planes;
    float low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < (int64_t)planes * height * width; i++) {
        low = fminf(low, values[i]);
        high = fmaxf(high, values[i]);
    }
    const double span = high > low ? (double)high - (double)low : 1;
    uint8_t *pixels = malloc((size_t)rows * (size_t)columns * (size_t)colours);
    if (!pixels) return ingot_fail(error, INGOT_FAILED, "out of memory");
    for (int32_t y = 0; y < rows; y++) {
        for (int32_t x = 0; x < columns; x++) {
            uint8_t *to = pixels + ((int64_t)y * columns + x) * colours;
            const int32_t from = spectrogram ? rows - 1 - y : y;
            for (int c = 0; c < colours; c++) {
                const float *plane = values + (int64_t)(c % planes) * height * width;
                double level = (box(plane, height, width, by, from, x) - (double)low) / span;
                if (!(level >= 0)) level = 0; /* a NaN too */
                to[c] =
                    spectrogram ? colour(fmin(level, 1), c) : (uint8_t)lround(255 * fmin(level, 1));
            }
        }
    }
    const ingot_status status = encode(pixels, rows, columns, colours, uri, error);
    free(pixels);
    return status;
}
