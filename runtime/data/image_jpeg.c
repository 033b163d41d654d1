/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * image_jpeg.c: JPEG through libjpeg-turbo (image_internal.h). The library reports failures through
 * a callback that must not return, hence setjmp; everything that outlives a jump lies in `decoder`.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "data/exif.h"
#include "data/image_internal.h"

enum { MOST_SCANS = 500 }; /* of a progressive file: each costs a pass over the whole image */

typedef struct decoder {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    char text[JMSG_LENGTH_MAX + 32];
    const ingot_image_rules *rules;
    ingot_raster *raster;
    uint8_t *row; /* of CMYK */
    ingot_error *error;
    ingot_status status;
} decoder;

static void stop(j_common_ptr info) {
    decoder *d = info->client_data;
    char why[JMSG_LENGTH_MAX];
    (*info->err->format_message)(info, why);
    const int ended =
        info->err->msg_code == JWRN_JPEG_EOF || info->err->msg_code == JWRN_HIT_MARKER;
    snprintf(d->text, sizeof d->text, "%s JPEG: %s", ended ? "truncated" : "damaged", why);
    longjmp(d->failed, 1);
}

/* The library goes on after a warning and fills up with grey; such an image is not taken. */
static void on_message(j_common_ptr info, int level) {
    const int code = info->err->msg_code;
    if (level >= 0 || code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM ||
        code == JWRN_JFIF_MAJOR) {
        return;
    }
    stop(info);
}

static void on_progress(j_common_ptr info) {
    decoder *d = info->client_data;
    if (!info->is_decompressor || d->info.input_scan_number <= MOST_SCANS) return;
    snprintf(d->text, sizeof d->text, "damaged JPEG: more than %d scans", MOST_SCANS);
    longjmp(d->failed, 1);
}

static int orientation_of(const struct jpeg_decompress_struct *info) {
    for (const struct jpeg_marker_struct *m = info->marker_list; m != NULL; m = m->next) {
        if (m->marker == JPEG_APP0 + 1 && m->data_length > 6 && memcmp(m->data, "Exif\0", 6) == 0) {
            return ingot_exif_orientation(m->data + 6, m->data_length - 6);
        }
    }
    return 1;
}

/* x / 255, rounded; exact for x up to 65535. */
static unsigned by_255(unsigned x) {
    x += 128;
    return (x + (x >> 8)) >> 8;
}

/* Inverted CMYK: what is stored is 255 - C and so on, and 255 - K, the light that is left. */
static void cmyk_to_rgb(const uint8_t *from, size_t count, uint8_t *to) {
    for (size_t i = 0; i < count; i++, from += 4, to += 3) {
        const unsigned light = from[3];
        for (int c = 0; c < 3; c++) to[c] = (uint8_t)(light - by_255((255U - from[c]) * light));
    }
}

static void read_rows(decoder *d) {
    struct jpeg_decompress_struct *info = &d->info;
    ingot_raster *raster = d->raster;
    const size_t stride = raster->width * (size_t)raster->components;
    while (info->output_scanline < info->output_height) {
        uint8_t *to = raster->bytes + info->output_scanline * stride;
        JSAMPROW row = d->row != NULL ? d->row : to;
        (void)jpeg_read_scanlines(info, &row, 1);
        if (d->row != NULL) cmyk_to_rgb(d->row, raster->width, to);
    }
}

static void set_colours(decoder *d) {
    struct jpeg_decompress_struct *info = &d->info;
    const int four = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
    const int grey = info->jpeg_color_space == JCS_GRAYSCALE;
    info->out_color_space = four ? JCS_CMYK : grey ? JCS_GRAYSCALE : JCS_RGB;
    info->dct_method = JDCT_ISLOW;
    d->raster->components = grey ? 1 : 3;
}

/* All that can jump. */
static void decode(decoder *d, const uint8_t *bytes, size_t size) {
    struct jpeg_decompress_struct *info = &d->info;
    ingot_raster *raster = d->raster;
    jpeg_create_decompress(info);
    info->client_data = d; /* jpeg_create_decompress keeps it, and it is said here once more */
    info->progress = &d->progress;
    jpeg_mem_src(info, bytes, size);
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xffff);
    (void)jpeg_read_header(info, TRUE);
    d->status = ingot_image_check_size(info->image_height, info->image_width, d->rules, d->error);
    if (d->status != INGOT_OK) return;
    set_colours(d);
    raster->height = info->image_height;
    raster->width = info->image_width;
    raster->orientation = orientation_of(info);
    raster->bytes = malloc(raster->height * raster->width * (size_t)raster->components);
    if (info->out_color_space == JCS_CMYK) d->row = malloc(raster->width * 4);
    if (raster->bytes == NULL || (info->out_color_space == JCS_CMYK && d->row == NULL)) {
        d->status = ingot_fail(d->error, INGOT_FAILED, "out of memory for an image of %zu x %zu",
                               raster->width, raster->height);
        return;
    }
    (void)jpeg_start_decompress(info);
    read_rows(d);
    (void)jpeg_finish_decompress(info);
}

ingot_status ingot_jpeg_decode(const uint8_t *bytes, size_t size, const ingot_image_rules *rules,
                               ingot_raster *raster, ingot_error *error) {
    decoder d = {.rules = rules, .raster = raster, .error = error, .status = INGOT_OK};
    d.info.err = jpeg_std_error(&d.errors);
    d.errors.error_exit = stop;
    d.errors.emit_message = on_message;
    d.progress.progress_monitor = on_progress;
    d.info.client_data = &d;
    if (setjmp(d.failed) == 0) {
        decode(&d, bytes, size);
    } else {
        d.status = ingot_fail(error, INGOT_FAILED, "%s", d.text);
    }
    jpeg_destroy_decompress(&d.info);
    free(d.row);
    if (d.status != INGOT_OK) {
        free(raster->bytes);
        raster->bytes = NULL;
    }
    return d.status;
}
