/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * audio_folder.h: sounds in one folder per class.
 *
 *   root/<class>/a.wav  root/<class>/deeper/b.flac
 *
 * A file's label is the folder directly under the root, however deep it lies. Any format that
 * libsndfile reads, any rate, any number of channels. Names that begin with a dot are passed over,
 * and so are files directly under the root. Links are followed.
 */
#ifndef INGOT_DATA_AUDIO_FOLDER_H
#define INGOT_DATA_AUDIO_FOLDER_H

#include "data/reader.h"

struct json_t;

/* Lists end with NULL; a NULL list restricts nothing. Patterns are those of fnmatch(3) on the path
 * relative to the root, `*` matching `/` too: e.g. "*.wav". */
typedef struct ingot_audio_folder_config {
    const char *const *classes; /* take only these folders; each must be there */
    const char *const *include; /* take files that match any */
    const char *const *exclude; /* of those, leave out files that match any */
    double min_seconds;         /* shorter sounds are listed with `left_out` set */
} ingot_audio_folder_config;

/* Options: {"classes": [...], "include": [...], "exclude": [...], "min_seconds": x}, all optional.
 */
ingot_status ingot_audio_folder_configure(const struct json_t *options, void **config,
                                          ingot_error *error);

#endif
