/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * csv_table.c: the columns of a table: their names, and what they hold (csv.h).
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sha256.h"
#include "data/csv_internal.h"

/* ------------------------------------------------------------------ names */

static ingot_status made_up_names(const ingot_csv_config *config, ingot_csv_table *table,
                                  ingot_error *error) {
    enum { ROOM = 12 };
    const int32_t columns = table->text.columns;
    int32_t given = 0;
    while (config->names != NULL && config->names[given] != NULL) given++;
    if (config->names != NULL && given != columns) {
        return ingot_fail(error, INGOT_FAILED, "line 1: %d fields, there are names for %d", columns,
                          given);
    }
    table->owner = calloc((size_t)columns, ROOM);
    if (table->owner == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    for (int32_t c = 0; c < columns; c++) {
        char *name = table->owner + (size_t)c * ROOM;
        snprintf(name, ROOM, "%d", c + 1);
        table->names[c] = config->names != NULL ? config->names[c] : name;
    }
    return INGOT_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static ingot_status check_names(const ingot_csv_table *table, ingot_error *error) {
    const size_t columns = (size_t)table->text.columns;
    const char **order = malloc(columns * sizeof *order);
    if (order == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    memcpy((void *)order, (const void *)table->names, columns * sizeof *order);
    qsort((void *)order, columns, sizeof *order, compare_names);
    ingot_status status = INGOT_OK;
    for (size_t c = 1; c < columns && status == INGOT_OK; c++) {
        if (strcmp(order[c - 1], order[c]) == 0 && order[c][0] != '\0') {
            status =
                ingot_fail(error, INGOT_FAILED, "line 1: two columns are called '%s'", order[c]);
        }
    }
    free((void *)order);
    return status;
}

ingot_status ingot_csv_table_open(const ingot_csv_config *config, const char *bytes, size_t size,
                                  ingot_csv_table *table, ingot_error *error) {
    *table = (ingot_csv_table){0};
    const ingot_status status =
        ingot_csv_parse(bytes, size, config->separator, &table->text, error);
    return status == INGOT_OK ? ingot_csv_table_name(config, table, error) : status;
}

ingot_status ingot_csv_table_name(const ingot_csv_config *config, ingot_csv_table *table,
                                  ingot_error *error) {
    ingot_status status = INGOT_OK;
    table->first = config->header ? 1 : 0;
    table->records = table->text.rows - table->first;
    if (table->text.rows == 0) {
        status = ingot_fail(error, INGOT_FAILED, "is empty");
    } else if (table->records == 0) {
        status = ingot_fail(error, INGOT_FAILED, "has a header and no rows");
    } else {
        table->names = calloc((size_t)table->text.columns, sizeof *table->names);
        if (table->names == NULL) status = ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (status == INGOT_OK && config->header) {
        memcpy((void *)table->names, (const void *)table->text.cells,
               (size_t)table->text.columns * sizeof *table->names);
    } else if (status == INGOT_OK) {
        status = made_up_names(config, table, error);
    }
    if (status == INGOT_OK) status = check_names(table, error);
    if (status != INGOT_OK) ingot_csv_table_free(table);
    return status;
}

void ingot_csv_table_free(ingot_csv_table *table) {
    ingot_csv_text_free(&table->text);
    free((void *)table->names);
    free(table->owner);
    *table = (ingot_csv_table){0};
}

int32_t ingot_csv_column(const ingot_csv_table *table, const char *name) {
    for (int32_t c = 0; c < table->text.columns; c++) {
        if (strcmp(table->names[c], name) == 0) return c;
    }
    return -1;
}

/* ------------------------------------------------------------------ what they hold */

static int is_among(const char *name, const char *const *list) {
    for (; list != NULL && *list != NULL; list++) {
        if (strcmp(*list, name) == 0) return 1;
    }
    return 0;
}

static int matches(const char *name, const char *const *patterns) {
    for (; patterns != NULL && *patterns != NULL; patterns++) {
        if (fnmatch(*patterns, name, 0) == 0) return 1;
    }
    return 0;
}

/* NULL: the column is not read. */
static const char *role_of(const ingot_csv_config *config, const char *name) {
    if (is_among(name, config->targets)) return "target";
    if (config->columns != NULL ? matches(name, config->columns)
                                : name[0] != '\0' && !is_among(name, config->others)) {
        if (!matches(name, config->exclude)) return "feature";
    }
    return is_among(name, config->others) || is_among(name, config->slices) ? "other" : NULL;
}

typedef struct valued {
    const char *text;
    int64_t record;
} valued;

static int compare_values(const void *a, const void *b) {
    return strcmp(((const valued *)a)->text, ((const valued *)b)->text);
}

/* The distinct values of a column and which of them each row has. */
static ingot_status add_codes(const ingot_csv_table *table, int32_t column,
                              const char *const *missing, json_t *object, ingot_error *error) {
    valued *list = calloc((size_t)table->records + 1, sizeof *list);
    int32_t *codes = malloc((size_t)table->records * sizeof *codes + 1);
    int64_t count = 0, distinct = 0;
    for (int64_t r = 0; list != NULL && codes != NULL && r < table->records; r++) {
        const char *cell = ingot_csv_cell(table, r, column);
        codes[r] = -1;
        if (!ingot_csv_missing(cell, missing)) list[count++] = (valued){cell, r};
    }
    json_t *values = json_array(), *numbers = json_array();
    if (list == NULL || codes == NULL || values == NULL || numbers == NULL) {
        distinct = -1;
    } else {
        qsort(list, (size_t)count, sizeof *list, compare_values);
    }
    for (int64_t i = 0; i < count && distinct >= 0 && distinct <= INGOT_CSV_VALUES; i++) {
        if (i == 0 || strcmp(list[i - 1].text, list[i].text) != 0) {
            (void)json_array_append_new(values, json_string(list[i].text));
            distinct++;
        }
        codes[list[i].record] = (int32_t)(distinct - 1);
    }
    for (int64_t r = 0; distinct >= 0 && distinct <= INGOT_CSV_VALUES && r < table->records; r++) {
        (void)json_array_append_new(numbers, json_integer(codes[r]));
    }
    free(list);
    free(codes);
    if (distinct < 0 || distinct > INGOT_CSV_VALUES) {
        json_decref(values);
        json_decref(numbers);
        return distinct < 0 ? ingot_fail(error, INGOT_FAILED, "out of memory") : INGOT_OK;
    }
    (void)json_object_set_new(object, "values", values);
    (void)json_object_set_new(object, "codes", numbers);
    return INGOT_OK;
}

static ingot_status describe_column(const ingot_csv_config *config, const ingot_csv_table *table,
                                    int32_t column, const char *role, json_t *object,
                                    ingot_error *error) {
    int64_t missing = 0, numbers = 0, values = 0;
    char text[160] = "", hex[65];
    int constant = 1;
    ingot_sha256 hash; /* tells columns of other content apart */
    uint8_t digest[32];
    ingot_status status = ingot_sha256_begin(&hash, error);
    for (int64_t r = 0; status == INGOT_OK && r < table->records; r++) {
        const char *cell = ingot_csv_cell(table, r, column);
        status = ingot_sha256_add(&hash, cell, strlen(cell) + 1, error);
    }
    if (status != INGOT_OK) {
        ingot_sha256_end(&hash, NULL, NULL);
        return status;
    }
    status = ingot_sha256_end(&hash, digest, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    (void)json_object_set_new(object, "digest", json_string(hex));
    for (int64_t r = 0; r < table->records; r++) {
        const char *cell = ingot_csv_cell(table, r, column);
        double number;
        constant = constant && strcmp(cell, ingot_csv_cell(table, 0, column)) == 0;
        if (ingot_csv_missing(cell, config->missing)) {
            if (missing++ == 0) {
                (void)json_object_set_new(object, "first_missing",
                                          json_integer(ingot_csv_line(table, r)));
            }
            continue;
        }
        values++;
        if (ingot_csv_number(cell, &number)) {
            numbers++;
        } else if (text[0] == '\0') {
            int length = (int)strlen(cell); /* cut where a character of UTF-8 begins */
            for (length = length > 60 ? 60 : length; (cell[length] & 0xc0) == 0x80; length--) {
            }
            snprintf(text, sizeof text, "line %lld: '%.*s'", (long long)ingot_csv_line(table, r),
                     length, cell);
        }
    }
    (void)json_object_set_new(object, "name", json_string(table->names[column]));
    (void)json_object_set_new(object, "role", json_string(role));
    (void)json_object_set_new(object, "missing", json_integer(missing));
    /* what all rows have, so that files can be compared; of none: true */
    (void)json_object_set_new(object, "constant",
                              !constant ? json_false()
                              : table->records == 0
                                  ? json_true()
                                  : json_string(ingot_csv_cell(table, 0, column)));
    (void)json_object_set_new(object, "number", json_boolean(numbers == values));
    (void)json_object_set_new(object, "numbers", json_integer(numbers));
    if (text[0] != '\0') (void)json_object_set_new(object, "not_number", json_string(text));
    if (config->texts && strcmp(role, "feature") == 0) return INGOT_OK;
    if (numbers == values && strcmp(role, "feature") == 0 &&
        !is_among(table->names[column], config->slices) &&
        !matches(table->names[column], config->categories)) {
        return INGOT_OK;
    }
    return add_codes(table, column, config->missing, object, error);
}

/* What tells rows with other features apart. */
static json_t *row_digests(const ingot_csv_config *config, const ingot_csv_table *table) {
    json_t *list = json_array();
    for (int64_t r = 0; r < table->records; r++) {
        uint64_t hash = 0xcbf29ce484222325u;
        char hex[17];
        for (int32_t c = 0; c < table->text.columns; c++) {
            const char *role = role_of(config, table->names[c]);
            if (role == NULL || strcmp(role, "feature") != 0) continue;
            const char *cell = ingot_csv_cell(table, r, c);
            for (size_t i = 0; i <= strlen(cell); i++) {
                hash = (hash ^ (unsigned char)cell[i]) * 0x100000001b3u;
            }
        }
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)hash);
        const int gone = table->left_out != NULL && table->left_out[r];
        (void)json_array_append_new(list, json_string(gone ? "" : hex));
    }
    return list;
}

ingot_status ingot_csv_describe(const ingot_csv_config *config, const ingot_csv_table *table,
                                char **columns, ingot_error *error) {
    json_t *list = json_array();
    ingot_status status = INGOT_OK;
    *columns = NULL;
    for (int32_t c = 0; c < table->text.columns && status == INGOT_OK; c++) {
        const char *role = role_of(config, table->names[c]);
        if (role == NULL) continue;
        json_t *object = json_object();
        status = describe_column(config, table, c, role, object, error);
        (void)json_array_append_new(list, object);
    }
    (void)json_array_append_new(list, json_pack("{s:o}", "rows", row_digests(config, table)));
    if (status == INGOT_OK) {
        *columns = ingot_json_line(list);
        if (*columns == NULL) status = ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    json_decref(list);
    return status;
}
