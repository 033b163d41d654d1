/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * image_png.c: PNG through libpng (image_internal.h). Failures of the library come by longjmp;
 * everything that outlives a jump lies in `decoder`.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "data/exif.h"
#include "data/image_internal.h"

enum { MOST_CHUNK_BYTES = 1 << 24, MOST_CHUNKS = 256 }; /* beside the image: texts, profiles */

typedef struct decoder {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t size, at;
    int ended; /* 1: the file ended before the image did */
    const ingot_image_rules *rules;
    ingot_raster *raster;
    char text[160];
    ingot_error *error;
    ingot_status status;
} decoder;

static void on_error(png_structp png, png_const_charp why) {
    decoder *d = png_get_error_ptr(png);
    snprintf(d->text, sizeof d->text, "%s PNG: %s", d->ended ? "truncated" : "damaged",
             d->ended ? "the file ends within the image" : why);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp why) {
    (void)png, (void)why; /* of chunks beside the image */
}

static void on_read(png_structp png, png_bytep to, size_t size) {
    decoder *d = png_get_io_ptr(png);
    if (d->size - d->at < size) {
        d->ended = 1;
        png_error(png, "end of file");
    }
    memcpy(to, d->bytes + d->at, size);
    d->at += size;
}

/* x / 255, rounded; exact for x up to 65535. */
static unsigned by_255(unsigned x) {
    x += 128;
    return (x + (x >> 8)) >> 8;
}

/* RGBA to RGB in place. */
static void compose(uint8_t *bytes, size_t count, const uint8_t background[3]) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *from = bytes + 4 * i;
        const unsigned alpha = from[3];
        uint8_t *to = bytes + 3 * i;
        for (int c = 0; c < 3; c++) {
            to[c] = (uint8_t)by_255(from[c] * alpha + background[c] * (255U - alpha));
        }
    }
}

static int orientation_of(decoder *d) {
    png_bytep exif;
    png_uint_32 size;
    if (png_get_eXIf_1(d->png, d->info, &size, &exif) == 0) return 1;
    return ingot_exif_orientation(exif, size);
}

/* Palettes, 1 to 16 bits, grey, transparent colours: all to 8 bits of RGB or RGBA. */
static void set_transforms(decoder *d) {
    png_set_expand(d->png);
    png_set_scale_16(d->png);
    png_set_gray_to_rgb(d->png);
}

/* All that can jump. */
static void decode(decoder *d) {
    ingot_raster *raster = d->raster;
    png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff);
    png_set_chunk_malloc_max(d->png, MOST_CHUNK_BYTES);
    png_set_chunk_cache_max(d->png, MOST_CHUNKS);
    png_set_read_fn(d->png, d, on_read);
    png_read_info(d->png, d->info);
    raster->height = png_get_image_height(d->png, d->info);
    raster->width = png_get_image_width(d->png, d->info);
    d->status = ingot_image_check_size(raster->height, raster->width, d->rules, d->error);
    if (d->status != INGOT_OK) return;
    set_transforms(d);
    const int passes = png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    const size_t channels = png_get_channels(d->png, d->info);
    const size_t stride = raster->width * channels;
    if ((channels != 3 && channels != 4) || png_get_rowbytes(d->png, d->info) != stride) {
        png_error(d->png, "an unexpected form of pixels");
    }
    raster->components = 3;
    raster->bytes = calloc(raster->height, stride);
    if (raster->bytes == NULL) {
        d->status = ingot_fail(d->error, INGOT_FAILED, "out of memory for an image of %zu x %zu",
                               raster->width, raster->height);
        return;
    }
    for (int pass = 0; pass < passes; pass++) {
        for (size_t y = 0; y < raster->height; y++) {
            png_read_row(d->png, raster->bytes + y * stride, NULL);
        }
    }
    png_read_end(d->png, d->info);
    raster->orientation = orientation_of(d);
    if (channels == 4) {
        compose(raster->bytes, raster->height * raster->width, d->rules->background);
    }
}

ingot_status ingot_png_decode(const uint8_t *bytes, size_t size, const ingot_image_rules *rules,
                              ingot_raster *raster, ingot_error *error) {
    decoder d = {.bytes = bytes,
                 .size = size,
                 .rules = rules,
                 .raster = raster,
                 .error = error,
                 .status = INGOT_OK};
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
    d.info = d.png != NULL ? png_create_info_struct(d.png) : NULL;
    if (d.info == NULL) {
        png_destroy_read_struct(&d.png, NULL, NULL);
        return ingot_fail(error, INGOT_FAILED, "libpng: out of memory");
    }
    if (setjmp(png_jmpbuf(d.png)) == 0) {
        decode(&d);
    } else {
        d.status = ingot_fail(error, INGOT_FAILED, "%s", d.text);
    }
    png_destroy_read_struct(&d.png, &d.info, NULL);
    if (d.status != INGOT_OK) {
        free(raster->bytes);
        raster->bytes = NULL;
    }
    return d.status;
}
