/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * csv_internal.h: what the parts of the reader of tables share; see csv.h.
 */
#ifndef INGOT_DATA_CSV_INTERNAL_H
#define INGOT_DATA_CSV_INTERNAL_H

#include "data/csv.h"
#include "data/csv_parse.h"

/* A file's text with the names of its columns. */
typedef struct ingot_csv_table {
    ingot_csv_text text;
    int64_t first; /* row of `text` that is record 0 */
    int64_t records;
    const char **names;            /* [columns] */
    char *owner;                   /* of made-up names */
    const unsigned char *left_out; /* [records] 1: the row is left out; NULL: none is */
} ingot_csv_table;

/* Fails for a file without rows, or with a name twice. Messages do not name the file. */
ingot_status ingot_csv_table_open(const ingot_csv_config *config, const char *bytes, size_t size,
                                  ingot_csv_table *table, ingot_error *error);
/* The same of a table whose text is there already: its names. On failure the table is freed. */
ingot_status ingot_csv_table_name(const ingot_csv_config *config, ingot_csv_table *table,
                                  ingot_error *error);
void ingot_csv_table_free(ingot_csv_table *table);

/* Index of a column, -1 where there is none of that name. */
int32_t ingot_csv_column(const ingot_csv_table *table, const char *name);

static inline const char *ingot_csv_cell(const ingot_csv_table *table, int64_t record,
                                         int32_t column) {
    return table->text.cells[(table->first + record) * table->text.columns + column];
}

static inline int64_t ingot_csv_line(const ingot_csv_table *table, int64_t record) {
    return table->text.lines[table->first + record];
}

/* What scan says of a table's columns (csv.h), from malloc. */
ingot_status ingot_csv_describe(const ingot_csv_config *config, const ingot_csv_table *table,
                                char **columns, ingot_error *error);

#endif
