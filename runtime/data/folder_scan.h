/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * folder_scan.h: the scan of a reader of class folders, all of it but the look into one file.
 */
#ifndef INGOT_DATA_FOLDER_SCAN_H
#define INGOT_DATA_FOLDER_SCAN_H

#include "data/folder_tree.h"
#include "data/known.h"
#include "data/reader.h"

/* Reads the file at `path` to its end and sets what is to be known of it: sha256 and bytes wherever
 * it could be read, the rest as far as it was understood; `records` is not its business. A failure
 * makes the file a problem, *left_out = 1 with INGOT_OK a file that the rules leave out, and either
 * is told in *why. Called by several threads at once. */
typedef ingot_status (*ingot_folder_look)(const void *config, const char *path, ingot_file *file,
                                          int *left_out, ingot_error *why);

typedef struct ingot_folder_reader {
    const char *role; /* of each file, e.g. "image" */
    ingot_folder_look look;
} ingot_folder_reader;

/* Every file of the choice, in ascending byte order of path, to `sink`; only those that are not
 * `known` are read, on all cores. Fails as ingot_folder_tree_list and ingot_known_keep do. */
ingot_status ingot_folder_scan(const ingot_folder_reader *reader, const void *config,
                               const ingot_folder_choice *choice, const char *root,
                               ingot_known *known, ingot_file_sink sink, void *user,
                               ingot_error *error);

#endif
