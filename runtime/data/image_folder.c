/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * image_folder.c: the reader of images in class folders (image_folder.h). A scan decodes every file
 * whole, because only that tells a damaged one; what is hashed is what is decoded.
 */
#include "data/image_folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "data/folder_scan.h"
#include "data/held.h"

#define MOST_BYTES ((size_t)1 << 31) /* of a file */

static ingot_folder_choice choice_of(const ingot_image_folder_config *config) {
    return (ingot_folder_choice){config->classes, config->include, config->exclude,
                                 "images",        config->flat,    0};
}

static int64_t option(const json_t *options, const char *name, int64_t otherwise) {
    const json_t *value = json_object_get(options, name);
    return value == NULL ? otherwise : json_integer_value(value);
}

ingot_status ingot_image_folder_configure(const struct json_t *options, void **config,
                                          ingot_error *error) {
    static const char *const numbers[] = {"channels", "background", "max_pixels", NULL};
    ingot_folder_choice choice;
    const ingot_status status =
        ingot_folder_configure(options, "image_folder", numbers, sizeof(ingot_image_folder_config),
                               config, &choice, error);
    if (status != INGOT_OK) return status;
    const int64_t channels = option(options, "channels", 3);
    const int64_t colour = option(options, "background", 0xffffff);
    const int64_t most = option(options, "max_pixels", 50000000);
    if ((channels != 1 && channels != 3) || colour > 0xffffff || most < 1) {
        free(*config);
        *config = NULL;
        return ingot_fail(error, INGOT_USAGE,
                          "image_folder: expected channels 1 or 3, background up to 0xffffff, "
                          "max_pixels from 1");
    }
    *(ingot_image_folder_config *)*config = (ingot_image_folder_config){
        choice.classes,
        choice.include,
        choice.exclude,
        {(int32_t)channels,
         {(uint8_t)(colour >> 16), (uint8_t)(colour >> 8 & 0xff), (uint8_t)(colour & 0xff)},
         most},
        choice.flat};
    return INGOT_OK;
}

/* ------------------------------------------------------------------ scan */

/* 1 where every channel has one value only. */
static int is_blank(const ingot_image *image) {
    const size_t plane = (size_t)image->height * (size_t)image->width;
    for (int32_t c = 0; c < image->channels; c++) {
        const uint8_t *p = image->pixels + (size_t)c * plane;
        if (plane > 1 && memcmp(p, p + 1, plane - 1) != 0) return 0;
    }
    return 1;
}

/* Reads, hashes and decodes. The hash is there wherever the file could be read. */
static ingot_status look(const void *config, const char *path, ingot_file *file, int *left_out,
                         ingot_error *error) {
    (void)left_out;
    const ingot_image_rules *rules = &((const ingot_image_folder_config *)config)->rules;
    char *bytes;
    size_t size;
    ingot_status status = ingot_read_file(path, MOST_BYTES, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    file->bytes = size;
    status = ingot_sha256_of(bytes, size, file->sha256, error);
    ingot_image image = {0};
    if (status == INGOT_OK) {
        status = ingot_image_decode((const uint8_t *)bytes, size, rules, &image, error);
    }
    file->channels = image.channels;
    file->height = image.height;
    file->width = image.width;
    file->constant = status == INGOT_OK && is_blank(&image);
    ingot_image_free(&image);
    free(bytes);
    return status;
}

static ingot_status scan(const void *config, const char *root, ingot_known *known,
                         ingot_file_sink sink, void *user, ingot_error *error) {
    static const ingot_folder_reader reader = {"image", look};
    const ingot_folder_choice choice = choice_of(config);
    return ingot_folder_scan(&reader, config, &choice, root, known, sink, user, error);
}

static ingot_status list(const void *config, const char *root, ingot_path_sink sink, void *user,
                         ingot_error *error) {
    const ingot_folder_choice choice = choice_of(config);
    return ingot_folder_tree_paths(&choice, root, sink, user, error);
}

/* ------------------------------------------------------------------ one file */

struct ingot_source {
    ingot_held held;
    ingot_image image; /* the record, once read */
};

static ingot_status open_bytes(const void *config, const char *path, const uint8_t *bytes,
                               size_t size, ingot_source **to, ingot_error *error) {
    ingot_held *held;
    const ingot_status status =
        ingot_held_open(sizeof(ingot_source), config, path, bytes, size, &held, error);
    *to = (ingot_source *)held;
    return status;
}

static ingot_status open_file(const void *config, const char *path, const char *label_path,
                              ingot_source **to, ingot_error *error) {
    (void)label_path;
    ingot_held *held;
    const ingot_status status =
        ingot_held_read(sizeof(ingot_source), config, path, MOST_BYTES, &held, error);
    *to = (ingot_source *)held;
    return status;
}

static int64_t records(const ingot_source *source) {
    (void)source;
    return 1;
}

static ingot_status read_record(ingot_source *source, int64_t record, ingot_signal *signal,
                                int32_t *label, ingot_error *error) {
    ingot_status status = ingot_only_record(source->held.path, record, error);
    if (status != INGOT_OK) return status;
    ingot_image_free(&source->image);
    const ingot_image_folder_config *config = source->held.config;
    status = ingot_image_decode(source->held.bytes, source->held.size, &config->rules,
                                &source->image, error);
    if (status != INGOT_OK) return ingot_fail_in(error, status, "%s", source->held.path);
    *signal = (ingot_signal){.kind = INGOT_SIGNAL_IMAGE,
                             .pixels = source->image.pixels,
                             .channels = source->image.channels,
                             .height = source->image.height,
                             .width = source->image.width};
    *label = -1;
    return INGOT_OK;
}

static void close_file(ingot_source *source) {
    if (source == NULL) return;
    ingot_image_free(&source->image);
    ingot_held_free(&source->held);
}

const ingot_reader ingot_reader_image_folder = {.name = "image_folder",
                                                .yields = INGOT_SIGNAL_IMAGE,
                                                .scan = scan,
                                                .open_file = open_file,
                                                .records = records,
                                                .read = read_record,
                                                .close_file = close_file,
                                                .list = list,
                                                .open_bytes = open_bytes};
