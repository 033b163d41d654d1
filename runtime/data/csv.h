/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * csv.h: the reader of tables: CSV files whose rows are samples (csv_parse.h says what a CSV file
 * is). A record is a row, without the header; its signal is the cells of the columns that are
 * features, its label the class in the target column, or its numbers.
 *
 * In a scan a file's `columns` is a JSON list, one object for each column that the config chooses,
 * in the order of the file:
 *   {"name", "role": "feature" | "target" | "other", "missing": rows without a value,
 *    "first_missing": line of the first of them, where there is one,
 *    "number": true where every value is a number,
 *    "constant": true where every row has the same text,
 *    "not_number": "line 7: 'abc'", the first that is none, "numbers": values that are,
 *    "values": distinct texts in byte order, "codes": index into them by row, -1 where missing}
 * and after them one more object {"rows": [...]}: of each row 16 hex digits that are the same where
 * all features are (64-bit FNV-1a over their texts), or none, where the row is left out
 * (text_table.h). The last two are given for columns that are
 * not numbers or that the config says are categories, and for targets, others and slices; not where
 * there are more than INGOT_CSV_VALUES distinct ones.
 */
#ifndef INGOT_DATA_CSV_H
#define INGOT_DATA_CSV_H

#include "data/reader.h"

struct json_t;

enum { INGOT_CSV_VALUES = 65535 };

/* Lists end in NULL. */
typedef struct ingot_csv_config {
    const char *const *files; /* names within the data set's root, in byte order */
    char separator;
    int32_t header;             /* 1: the first line names the columns */
    const char *const *names;   /* names where there is no header; NULL: "1", "2", ... */
    const char *const *missing; /* texts that stand for no value */
    const char *const *columns; /* those that are features: names; in a scan shell patterns, and
                                   NULL: all but the others below */
    const char *const *targets; /* names */
    const char *const
        *classes; /* names in the order of class indices; NULL: numbers are predicted */
    /* scan alone; NULL: none */
    const char *const *exclude; /* patterns: no features */
    const char *const
        *categories;           /* patterns: features that are no numbers whatever they look like */
    const char *const *others; /* names: columns that rows are grouped by */
    const char *const *slices; /* names: columns that metrics are told apart by, features or not */
    int32_t texts;             /* 1: features are texts, whose values are not listed */
} ingot_csv_config;

/* Options: the lists above, separator (a string of one character), header (true or false). */
ingot_status ingot_csv_configure(const struct json_t *options, void **config, ingot_error *error);

#endif
