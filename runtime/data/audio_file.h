/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * audio_file.h: one sound file as a stream of interleaved floats, through libsndfile, with the
 * faults found that libsndfile passes over. Messages do not name the file; callers do.
 */
#ifndef INGOT_DATA_AUDIO_FILE_H
#define INGOT_DATA_AUDIO_FILE_H

#include <stdint.h>

#include "base/error.h"

typedef struct ingot_audio_file ingot_audio_file;

typedef struct ingot_audio_facts {
    int32_t rate, channels;
    int64_t frames; /* as the header says; -1 where it does not */
} ingot_audio_facts;

/* Fails with "cannot read: ...", "empty file", "truncated: ...", "not audio: ...", "no sound: 0
 * frames", or for a rate outside 1 ... 1000000 Hz. channels: 1 ... 1024. After
 * a failure facts are 0, but rate and channels of a well-formed file of no frames. (Of damaged MP3
 * streams libmpg123 under libsndfile may write notes to standard error, which nothing here can
 * stop.)
 */
ingot_status ingot_audio_file_open(const char *path, ingot_audio_file **file,
                                   ingot_audio_facts *facts, ingot_error *error);

/* Up to `frames` frames of interleaved samples; *got == 0 at the end. Fails where the decoder does,
 * for NaN and infinite samples ("sample is NaN at frame 17"), and at the end where fewer frames
 * came than the header promised. */
ingot_status ingot_audio_file_read(ingot_audio_file *file, float *to, int64_t frames, int64_t *got,
                                   ingot_error *error);

/* Back to the first frame. */
ingot_status ingot_audio_file_rewind(ingot_audio_file *file, ingot_error *error);

void ingot_audio_file_close(ingot_audio_file *file); /* NULL is fine */

#endif
