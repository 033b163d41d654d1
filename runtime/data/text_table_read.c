/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * text_table_read.c: the bytes of a file as a table (text_table.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "data/text_table.h"
#include "text/clean.h"

/* ------------------------------------------------------------------ a table under construction */

typedef struct building {
    ingot_csv_text *text;
    ingot_text_buffer bytes; /* of all cells, each with its zero byte */
    size_t *places;          /* of the cells in them */
    size_t cells, room;
    int64_t row_room;
} building;

static ingot_status add_cell(building *b, const char *cell, size_t length, ingot_error *error) {
    if (b->cells == b->room) {
        const size_t room = b->room == 0 ? 256 : 2 * b->room;
        size_t *grown = realloc(b->places, room * sizeof *grown);
        if (grown == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
        b->places = grown;
        b->room = room;
    }
    const ingot_status status = ingot_text_reserve(&b->bytes, length + 1, error);
    if (status != INGOT_OK) return status;
    b->places[b->cells++] = b->bytes.size;
    memcpy(b->bytes.bytes + b->bytes.size, cell, length);
    b->bytes.bytes[b->bytes.size + length] = '\0';
    b->bytes.size += length + 1;
    return INGOT_OK;
}

static ingot_status add_row(building *b, int64_t line, ingot_error *error) {
    if (b->text->rows == b->row_room) {
        const int64_t room = b->row_room == 0 ? 64 : 2 * b->row_room;
        int64_t *grown = realloc(b->text->lines, (size_t)room * sizeof *grown);
        if (grown == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
        b->text->lines = grown;
        b->row_room = room;
    }
    b->text->lines[b->text->rows++] = line;
    return INGOT_OK;
}

/* The cells as pointers: nothing moves any more. */
static ingot_status finish(building *b, ingot_error *error) {
    b->text->cells = malloc((b->cells + 1) * sizeof *b->text->cells);
    if (b->text->cells == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    for (size_t i = 0; i < b->cells; i++) b->text->cells[i] = b->bytes.bytes + b->places[i];
    b->text->owner = b->bytes.bytes;
    b->bytes.bytes = NULL;
    return INGOT_OK;
}

typedef ingot_status (*line_taker)(building *b, const ingot_text_table_config *config,
                                   const char *line, size_t length, int64_t number,
                                   ingot_error *error);

static ingot_status take_lines(const ingot_text_table_config *config, const char *bytes,
                               size_t size, line_taker take, ingot_csv_text *text,
                               ingot_error *error) {
    building b = {.text = text};
    ingot_status status = INGOT_OK;
    int64_t number = 0;
    for (const char *at = bytes, *end = bytes + size; status == INGOT_OK && at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const size_t length = (size_t)((stop != NULL ? stop : end) - at);
        number++;
        if (length > 0) status = take(&b, config, at, length, number, error);
        at += length + 1;
    }
    if (status == INGOT_OK) status = finish(&b, error);
    free(b.places);
    free(b.bytes.bytes);
    if (status != INGOT_OK) ingot_csv_text_free(text);
    return status;
}

/* ------------------------------------------------------------------ rows without quotes */

static ingot_status take_unquoted(building *b, const ingot_text_table_config *config,
                                  const char *line, size_t length, int64_t number,
                                  ingot_error *error) {
    int32_t fields = 0;
    ingot_status status = INGOT_OK;
    for (const char *at = line, *end = line + length; status == INGOT_OK && at <= end; fields++) {
        const char *stop = memchr(at, config->table.separator, (size_t)(end - at));
        const size_t width = (size_t)((stop != NULL ? stop : end) - at);
        status = add_cell(b, at, width, error);
        at += width + 1;
    }
    if (status != INGOT_OK) return status;
    if (b->text->rows == 0) b->text->columns = fields;
    if (fields != b->text->columns) {
        return ingot_fail(error, INGOT_FAILED, "line %lld: %d fields, the first line has %d",
                          (long long)number, fields, b->text->columns);
    }
    return add_row(b, number, error);
}

/* ------------------------------------------------------------------ JSON lines */

/* A value of a JSON object as the text of a cell: "" where it is not there or null. */
static ingot_status add_value(building *b, const json_t *object, const char *name, int64_t number,
                              ingot_error *error) {
    const json_t *value = json_object_get(object, name);
    if (value == NULL || json_is_null(value)) return add_cell(b, "", 0, error);
    if (json_is_string(value)) {
        return add_cell(b, json_string_value(value), json_string_length(value), error);
    }
    if (json_is_object(value) || json_is_array(value)) {
        return ingot_fail(error, INGOT_FAILED, "line %lld: \"%s\": expected a text, found %s",
                          (long long)number, name, json_is_array(value) ? "a list" : "an object");
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (text == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    const ingot_status status = add_cell(b, text, strlen(text), error);
    free(text);
    return status;
}

static ingot_status take_json(building *b, const ingot_text_table_config *config, const char *line,
                              size_t length, int64_t number, ingot_error *error) {
    const char *const *const lists[4] = {config->table.columns, config->table.targets,
                                         config->table.others, config->table.slices};
    char what[40];
    json_t *object;
    snprintf(what, sizeof what, "line %lld", (long long)number);
    if (strspn(line, " \t") >= length) return INGOT_OK;
    ingot_status status = ingot_json_parse(line, length, what, &object, error);
    if (status != INGOT_OK) return status;
    if (!json_is_object(object)) {
        status = ingot_fail(error, INGOT_FAILED, "%s: expected a JSON object", what);
    }
    for (const char *const *name = config->table.columns; status == INGOT_OK && *name; name++) {
        if (json_object_get(object, *name) == NULL) {
            status = ingot_fail(error, INGOT_FAILED, "%s: the object has no \"%s\"", what, *name);
        }
    }
    int32_t columns = 0;
    for (int i = 0; i < 4; i++) {
        for (const char *const *name = lists[i]; status == INGOT_OK && name && *name; name++) {
            status = add_value(b, object, *name, number, error);
            columns++;
        }
    }
    json_decref(object);
    if (status != INGOT_OK) return status;
    b->text->columns = columns;
    return add_row(b, number, error);
}

static ingot_status open_json(const ingot_text_table_config *config, const char *bytes, size_t size,
                              ingot_csv_table *table, ingot_error *error) {
    const char *const *const lists[4] = {config->table.columns, config->table.targets,
                                         config->table.others, config->table.slices};
    *table = (ingot_csv_table){0};
    ingot_status status = take_lines(config, bytes, size, take_json, &table->text, error);
    if (status != INGOT_OK) return status;
    table->records = table->text.rows;
    if (table->records == 0) {
        status = ingot_fail(error, INGOT_FAILED, "is empty");
    } else {
        table->names = calloc((size_t)table->text.columns + 1, sizeof *table->names);
        if (table->names == NULL) status = ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    int32_t at = 0;
    for (int i = 0; status == INGOT_OK && i < 4; i++) {
        for (const char *const *name = lists[i]; name && *name; name++) table->names[at++] = *name;
    }
    if (status != INGOT_OK) ingot_csv_table_free(table);
    return status;
}

/* ------------------------------------------------------------------ a file */

static int ends_in(const char *name, const char *ending) {
    const size_t length = strlen(name), tail = strlen(ending);
    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

static int32_t format_of(int32_t format, const char *name) {
    if (format != INGOT_TABLE_BY_NAME) return format;
    if (ends_in(name, ".tsv")) return INGOT_TABLE_TSV;
    if (ends_in(name, ".jsonl") || ends_in(name, ".ndjson") || ends_in(name, ".json")) {
        return INGOT_TABLE_JSON_LINES;
    }
    return INGOT_TABLE_CSV;
}

ingot_status ingot_text_table_open(const ingot_text_table_config *config, int32_t format,
                                   const char *name, const char *bytes, size_t size,
                                   ingot_csv_table *table, int64_t *replaced, ingot_error *error) {
    ingot_text_rules rules = config->rules;
    ingot_text text = {0};
    ingot_text_table_config as = *config;
    format = format_of(format, name);
    rules.strip_headers = 0;
    *table = (ingot_csv_table){0};
    ingot_status status = ingot_text_take(&text, &rules, bytes, size, error);
    *replaced = text.replaced;
    as.table.separator = format == INGOT_TABLE_TSV ? '\t' : ',';
    if (status == INGOT_OK && format == INGOT_TABLE_JSON_LINES) {
        status = open_json(&as, text.clean.bytes, text.clean.size, table, error);
    } else if (status == INGOT_OK && config->unquoted) {
        status =
            take_lines(&as, text.clean.bytes, text.clean.size, take_unquoted, &table->text, error);
        if (status == INGOT_OK) status = ingot_csv_table_name(&as.table, table, error);
    } else if (status == INGOT_OK) {
        status = ingot_csv_table_open(&as.table, text.clean.bytes, text.clean.size, table, error);
    }
    ingot_text_free(&text);
    return status;
}
