/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * text_folder.h: texts in one folder per class, a file a text, whatever it is called. Which files
 * and which classes: data/folder_tree.h.
 *
 * With `nearest` a file's class is the folder it lies in, however deep, as in the by-date form of
 * the 20 Newsgroups, whose first folders are the split.
 */
#ifndef INGOT_DATA_TEXT_FOLDER_H
#define INGOT_DATA_TEXT_FOLDER_H

#include "data/reader.h"
#include "data/text_rules.h"

struct json_t;

/* The lists are those of ingot_folder_choice. */
typedef struct ingot_text_folder_config {
    const char *const *classes, *const *include, *const *exclude;
    ingot_text_rules rules;
    int nearest;
    int flat; /* labels come from elsewhere than folders */
} ingot_text_folder_config;

/* Options: the lists, and as numbers "min_length", "latin1", "strip_headers", "nearest". */
ingot_status ingot_text_folder_configure(const struct json_t *options, void **config,
                                         ingot_error *error);

#endif
