/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * audio_folder.h: sounds in one folder per class.
 * Any format that libsndfile reads, any rate, any number of channels. folder_tree.h says which
 * files of a folder are taken.
 */
#ifndef INGOT_DATA_AUDIO_FOLDER_H
#define INGOT_DATA_AUDIO_FOLDER_H

#include "data/reader.h"

struct json_t;

/* The lists are those of ingot_folder_choice. */
typedef struct ingot_audio_folder_config {
    const char *const *classes, *const *include, *const *exclude;
    double min_seconds; /* shorter sounds are listed with `left_out` set */
    int flat;           /* labels come from elsewhere than folders */
} ingot_audio_folder_config;

/* Options: {"classes": [...], "include": [...], "exclude": [...], "min_seconds": x}, all optional.
 */
ingot_status ingot_audio_folder_configure(const struct json_t *options, void **config,
                                          ingot_error *error);

#endif
