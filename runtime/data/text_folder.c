/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * text_folder.c: the reader of texts in class folders (text_folder.h). What is hashed is what is
 * decoded.
 */
#include "data/text_folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "data/folder_scan.h"
#include "data/held.h"

#define MOST_BYTES ((size_t)1 << 31) /* of a file */

static ingot_folder_choice choice_of(const ingot_text_folder_config *config) {
    return (ingot_folder_choice){.classes = config->classes,
                                 .include = config->include,
                                 .exclude = config->exclude,
                                 .what = "texts",
                                 .flat = config->flat,
                                 .nearest = config->nearest};
}

static int64_t option(const json_t *options, const char *name) {
    return json_integer_value(json_object_get(options, name));
}

ingot_status ingot_text_folder_configure(const struct json_t *options, void **config,
                                         ingot_error *error) {
    static const char *const numbers[] = {"min_length", "latin1", "strip_headers", "nearest", NULL};
    ingot_folder_choice choice;
    const ingot_status status = ingot_folder_configure(
        options, "text_folder", numbers, sizeof(ingot_text_folder_config), config, &choice, error);
    if (status != INGOT_OK) return status;
    *(ingot_text_folder_config *)*config =
        (ingot_text_folder_config){choice.classes,
                                   choice.include,
                                   choice.exclude,
                                   {.min_length = option(options, "min_length"),
                                    .latin1 = option(options, "latin1") != 0,
                                    .strip_headers = option(options, "strip_headers") != 0},
                                   option(options, "nearest") != 0,
                                   choice.flat};
    return INGOT_OK;
}

/* ------------------------------------------------------------------ scan */

/* Reads, hashes and decodes. The hash is there wherever the file could be read; a text that is left
 * out is no failure. */
static ingot_status look(const void *config, const char *path, ingot_file *file, int *left_out,
                         ingot_error *error) {
    const ingot_text_rules *rules = &((const ingot_text_folder_config *)config)->rules;
    char *bytes;
    size_t size;
    ingot_status status = ingot_read_file(path, MOST_BYTES, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    file->bytes = size;
    status = ingot_sha256_of(bytes, size, file->sha256, error);
    ingot_text text = {0};
    if (status == INGOT_OK) status = ingot_text_take(&text, rules, bytes, size, error);
    if (status == INGOT_OK) status = ingot_text_judge(&text, rules, left_out, error);
    file->replaced = text.replaced;
    ingot_text_free(&text);
    free(bytes);
    return status;
}

static ingot_status scan(const void *config, const char *root, ingot_known *known,
                         ingot_file_sink sink, void *user, ingot_error *error) {
    static const ingot_folder_reader reader = {"text", look};
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
    int line;        /* 1: it is a line of standard input, UTF-8 and no message */
    ingot_text text; /* the record, once read */
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

static ingot_status open_line(const void *config, const char *line, size_t size, ingot_source **to,
                              ingot_error *error) {
    char *text = NULL;
    ingot_status status = ingot_text_of_line(line, size, "text", &text, &size, error);
    if (status != INGOT_OK) return status;
    status = open_bytes(config, "", (const uint8_t *)text, size, to, error);
    if (status == INGOT_OK) {
        (*to)->held.owned = text;
        (*to)->line = 1;
    } else {
        free(text);
    }
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
    const ingot_text_rules plain = {.min_length = 0};
    const ingot_text_folder_config *config = source->held.config;
    status = ingot_text_take(&source->text, source->line ? &plain : &config->rules,
                             (const char *)source->held.bytes, source->held.size, error);
    if (status != INGOT_OK) return ingot_fail_in(error, status, "%s", source->held.path);
    *signal = ingot_text_signal(&source->text, 0);
    *label = -1;
    return INGOT_OK;
}

static void close_file(ingot_source *source) {
    if (source == NULL) return;
    ingot_text_free(&source->text);
    ingot_held_free(&source->held);
}

const ingot_reader ingot_reader_text_folder = {.name = "text_folder",
                                               .yields = INGOT_SIGNAL_TEXT,
                                               .scan = scan,
                                               .open_file = open_file,
                                               .records = records,
                                               .read = read_record,
                                               .close_file = close_file,
                                               .list = list,
                                               .open_bytes = open_bytes,
                                               .open_line = open_line};
