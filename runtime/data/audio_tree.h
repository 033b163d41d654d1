/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * audio_tree.h: which files an audio folder consists of (audio_folder.h), without opening them.
 */
#ifndef INGOT_DATA_AUDIO_TREE_H
#define INGOT_DATA_AUDIO_TREE_H

#include "data/audio_folder.h"

typedef struct ingot_audio_entry {
    char *path;  /* relative to the root */
    char *label; /* its first part */
} ingot_audio_entry;

typedef struct ingot_audio_tree {
    int64_t count, room;
    ingot_audio_entry *entries; /* in ascending byte order of path */
} ingot_audio_tree;

/* Fails for a root that is missing or without class folders, and for a class folder without a file
 * to take. On failure there is nothing to free. */
ingot_status ingot_audio_tree_list(const ingot_audio_folder_config *config, const char *root,
                                   ingot_audio_tree *tree, ingot_error *error);
void ingot_audio_tree_free(ingot_audio_tree *tree);

#endif
