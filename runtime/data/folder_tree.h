/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * folder_tree.h: which files a data set of class folders consists of, without opening them.
 *
 *   root/<class>/a.wav  root/<class>/deeper/b.flac
 *
 * A file's label is the folder directly under the root, however deep it lies. Names that begin with
 * a dot are passed over, and so are files directly under the root. Links are followed.
 *
 * Where the choice says `nearest`, the label is the folder that the file lies in, and the folders
 * above it mean nothing.
 *
 * Where the choice is flat, labels come from elsewhere and folders mean nothing: every file below
 * the root is taken, those directly under it too, and none has a label.
 */
#ifndef INGOT_DATA_FOLDER_TREE_H
#define INGOT_DATA_FOLDER_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "data/reader.h"

struct json_t;

/* Lists end with NULL; a NULL list restricts nothing. Patterns are those of fnmatch(3) on the path
 * relative to the root, `*` matching `/` too: e.g. "*.wav". */
typedef struct ingot_folder_choice {
    const char *const *classes; /* take only these folders; each must be there */
    const char *const *include; /* take files that match any */
    const char *const *exclude; /* of those, leave out files that match any */
    const char *what;           /* what is expected there, for messages: "sounds" */
    int flat;                   /* folders are no classes; then `classes` is NULL */
    int nearest;                /* a file's class is the folder it lies in, however deep */
} ingot_folder_choice;

typedef struct ingot_folder_entry {
    char *path; /* relative to the root */
    char
        *label; /* its first part, with `nearest` its last but one; NULL where the choice is flat */
} ingot_folder_entry;

typedef struct ingot_folder_tree {
    int64_t count, room;
    ingot_folder_entry *entries; /* in ascending byte order of path */
} ingot_folder_tree;

/* Fails for a root that is missing or without class folders, and for a class folder without a file
 * to take. On failure there is nothing to free. */
ingot_status ingot_folder_tree_list(const ingot_folder_choice *choice, const char *root,
                                    ingot_folder_tree *tree, ingot_error *error);
void ingot_folder_tree_free(ingot_folder_tree *tree);

/* The same paths, to a reader's `list`. */
ingot_status ingot_folder_tree_paths(const ingot_folder_choice *choice, const char *root,
                                     ingot_path_sink sink, void *user, ingot_error *error);

/* Options of such a reader as JSON: {"classes": [...], "include": [...], "exclude": [...],
 * "flat": true}, all optional, and numbers from 0 named in `numbers` (ends with NULL); anything
 * else is INGOT_USAGE. *made is one block from calloc: `size` bytes for the reader's config, then
 * what `choice` points to. */
ingot_status ingot_folder_configure(const struct json_t *options, const char *reader,
                                    const char *const *numbers, size_t size, void **made,
                                    ingot_folder_choice *choice, ingot_error *error);

#endif
