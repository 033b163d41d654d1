/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * csv_parse.h: the text of a table, by RFC 4180 and strictly: fields between separators, lines
 * ended by LF or CRLF, quoted fields with separators, line ends and doubled quotes in them. UTF-8,
 * with or without a byte order mark. What is not that is an error that names the line: the parsers
 * packaged for C take stray quotes and uneven rows as they come, and know no lines.
 */
#ifndef INGOT_DATA_CSV_PARSE_H
#define INGOT_DATA_CSV_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* All lines of a file, the header too. Empty lines at the end are none. */
typedef struct ingot_csv_text {
    int64_t rows; /* 0: nothing in it */
    int32_t columns;
    const char **cells; /* [rows][columns], each ends in a zero byte */
    int64_t *lines;     /* [rows] the line a row begins in, from 1 */
    char *owner;
} ingot_csv_text;

/* Bytes are copied. Messages do not name the file; the caller does. */
ingot_status ingot_csv_parse(const char *bytes, size_t size, char separator, ingot_csv_text *text,
                             ingot_error *error);
void ingot_csv_text_free(ingot_csv_text *text);

/* The number a cell says, with blanks around it: decimal, as in 3, -0.5 or 1e-3. 0 where it says
 * none that is finite. */
int ingot_csv_number(const char *cell, double *value);

/* Whether a cell, without the blanks around it, is one of the texts that stand for a missing value
 * (ended by NULL). */
int ingot_csv_missing(const char *cell, const char *const *texts);

#endif
