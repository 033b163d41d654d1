/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * text_table.c: the reader of texts in tables (text_table.h).
 */
#include "data/text_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "data/option_lists.h"
#include "data/table_files.h"

#define MOST_BYTES ((size_t)1 << 34) /* of a file */

/* ------------------------------------------------------------------ the config */

enum { LISTS = 6 };
static const char *const list_names[LISTS + 1] = {"files",  "names",  "columns", "targets",
                                                  "others", "slices", NULL};
static const char *const formats[] = {"", "csv", "tsv", "jsonl"};
static const char *const nothing[] = {"", NULL};

static ingot_status check_option(const char *key, const json_t *value, ingot_error *error) {
    int known = strcmp(key, "min_length") == 0 || strcmp(key, "latin1") == 0;
    if (known && json_is_integer(value) && json_integer_value(value) >= 0) return INGOT_OK;
    if (strcmp(key, "header") == 0 || strcmp(key, "unquoted") == 0) {
        if (json_is_boolean(value)) return INGOT_OK;
        known = 1;
    }
    if (strcmp(key, "format") == 0) {
        for (int i = 1; i < 4 && json_is_string(value); i++) {
            if (strcmp(json_string_value(value), formats[i]) == 0) return INGOT_OK;
        }
        known = 1;
    }
    for (int i = 0; i < LISTS; i++) {
        if (strcmp(key, list_names[i]) != 0) continue;
        if (ingot_is_string_list(value) && json_array_size(value) > 0) return INGOT_OK;
        known = 1;
    }
    return ingot_fail(error, INGOT_USAGE,
                      known ? "text_table: %s: not a value that is expected"
                            : "text_table: unknown option '%s'",
                      key);
}

