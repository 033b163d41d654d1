/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * table_files.h: the scan of a reader whose data set is files named in its config, each a table:
 * all of it but the look into one file.
 */
#ifndef INGOT_DATA_TABLE_FILES_H
#define INGOT_DATA_TABLE_FILES_H

#include "data/reader.h"

/* Reads the table at `path` to its end and sets sha256, bytes, records and what else there is to
 * know; *columns, from malloc, is what csv.h says of them. A failure makes the file a problem. */
typedef ingot_status (*ingot_table_look)(const void *config, const char *path, ingot_file *file,
                                         char **columns, ingot_error *why);

/* `files`: names within `root`, ended with NULL; one that is not there is a failure. */
ingot_status ingot_table_scan(const void *config, ingot_table_look look, const char *const *files,
                              const char *root, ingot_file_sink sink, void *user,
                              ingot_error *error);

/* The same names to a reader's `list`: other files may lie beside those of the data set. */
ingot_status ingot_table_list(const char *const *files, ingot_path_sink sink, void *user,
                              ingot_error *error);

#endif
