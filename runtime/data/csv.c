/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * csv.c: the reader of tables (csv.h). An open source holds its file decoded in memory.
 */
#include "data/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "data/csv_internal.h"
#include "data/option_lists.h"
#include "data/table_files.h"

#define MOST_BYTES ((size_t)1 << 33) /* of a file */

/* ------------------------------------------------------------------ the config */

enum { LISTS = 9 };
static const char *const list_names[LISTS + 1] = {"files",   "names",      "missing", "columns",
                                                  "targets", "categories", "exclude", "others",
                                                  "slices",  NULL};

static const char *const nothing[] = {NULL};

static ingot_status check_option(const char *key, const json_t *value, ingot_error *error) {
    if (strcmp(key, "header") == 0) {
        if (json_is_boolean(value)) return INGOT_OK;
        return ingot_fail(error, INGOT_USAGE, "csv: header: expected true or false");
    }
    if (strcmp(key, "separator") == 0) {
        if (json_string_length(value) == 1 && strchr("\"\r\n", json_string_value(value)[0]) == NULL)
            return INGOT_OK;
        return ingot_fail(error, INGOT_USAGE, "csv: separator: expected one character");
    }
    int known = 0;
    for (int i = 0; i < LISTS; i++) known = known || strcmp(key, list_names[i]) == 0;
    if (!known) return ingot_fail(error, INGOT_USAGE, "csv: unknown option '%s'", key);
    if (ingot_is_string_list(value)) return INGOT_OK;
    return ingot_fail(error, INGOT_USAGE, "csv: %s: expected a list of strings", key);
}