ingot_status ingot_text_table_configure(const struct json_t *options, void **config,
                                        ingot_error *error) {
    const char *key;
    json_t *value;
    *config = NULL;
    json_object_foreach((json_t *)(uintptr_t)options, key, value) {
        const ingot_status status = check_option(key, value, error);
        if (status != INGOT_OK) return status;
    }
    if (json_array_size(json_object_get(options, "files")) == 0 ||
        json_array_size(json_object_get(options, "columns")) == 0) {
        return ingot_fail(error, INGOT_USAGE, "text_table: files and columns are needed");
    }
    const char *const *lists[LISTS];
    void *block;
    const ingot_status status = ingot_option_lists(
        options, list_names, sizeof(ingot_text_table_config), &block, lists, error);
    if (status != INGOT_OK) return ingot_fail_in(error, status, "text_table");
    ingot_text_table_config *made = block;
    made->table.files = lists[0];
    made->table.names = lists[1];
    made->table.columns = lists[2];
    made->table.targets = lists[3];
    made->table.others = lists[4];
    made->table.slices = lists[5];
    const char *format = json_string_value(json_object_get(options, "format"));
    for (int i = 1; format != NULL && i < 4; i++) {
        if (strcmp(format, formats[i]) == 0) made->format = i;
    }
    made->table.missing = nothing;
    made->table.texts = 1;
    made->table.header = !json_is_false(json_object_get(options, "header"));
    made->unquoted = json_is_true(json_object_get(options, "unquoted"));
    made->rules.min_length = json_integer_value(json_object_get(options, "min_length"));
    made->rules.latin1 = json_integer_value(json_object_get(options, "latin1")) != 0;
    *config = made;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ rows */

struct ingot_source {
    const ingot_text_table_config *config;
    ingot_csv_table table;
    int32_t texts;
    int32_t *columns; /* [texts + 1] of the table; the last is the class, -1: none */
    int64_t replaced;
    ingot_text_buffer joined;
    ingot_text text;
};

static void close_file(ingot_source *source) {
    if (source == NULL) return;
    ingot_csv_table_free(&source->table);
    ingot_text_free(&source->text);
    free(source->joined.bytes);
    free(source->columns);
    free(source);
}

/* Messages do not name the file. */
static ingot_status open_table(const ingot_text_table_config *config, int32_t format,
                               const char *path, const char *bytes, size_t size, ingot_source **to,
                               ingot_error *error) {
    ingot_source *made = calloc(1, sizeof *made);
    *to = NULL;
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    made->config = config;
    while (config->table.columns[made->texts] != NULL) made->texts++;
    made->columns = calloc((size_t)made->texts + 1, sizeof *made->columns);
    ingot_status status = made->columns != NULL
                              ? ingot_text_table_open(config, format, path, bytes, size,
                                                      &made->table, &made->replaced, error)
                              : ingot_fail(error, INGOT_FAILED, "out of memory");
    for (int32_t i = 0; status == INGOT_OK && i < made->texts; i++) {
        made->columns[i] = ingot_csv_column(&made->table, config->table.columns[i]);
        if (made->columns[i] < 0) {
            status = ingot_fail(error, INGOT_FAILED, "no column '%s'", config->table.columns[i]);
        }
    }
    if (status == INGOT_OK) {
        made->columns[made->texts] = config->table.targets != NULL
                                         ? ingot_csv_column(&made->table, config->table.targets[0])
                                         : -1;
        *to = made;
    } else {
        close_file(made);
    }
    return status;
}

static ingot_status open_bytes(const void *config, const char *path, const uint8_t *bytes,
                               size_t size, ingot_source **source, ingot_error *error) {
    const ingot_status status =
        open_table(config, ((const ingot_text_table_config *)config)->format, path,
                   (const char *)bytes, size, source, error);
    return status == INGOT_OK ? status : ingot_fail_in(error, status, "%s", path);
}

static ingot_status open_file(const void *config, const char *path, const char *label_path,
                              ingot_source **source, ingot_error *error) {
    char *bytes;
    size_t size;
    (void)label_path;
    *source = NULL;
    ingot_status status = ingot_read_file(path, MOST_BYTES, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    status = open_bytes(config, path, (const uint8_t *)bytes, size, source, error);
    free(bytes);
    return status;
}

/* As a file of one JSON line; what is none becomes the text of the first column. */
static ingot_status open_line(const void *config, const char *line, size_t size,
                              ingot_source **source, ingot_error *error) {
    const ingot_text_table_config *c = config;
    if (size > 0 && line[0] == '{') {
        return open_table(c, INGOT_TABLE_JSON_LINES, "", line, size, source, error);
    }
    ingot_text text = {0};
    const ingot_text_rules rules = {.min_length = 0};
    ingot_status status = ingot_text_take(&text, &rules, line, size, error);
    json_t *object = json_object();
    for (const char *const *name = c->table.columns; status == INGOT_OK && *name != NULL; name++) {
        const int first = name == c->table.columns;
        json_t *value = json_stringn(first ? text.clean.bytes : "", first ? text.clean.size : 0);
        if (value == NULL || json_object_set_new(object, *name, value) != 0) {
            status = ingot_fail(error, INGOT_FAILED, "out of memory");
        }
    }
    char *json = status == INGOT_OK ? ingot_json_line(object) : NULL;
    if (status == INGOT_OK && json == NULL)
        status = ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) {
        status = open_table(c, INGOT_TABLE_JSON_LINES, "", json, strlen(json), source, error);
    }
    free(json);
    json_decref(object);
    ingot_text_free(&text);
    return status;
}

static int64_t records(const ingot_source *source) {
    return source->table.records;
}

/* The text of a record into source->text. */
static ingot_status take_text(ingot_source *source, int64_t record, ingot_error *error) {
    const ingot_text_rules rules = {.min_length = 0}; /* the table is UTF-8 by now */
    source->joined.size = 0;
    for (int32_t i = 0; i < source->texts; i++) {
        const char *cell = ingot_csv_cell(&source->table, record, source->columns[i]);
        const size_t length = strlen(cell);
        const ingot_status status = ingot_text_reserve(&source->joined, length + 1, error);
        if (status != INGOT_OK) return status;
        if (i > 0) source->joined.bytes[source->joined.size++] = '\n';
        memcpy(source->joined.bytes + source->joined.size, cell, length);
        source->joined.size += length;
    }
    return ingot_text_take(&source->text, &rules, source->joined.bytes, source->joined.size, error);
}

static ingot_status read_record(ingot_source *source, int64_t record, ingot_signal *signal,
                                int32_t *label, ingot_error *error) {
    if (record < 0 || record >= source->table.records) {
        return ingot_fail(error, INGOT_FAILED, "there is no record %lld, the file has %lld",
                          (long long)record, (long long)source->table.records);
    }
    const ingot_status status = take_text(source, record, error);
    if (status != INGOT_OK) return status;
    const char *const *classes = source->config->table.classes;
    const int32_t column = source->columns[source->texts];
    *label = -1;
    for (int32_t c = 0; column >= 0 && classes != NULL && classes[c] != NULL && *label < 0; c++) {
        const char *cell = ingot_csv_cell(&source->table, record, column);
        if (strcmp(classes[c], cell) == 0) *label = c;
    }
    *signal = ingot_text_signal(&source->text, ingot_csv_line(&source->table, record));
    return INGOT_OK;
}

/* ------------------------------------------------------------------ scan */

/* Which rows are left out: a byte for each. */
static ingot_status judge(ingot_source *source, unsigned char *left_out, ingot_error *error) {
    for (int64_t r = 0; r < source->table.records; r++) {
        int shorter = 0;
        ingot_error why = {""};
        ingot_status status = take_text(source, r, error);
        if (status != INGOT_OK) return status;
        status = ingot_text_judge(&source->text, &source->config->rules, &shorter, &why);
        if (status != INGOT_OK) {
            return ingot_fail(error, status, "line %lld: %s",
                              (long long)ingot_csv_line(&source->table, r), why.text);
        }
        left_out[r] = (unsigned char)shorter;
    }
    return INGOT_OK;
}

static ingot_status look(const void *user, const char *path, ingot_file *file, char **columns,
                         ingot_error *error) {
    const ingot_text_table_config *config = user;
    char *bytes;
    size_t size;
    ingot_source *source = NULL;
    unsigned char *left_out = NULL;
    ingot_status status = ingot_read_file(path, MOST_BYTES, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    file->bytes = size;
    status = ingot_sha256_of(bytes, size, file->sha256, error);
    if (status == INGOT_OK)
        status = open_table(config, config->format, path, bytes, size, &source, error);
    free(bytes);
    if (status == INGOT_OK && source->table.records > INT32_MAX) {
        status = ingot_fail(error, INGOT_FAILED, "has more than %d rows", INT32_MAX);
    }
    if (status == INGOT_OK) {
        file->records = source->table.records;
        file->replaced = source->replaced;
        left_out = calloc((size_t)file->records + 1, 1);
        status = left_out != NULL ? judge(source, left_out, error)
                                  : ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (status == INGOT_OK) {
        source->table.left_out = left_out;
        status = ingot_csv_describe(&config->table, &source->table, columns, error);
    }
    free(left_out);
    close_file(source);
    return status;
}

static ingot_status scan(const void *config, const char *root, struct ingot_known *known,
                         ingot_file_sink sink, void *user, ingot_error *error) {
    (void)known; /* the classes of rows are wanted, so the file is read */
    const ingot_text_table_config *want = config;
    return ingot_table_scan(want, look, want->table.files, root, sink, user, error);
}

static ingot_status list(const void *config, const char *root, ingot_path_sink sink, void *user,
                         ingot_error *error) {
    (void)root;
    const ingot_text_table_config *want = config;
    return ingot_table_list(want->table.files, sink, user, error);
}

const ingot_reader ingot_reader_text_table = {.name = "text_table",
                                              .yields = INGOT_SIGNAL_TEXT,
                                              .scan = scan,
                                              .open_file = open_file,
                                              .records = records,
                                              .read = read_record,
                                              .close_file = close_file,
                                              .list = list,
                                              .open_bytes = open_bytes,
                                              .open_line = open_line};
