/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * audio_folder.c: the reader of sounds in class folders (audio_folder.h). A scan decodes every file
 * to its end: headers of damaged files lie, and the lock's frame counts decide how many samples a
 * file gives.
 */
#include "data/audio_folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "data/audio_file.h"
#include "data/folder_scan.h"
#include "data/held.h"

#define BLOCK_VALUES                                                                               \
    16384 /* floats decoded at once in a scan; at least one frame of 1024 channels */

static ingot_folder_choice choice_of(const ingot_audio_folder_config *config) {
    return (ingot_folder_choice){config->classes, config->include, config->exclude,
                                 "sounds",        config->flat,    0};
}

ingot_status ingot_audio_folder_configure(const struct json_t *options, void **config,
                                          ingot_error *error) {
    static const char *const numbers[] = {"min_seconds", NULL};
    ingot_folder_choice choice;
    const ingot_status status =
        ingot_folder_configure(options, "audio_folder", numbers, sizeof(ingot_audio_folder_config),
                               config, &choice, error);
    if (status != INGOT_OK) return status;
    *(ingot_audio_folder_config *)*config = (ingot_audio_folder_config){
        choice.classes, choice.include, choice.exclude,
        json_number_value(json_object_get(options, "min_seconds")), choice.flat};
    return INGOT_OK;
}

struct ingot_source {
    ingot_audio_file *file;
    ingot_audio_facts facts;
    char path[]; /* for messages */
};

/* ------------------------------------------------------------------ scan */

/* Decodes to the end. Rate and channels are set whatever comes after them. A file of no frames is
 * no fault where `empty_is_fine`. */
static ingot_status measure(const char *path, float *block, int empty_is_fine, ingot_file *file,
                            ingot_error *error) {
    ingot_audio_file *sound;
    ingot_audio_facts facts;
    ingot_status status = ingot_audio_file_open(path, &sound, &facts, error);
    file->rate = facts.rate;
    file->channels = facts.channels;
    if (status != INGOT_OK) return empty_is_fine && facts.rate > 0 ? INGOT_OK : status;
    int64_t got = 1;
    float first = 0;
    int constant = 1;
    while (status == INGOT_OK && got > 0) {
        status = ingot_audio_file_read(sound, block, BLOCK_VALUES / facts.channels, &got, error);
        if (file->frames == 0 && got > 0) first = block[0];
        for (int64_t i = 0; constant && i < got * facts.channels; i++) constant = block[i] == first;
        file->frames += got;
    }
    file->constant = constant && file->frames > 0;
    ingot_audio_file_close(sound);
    if (status == INGOT_OK && file->frames == 0 && !empty_is_fine) {
        status = ingot_fail(error, INGOT_FAILED, "no sound: 0 frames");
    }
    return status;
}

static ingot_status look(const void *config, const char *path, ingot_file *file, int *left_out,
                         ingot_error *error) {
    const double least = ((const ingot_audio_folder_config *)config)->min_seconds;
    ingot_status status = ingot_sha256_file(path, file->sha256, &file->bytes, error);
    if (status != INGOT_OK) return status;
    float *block = malloc(BLOCK_VALUES * sizeof *block);
    if (block == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    /* Whatever is shorter than min_seconds is left out, and nothing is shorter than none. */
    status = measure(path, block, least > 0.0, file, error);
    free(block);
    const double seconds = file->rate > 0 ? (double)file->frames / (double)file->rate : 0.0;
    if (status == INGOT_OK && seconds < least) {
        *left_out = 1;
        ingot_fail(error, INGOT_FAILED, "%g s, shorter than min_seconds, %g", seconds, least);
    }
    return status;
}

static ingot_status scan(const void *config, const char *root, ingot_known *known,
                         ingot_file_sink sink, void *user, ingot_error *error) {
    static const ingot_folder_reader reader = {"audio", look};
    const ingot_folder_choice choice = choice_of(config);
    return ingot_folder_scan(&reader, config, &choice, root, known, sink, user, error);
}

static ingot_status list(const void *config, const char *root, ingot_path_sink sink, void *user,
                         ingot_error *error) {
    const ingot_folder_choice choice = choice_of(config);
    return ingot_folder_tree_paths(&choice, root, sink, user, error);
}

/* ------------------------------------------------------------------ one file */

static ingot_status open_file(const void *config, const char *path, const char *label_path,
                              ingot_source **to, ingot_error *error) {
    (void)config;
    (void)label_path;
    *to = NULL;
    const size_t length = strlen(path) + 1;
    ingot_source *source = malloc(sizeof *source + length);
    if (source == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    memcpy(source->path, path, length);
    const ingot_status status = ingot_audio_file_open(path, &source->file, &source->facts, error);
    if (status != INGOT_OK) {
        free(source);
        return ingot_fail_in(error, status, "%s", path);
    }
    *to = source;
    return INGOT_OK;
}

static int64_t records(const ingot_source *source) {
    (void)source;
    return 1;
}

static ingot_status read_frames(ingot_signal *signal, float *to, int64_t frames, int64_t *got,
                                ingot_error *error) {
    ingot_source *source = signal->state;
    const ingot_status status = ingot_audio_file_read(source->file, to, frames, got, error);
    return status == INGOT_OK ? status : ingot_fail_in(error, status, "%s", source->path);
}

static ingot_status read_record(ingot_source *source, int64_t record, ingot_signal *signal,
                                int32_t *label, ingot_error *error) {
    ingot_status status = ingot_only_record(source->path, record, error);
    if (status != INGOT_OK) return status;
    status = ingot_audio_file_rewind(source->file, error);
    if (status != INGOT_OK) return ingot_fail_in(error, status, "%s", source->path);
    *signal = (ingot_signal){.kind = INGOT_SIGNAL_AUDIO,
                             .channels = source->facts.channels,
                             .rate = source->facts.rate,
                             .frames = source->facts.frames,
                             .read = read_frames,
                             .state = source};
    *label = -1;
    return INGOT_OK;
}

static void close_file(ingot_source *source) {
    if (source == NULL) return;
    ingot_audio_file_close(source->file);
    free(source);
}

const ingot_reader ingot_reader_audio_folder = {
    .name = "audio_folder",
    .yields = INGOT_SIGNAL_AUDIO,
    .scan = scan,
    .open_file = open_file,
    .records = records,
    .read = read_record,
    .close_file = close_file,
    .list = list,
};