ingot_status ingot_csv_configure(const struct json_t *options, void **config, ingot_error *error) {
    const char *key;
    json_t *value;
    *config = NULL;
    json_object_foreach((json_t *)(uintptr_t)options, key, value) {
        const ingot_status status = check_option(key, value, error);
        if (status != INGOT_OK) return status;
    }
    if (json_array_size(json_object_get(options, "files")) == 0) {
        return ingot_fail(error, INGOT_USAGE, "csv: files: expected the names of files");
    }
    const char *const *lists[LISTS];
    void *block;
    const ingot_status status =
        ingot_option_lists(options, list_names, sizeof(ingot_csv_config), &block, lists, error);
    if (status != INGOT_OK) return ingot_fail_in(error, status, "csv");
    ingot_csv_config *made = block;
    made->files = lists[0];
    made->names = lists[1];
    made->missing = lists[2] != NULL ? lists[2] : nothing;
    made->columns = lists[3];
    made->targets = lists[4];
    made->categories = lists[5];
    made->exclude = lists[6];
    made->others = lists[7];
    made->slices = lists[8];
    const char *separator = json_string_value(json_object_get(options, "separator"));
    made->separator = ',';
    if (separator != NULL) made->separator = *separator;
    made->header = !json_is_false(json_object_get(options, "header"));
    *config = made;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ scan */

static ingot_status look(const void *config, const char *path, ingot_file *file, char **columns,
                         ingot_error *error) {
    char *bytes;
    size_t size;
    ingot_csv_table table = {0};
    ingot_status status = ingot_read_file(path, MOST_BYTES, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    file->bytes = size;
    status = ingot_sha256_of(bytes, size, file->sha256, error);
    if (status == INGOT_OK) status = ingot_csv_table_open(config, bytes, size, &table, error);
    if (status == INGOT_OK && table.records > INT32_MAX) {
        status = ingot_fail(error, INGOT_FAILED, "has more than %d rows", INT32_MAX);
    }
    file->records = table.records;
    if (status == INGOT_OK) status = ingot_csv_describe(config, &table, columns, error);
    ingot_csv_table_free(&table);
    free(bytes);
    return status;
}

static ingot_status csv_scan(const void *config, const char *root, struct ingot_known *known,
                             ingot_file_sink sink, void *user, ingot_error *error) {
    (void)known; /* the rows are wanted, so the file is read */
    return ingot_table_scan(config, look, ((const ingot_csv_config *)config)->files, root, sink,
                            user, error);
}

static ingot_status csv_list(const void *config, const char *root, ingot_path_sink sink, void *user,
                             ingot_error *error) {
    (void)root;
    return ingot_table_list(((const ingot_csv_config *)config)->files, sink, user, error);
}

/* ------------------------------------------------------------------ rows */

struct ingot_source {
    const ingot_csv_config *config;
    ingot_csv_table table;
    int32_t features, targets;
    int32_t *columns; /* [features + targets] of the table; -1: a target that the file has not */
    const char **cells;
    float *numbers; /* [targets] */
};

static int32_t length_of(const char *const *list) {
    int32_t count = 0;
    while (list != NULL && list[count] != NULL) count++;
    return count;
}

static ingot_status no_column(const ingot_csv_table *table, const char *name, ingot_error *error) {
    enum { NAMED = 8 };
    char text[NAMED * 40] = "";
    for (int32_t c = 0; c < table->text.columns && c < NAMED; c++) {
        const char *one = table->names[c];
        int length = (int)strlen(one); /* cut where a character of UTF-8 begins */
        for (length = length > 36 ? 36 : length; (one[length] & 0xc0) == 0x80; length--) {
        }
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%.*s", c > 0 ? ", " : "", length, one);
    }
    return ingot_fail(error, INGOT_FAILED, "no column '%s'; there are %s%s", name, text,
                      table->text.columns > NAMED ? ", ..." : "");
}

static ingot_status find_columns(ingot_source *source, ingot_error *error) {
    const ingot_csv_config *config = source->config;
    for (int32_t i = 0; i < source->features; i++) {
        source->columns[i] = ingot_csv_column(&source->table, config->columns[i]);
        if (source->columns[i] < 0) return no_column(&source->table, config->columns[i], error);
    }
    for (int32_t i = 0; i < source->targets; i++) {
        source->columns[source->features + i] =
            ingot_csv_column(&source->table, config->targets[i]);
    }
    return INGOT_OK;
}

static void csv_close(ingot_source *source) {
    if (source == NULL) return;
    ingot_csv_table_free(&source->table);
    free(source->columns);
    free((void *)source->cells);
    free(source->numbers);
    free(source);
}

static ingot_status csv_open_bytes(const void *config, const char *path, const uint8_t *bytes,
                                   size_t size, ingot_source **source, ingot_error *error) {
    ingot_source *made = calloc(1, sizeof *made);
    *source = NULL;
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    made->config = config;
    made->features = length_of(made->config->columns);
    made->targets = length_of(made->config->targets);
    made->columns = calloc((size_t)made->features + (size_t)made->targets + 1, sizeof(int32_t));
    made->cells = calloc((size_t)made->features + 1, sizeof *made->cells);
    made->numbers = calloc((size_t)made->targets + 1, sizeof *made->numbers);
    ingot_status status = INGOT_OK;
    if (made->columns == NULL || made->cells == NULL || made->numbers == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (status == INGOT_OK) {
        status = ingot_csv_table_open(made->config, (const char *)bytes, size, &made->table, error);
    }
    if (status == INGOT_OK) status = find_columns(made, error);
    if (status != INGOT_OK) {
        csv_close(made);
        return ingot_fail_in(error, status, "%s", path);
    }
    *source = made;
    return INGOT_OK;
}

static ingot_status csv_open(const void *config, const char *path, const char *label_path,
                             ingot_source **source, ingot_error *error) {
    char *bytes;
    size_t size;
    (void)label_path;
    *source = NULL;
    ingot_status status = ingot_read_file(path, MOST_BYTES, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    status = csv_open_bytes(config, path, (const uint8_t *)bytes, size, source, error);
    free(bytes);
    return status;
}

static int64_t csv_records(const ingot_source *source) {
    return source->table.records;
}

/* The text of a column, NULL where it is missing. */
static const char *value_of(const ingot_source *source, int64_t record, int32_t column) {
    if (column < 0) return NULL;
    const char *cell = ingot_csv_cell(&source->table, record, column);
    return ingot_csv_missing(cell, source->config->missing) ? NULL : cell;
}

static ingot_status read_targets(ingot_source *source, int64_t record, ingot_signal *signal,
                                 int32_t *label, ingot_error *error) {
    const ingot_csv_config *config = source->config;
    const int32_t *columns = source->columns + source->features;
    *label = -1;
    signal->targets = config->classes == NULL && source->targets > 0 ? source->numbers : NULL;
    for (int32_t i = 0; i < source->targets; i++) {
        const char *cell = value_of(source, record, columns[i]);
        double number = 0;
        if (cell == NULL) {
            signal->targets = NULL;
        } else if (config->classes != NULL) {
            for (int32_t c = 0; config->classes[c] != NULL && *label < 0; c++) {
                if (strcmp(config->classes[c], cell) == 0) *label = c;
            }
        } else if (!ingot_csv_number(cell, &number)) {
            return ingot_fail(
                error, INGOT_FAILED, "line %lld: column '%s': '%.60s' is not a number",
                (long long)ingot_csv_line(&source->table, record), config->targets[i], cell);
        }
        source->numbers[i] = (float)number;
    }
    return INGOT_OK;
}

static ingot_status csv_read(ingot_source *source, int64_t record, ingot_signal *signal,
                             int32_t *label, ingot_error *error) {
    if (record < 0 || record >= source->table.records) {
        return ingot_fail(error, INGOT_FAILED, "there is no record %lld, the file has %lld",
                          (long long)record, (long long)source->table.records);
    }
    for (int32_t i = 0; i < source->features; i++) {
        source->cells[i] = value_of(source, record, source->columns[i]);
    }
    *signal = (ingot_signal){.kind = INGOT_SIGNAL_ROW,
                             .cells = source->cells,
                             .cell_count = source->features,
                             .line = ingot_csv_line(&source->table, record)};
    return read_targets(source, record, signal, label, error);
}

const ingot_reader ingot_reader_csv = {
    .name = "csv",
    .yields = INGOT_SIGNAL_ROW,
    .scan = csv_scan,
    .open_file = csv_open,
    .records = csv_records,
    .read = csv_read,
    .close_file = csv_close,
    .list = csv_list,
    .open_bytes = csv_open_bytes,
};
