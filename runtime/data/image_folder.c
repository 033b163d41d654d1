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
#include "base/parallel.h"
#include "base/sha256.h"
#include "data/folder_tree.h"
#include "data/known.h"

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

typedef struct scanned {
    ingot_file file;
    char *problem;
} scanned;

typedef struct scan_work {
    const ingot_image_folder_config *config;
    const char *root;
    const ingot_folder_tree *tree;
    ingot_known *known;
    scanned *results;
} scan_work;

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
static ingot_status measure(const scan_work *work, const char *path, ingot_file *file,
                            ingot_error *error) {
    char *bytes;
    size_t size;
    ingot_status status = ingot_read_file(path, MOST_BYTES, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    file->bytes = size;
    status = ingot_sha256_of(bytes, size, file->sha256, error);
    ingot_image image = {0};
    if (status == INGOT_OK) {
        status =
            ingot_image_decode((const uint8_t *)bytes, size, &work->config->rules, &image, error);
    }
    file->channels = image.channels;
    file->height = image.height;
    file->width = image.width;
    file->constant = status == INGOT_OK && is_blank(&image);
    ingot_image_free(&image);
    free(bytes);
    return status;
}

static ingot_status scan_one(void *user, int64_t index, int32_t worker, ingot_error *error) {
    (void)worker;
    scan_work *work = user;
    const ingot_folder_entry *entry = &work->tree->entries[index];
    scanned *to = &work->results[index];
    to->file = (ingot_file){.path = entry->path, .label = entry->label, .role = "image"};
    char *path = ingot_join(work->root, entry->path);
    if (path == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", entry->path);
    ingot_seen seen;
    if (ingot_known_find(work->known, entry->path, path, &seen, &to->file)) {
        free(path);
        return INGOT_OK;
    }
    ingot_error why = {""};
    ingot_status status = measure(work, path, &to->file, &why);
    if (status == INGOT_OK) {
        to->file.records = 1;
    } else {
        to->problem = strdup(why.text);
        to->file.problem = to->problem;
    }
    status = status != INGOT_OK && to->problem == NULL
                 ? ingot_fail(error, INGOT_FAILED, "%s: out of memory", entry->path)
                 : ingot_known_keep(work->known, entry->path, path, &seen, &to->file, error);
    free(path);
    return status;
}

static ingot_status scan(const void *config, const char *root, ingot_known *known,
                         ingot_file_sink sink, void *user, ingot_error *error) {
    ingot_folder_tree tree;
    const ingot_folder_choice choice = choice_of(config);
    ingot_status status = ingot_folder_tree_list(&choice, root, &tree, error);
    if (status != INGOT_OK) return status;
    scan_work work = {.config = config, .root = root, .tree = &tree, .known = known};
    work.results = calloc((size_t)tree.count, sizeof *work.results);
    if (work.results == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", root);
    } else {
        status = ingot_parallel(tree.count, ingot_cpu_count(), scan_one, &work, error);
    }
    for (int64_t i = 0; status == INGOT_OK && i < tree.count; i++) {
        status = sink(user, &work.results[i].file, error);
    }
    for (int64_t i = 0; work.results != NULL && i < tree.count; i++) free(work.results[i].problem);
    free(work.results);
    ingot_folder_tree_free(&tree);
    return status;
}

static ingot_status list(const void *config, const char *root, ingot_path_sink sink, void *user,
                         ingot_error *error) {
    const ingot_folder_choice choice = choice_of(config);
    return ingot_folder_tree_paths(&choice, root, sink, user, error);
}

/* ------------------------------------------------------------------ one file */

struct ingot_source {
    const ingot_image_folder_config *config;
    char *owned; /* bytes of a file that was opened by name; else NULL */
    const uint8_t *bytes;
    size_t size;
    ingot_image image; /* the record, once read */
    char path[];       /* for messages */
};

static ingot_status open_bytes(const void *config, const char *path, const uint8_t *bytes,
                               size_t size, ingot_source **to, ingot_error *error) {
    *to = NULL;
    const size_t length = strlen(path) + 1;
    ingot_source *source = calloc(1, sizeof *source + length);
    if (source == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    source->config = config;
    source->bytes = bytes;
    source->size = size;
    memcpy(source->path, path, length);
    *to = source;
    return INGOT_OK;
}

static ingot_status open_file(const void *config, const char *path, const char *label_path,
                              ingot_source **to, ingot_error *error) {
    (void)label_path;
    *to = NULL;
    char *bytes;
    size_t size;
    ingot_status status = ingot_read_file(path, MOST_BYTES, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    status = open_bytes(config, path, (const uint8_t *)bytes, size, to, error);
    if (status == INGOT_OK) {
        (*to)->owned = bytes;
    } else {
        free(bytes);
    }
    return status;
}

static int64_t records(const ingot_source *source) {
    (void)source;
    return 1;
}

static ingot_status read_record(ingot_source *source, int64_t record, ingot_signal *signal,
                                int32_t *label, ingot_error *error) {
    if (record != 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: has one record, not number %lld", source->path,
                          (long long)record);
    }
    ingot_image_free(&source->image);
    const ingot_status status = ingot_image_decode(source->bytes, source->size,
                                                   &source->config->rules, &source->image, error);
    if (status != INGOT_OK) return ingot_fail_in(error, status, "%s", source->path);
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
    free(source->owned);
    free(source);
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
