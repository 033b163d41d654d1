/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * text_table.h: the reader of texts in tables: CSV or TSV files and JSON lines, of which some
 * columns (fields of the objects) are the text and one is the class. A record is a row, without the
 * header, or a line; the columns of a text are joined by a line end.
 *
 * The bytes of a file are cleaned (text/clean.h) before anything is read in them; what was replaced
 * is counted. A scan's `columns` are those of csv.h, texts being described without their values;
 * the digest of a row whose text is shorter than the rules ask is empty: such a row is left out.
 */
#ifndef INGOT_DATA_TEXT_TABLE_H
#define INGOT_DATA_TEXT_TABLE_H

#include "data/csv_internal.h"
#include "data/text_rules.h"

struct json_t;

typedef enum ingot_table_format {
    INGOT_TABLE_BY_NAME, /* .tsv, .jsonl, .ndjson and .json by their endings, any other CSV */
    INGOT_TABLE_CSV,
    INGOT_TABLE_TSV,
    INGOT_TABLE_JSON_LINES
} ingot_table_format;

typedef struct ingot_text_table_config {
    /* files, header, names, columns (those of the text), targets (the class), classes, others; what
     * is missing is "" */
    ingot_csv_config table;
    ingot_text_rules rules;
    int32_t format;   /* ingot_table_format */
    int32_t unquoted; /* 1: quotes are characters like any other, a line is a row */
} ingot_text_table_config;

/* Options: "files", "names", "columns", "targets", "others",
 * "slices": lists of strings; "header",
 * "unquoted": true or false; "format": "csv", "tsv", "jsonl"; "min_length", "latin1", as
 * text_folder.h has them. */
ingot_status ingot_text_table_configure(const struct json_t *options, void **config,
                                        ingot_error *error);

/* The table in the bytes of a file called `name`. Messages name the line, not the file. Of JSON
 * lines the columns are those of the config; those of the text must be in every object. */
ingot_status ingot_text_table_open(const ingot_text_table_config *config, int32_t format,
                                   const char *name, const char *bytes, size_t size,
                                   ingot_csv_table *table, int64_t *replaced, ingot_error *error);

#endif
