/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a sound file: opened by the reader, decoded, resampled, cut and turned into mel
 * spectrograms. Whatever comes out must be finite; an error must have a message. The bytes lie in a
 * file that has no name on disk.
 */
/* fuzz: runtime/data/audio_folder.c runtime/data/known.c runtime/data/folder_tree.c
 * runtime/data/folder_scan.c runtime/data/held.c runtime/data/folder_configure.c
 * runtime/data/option_lists.c runtime/data/audio_file.c runtime/data/audio_container.c
 * runtime/data/mel_features.c runtime/dsp/mel.c runtime/dsp/fft.c runtime/dsp/decibel.c
 * runtime/dsp/resize.c runtime/dsp/resample.c runtime/dsp/segment.c runtime/base/error.c
 * runtime/base/file.c runtime/base/writer.c runtime/base/sha256.c runtime/base/parallel.c ; libs:
 * sndfile soxr jansson crypto m */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../vectors/mel/configs.h"
#include "data/audio_folder.h"
#include "data/features.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decoders leak when they refuse damaged headers (libvorbis 1.3.7 under libsndfile 1.2.0); what is
 * allocated by the code under test is still held against it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libsndfile\nleak:libvorbis\nleak:libogg\nleak:libFLAC\nleak:libmpg123\n"
           "leak:libopus\nleak:libmp3lame\n";
}

#define MOST_SAMPLES 3 /* a few bytes of FLAC can be hours of silence */

static ingot_status take(void *user, int64_t index, const void *sample, ingot_error *error) {
    const ingot_mel_config *config = user;
    const float *x = sample;
    for (int32_t i = 0; i < config->height * config->width; i++) {
        if (!isfinite(x[i])) abort();
    }
    return index + 1 < MOST_SAMPLES ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "enough");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const ingot_mel_config *config = mel_cases[0].config;
    const ingot_audio_folder_config folder = {0};
    const ingot_reader *reader = &ingot_reader_audio_folder;
    const ingot_features *features = &ingot_features_mel_spectrogram;
    static void *workspace;
    ingot_error error = {""};
    if (workspace == NULL && features->workspace_new(config, &workspace, &error) != INGOT_OK) {
        abort();
    }
    const int file = memfd_create("sound", MFD_CLOEXEC);
    if (file < 0 || write(file, data, size) != (ssize_t)size) abort();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    ingot_source *source = NULL;
    ingot_signal signal;
    int32_t label;
    ingot_status status = reader->open_file(&folder, path, NULL, &source, &error);
    if (status == INGOT_OK) {
        status = reader->read(source, 0, &signal, &label, &error);
        if (status == INGOT_OK) {
            status = features->compute(config, workspace, &signal, take, (void *)(uintptr_t)config,
                                       &error);
        }
        reader->close_file(source);
    } else if (source != NULL) {
        abort();
    }
    if (status != INGOT_OK && error.text[0] == '\0') abort();
    close(file);
    return 0;
}
