/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * image.c: see image.h. The decoders give a raster of grey or RGB; here it is told apart, turned
 * and taken apart into planes.
 */
#include "data/image_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ingot_status ingot_image_check_size(size_t height, size_t width, const ingot_image_rules *rules,
                                    ingot_error *error) {
    if (height < 1 || width < 1 || height > INT32_MAX || width > INT32_MAX) {
        return ingot_fail(error, INGOT_FAILED, "an image of %zu x %zu pixels", width, height);
    }
    if ((uint64_t)height * width > (uint64_t)rules->max_pixels) {
        return ingot_fail(error, INGOT_FAILED,
                          "an image of %zu x %zu pixels, more than max_pixels, %lld", width, height,
                          (long long)rules->max_pixels);
    }
    return INGOT_OK;
}

/* ------------------------------------------------------------------ raster to planes */

/* Where the pixel of the upright image's (y, x) lies in the raster: base + y * down + x * right,
 * in pixels. */
typedef struct path {
    ptrdiff_t base, down, right;
    size_t height, width; /* of the upright image */
} path;

static path path_of(const ingot_raster *raster) {
    const ptrdiff_t w = (ptrdiff_t)raster->width, last = w - 1;
    const ptrdiff_t bottom = ((ptrdiff_t)raster->height - 1) * w;
    const size_t h0 = raster->height, w0 = raster->width;
    switch (raster->orientation) {
    case 2: /* mirrored left to right */
        return (path){last, w, -1, h0, w0};
    case 3: /* upside down */
        return (path){bottom + last, -w, -1, h0, w0};
    case 4: /* mirrored top to bottom */
        return (path){bottom, -w, 1, h0, w0};
    case 5: /* mirrored at the main diagonal */
        return (path){0, 1, w, w0, h0};
    case 6: /* to be turned clockwise by a quarter */
        return (path){bottom, 1, -w, w0, h0};
    case 7: /* mirrored at the other diagonal */
        return (path){bottom + last, -1, -w, w0, h0};
    case 8: /* to be turned counter-clockwise by a quarter */
        return (path){last, -1, w, w0, h0};
    default:
        return (path){0, w, 1, h0, w0};
    }
}

static void to_grey(const uint8_t *from, ptrdiff_t step, size_t count, uint8_t *to) {
    for (size_t i = 0; i < count; i++, from += step) {
        to[i] = (uint8_t)((19595U * from[0] + 38470U * from[1] + 7471U * from[2] + 32768U) >> 16);
    }
}

static void to_planes(const uint8_t *from, ptrdiff_t step, size_t count, size_t plane,
                      uint8_t *to) {
    for (size_t i = 0; i < count; i++, from += step) {
        to[i] = from[0];
        to[plane + i] = from[1];
        to[2 * plane + i] = from[2];
    }
}

static void arrange(const ingot_raster *raster, int32_t channels, uint8_t *pixels) {
    const path p = path_of(raster);
    const ptrdiff_t components = raster->components;
    const size_t plane = p.height * p.width;
    for (size_t y = 0; y < p.height; y++) {
        const uint8_t *from = raster->bytes + (p.base + (ptrdiff_t)y * p.down) * components;
        const ptrdiff_t step = p.right * components;
        uint8_t *to = pixels + y * p.width;
        if (components == 1) {
            for (size_t x = 0; x < p.width; x++) to[x] = from[(ptrdiff_t)x * step];
        } else if (channels == 1) {
            to_grey(from, step, p.width, to);
        } else if (step == 3) {
            to_planes(from, 3, p.width, plane, to); /* the usual case, in vectors */
        } else {
            to_planes(from, step, p.width, plane, to);
        }
    }
    if (components == 1) {
        for (int32_t c = 1; c < channels; c++) memcpy(pixels + (size_t)c * plane, pixels, plane);
    }
}

/* ------------------------------------------------------------------ what a file is */

static int begins(const uint8_t *bytes, size_t size, const char *with, size_t length) {
    return size >= length && memcmp(bytes, with, length) == 0;
}

/* A format known by its first bytes that is not read here, or NULL. */
static const char *other_format(const uint8_t *bytes, size_t size) {
    if (begins(bytes, size, "GIF8", 4)) return "GIF";
    if (begins(bytes, size, "BM", 2)) return "BMP";
    if (begins(bytes, size, "II*\0", 4) || begins(bytes, size, "MM\0*", 4)) return "TIFF";
    if (begins(bytes, size, "RIFF", 4) && size >= 12 && memcmp(bytes + 8, "WEBP", 4) == 0) {
        return "WebP";
    }
    if (size >= 12 && memcmp(bytes + 4, "ftyp", 4) == 0) return "HEIF or AVIF";
    if (begins(bytes, size, "\0\0\0\x0cjP  ", 8)) return "JPEG 2000";
    return NULL;
}

static ingot_status unknown(const uint8_t *bytes, size_t size, ingot_error *error) {
    if (size == 0) return ingot_fail(error, INGOT_FAILED, "an empty file");
    const char *format = other_format(bytes, size);
    if (format != NULL) {
        return ingot_fail(error, INGOT_FAILED, "a %s file; JPEG and PNG are read", format);
    }
    char hex[3 * 8 + 1] = "";
    for (size_t i = 0, used = 0; i < size && i < 8; i++) {
        used +=
            (size_t)snprintf(hex + used, sizeof hex - used, "%s%02x", i > 0 ? " " : "", bytes[i]);
    }
    return ingot_fail(error, INGOT_FAILED, "neither JPEG nor PNG; it begins with %s", hex);
}

ingot_status ingot_image_decode(const uint8_t *bytes, size_t size, const ingot_image_rules *rules,
                                ingot_image *image, ingot_error *error) {
    *image = (ingot_image){0};
    ingot_raster raster = {.orientation = 1};
    ingot_status status;
    if (begins(bytes, size, "\xff\xd8\xff", 3)) {
        status = ingot_jpeg_decode(bytes, size, rules, &raster, error);
    } else if (begins(bytes, size, "\x89PNG\r\n\x1a\n", 8)) {
        status = ingot_png_decode(bytes, size, rules, &raster, error);
    } else {
        status = unknown(bytes, size, error);
    }
    if (status != INGOT_OK) return status;
    const path p = path_of(&raster);
    image->pixels = malloc(p.height * p.width * (size_t)rules->channels + 1);
    if (image->pixels != NULL) {
        image->channels = rules->channels;
        image->height = (int32_t)p.height;
        image->width = (int32_t)p.width;
        arrange(&raster, rules->channels, image->pixels);
    }
    free(raster.bytes);
    if (image->pixels != NULL) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "out of memory for an image of %zu x %zu pixels",
                      p.width, p.height);
}

void ingot_image_free(ingot_image *image) {
    free(image->pixels);
    *image = (ingot_image){0};
}
