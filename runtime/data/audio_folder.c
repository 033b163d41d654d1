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
#include "base/parallel.h"
#include "base/sha256.h"
#include "data/audio_file.h"
#include "data/folder_tree.h"
#include "data/known.h"

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

typedef struct scanned {
    ingot_file file;
    char *text; /* behind problem and left_out */
} scanned;

typedef struct scan_work {
    const ingot_audio_folder_config *config;
    const char *root;
    const ingot_folder_tree *tree;
    ingot_known *known;
    scanned *results;
    float **blocks; /* one per worker */
} scan_work;

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

/* What there is to know of one file. */
static ingot_status look(const scan_work *work, int32_t worker, const char *path, scanned *to,
                         ingot_error *error) {
    ingot_error why = {""};
    ingot_status status = ingot_sha256_file(path, to->file.sha256, &to->file.bytes, &why);
    if (status == INGOT_OK) {
        /* Whatever is shorter than min_seconds is left out, and nothing is shorter than none. */
        status =
            measure(path, work->blocks[worker], work->config->min_seconds > 0.0, &to->file, &why);
    }
    const double seconds =
        to->file.rate > 0 ? (double)to->file.frames / (double)to->file.rate : 0.0;
    if (status == INGOT_OK) {
        to->file.records = 1;
        if (seconds >= work->config->min_seconds) return INGOT_OK;
        ingot_fail(&why, INGOT_FAILED, "%g s, shorter than min_seconds, %g", seconds,
                   work->config->min_seconds);
    }
    to->text = strdup(why.text);
    if (to->text == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    if (status != INGOT_OK) {
        to->file.problem = to->text;
    } else {
        to->file.left_out = to->text;
    }
    return INGOT_OK;
}

static ingot_status scan_one(void *user, int64_t index, int32_t worker, ingot_error *error) {
    scan_work *work = user;
    const ingot_folder_entry *entry = &work->tree->entries[index];
    scanned *to = &work->results[index];
    to->file = (ingot_file){.path = entry->path, .label = entry->label, .role = "audio"};
    char *path = ingot_join(work->root, entry->path);
    if (path == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", entry->path);
    ingot_seen seen;
    ingot_status status = INGOT_OK;
    if (!ingot_known_find(work->known, entry->path, path, &seen, &to->file)) {
        status = look(work, worker, path, to, error);
        if (status == INGOT_OK) {
            status = ingot_known_keep(work->known, entry->path, path, &seen, &to->file, error);
        }
    }
    free(path);
    return status;
}

static ingot_status scan_all(scan_work *work, ingot_file_sink sink, void *user,
                             ingot_error *error) {
    const int32_t threads = ingot_cpu_count();
    const int64_t count = work->tree->count;
    float *blocks[64];
    float *block = malloc((size_t)threads * BLOCK_VALUES * sizeof(float));
    work->results = calloc((size_t)count, sizeof *work->results);
    ingot_status status = INGOT_OK;
    if (block == NULL || work->results == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", work->root);
    }
    if (status == INGOT_OK) {
        for (int32_t i = 0; i < threads; i++) blocks[i] = block + (size_t)i * BLOCK_VALUES;
        work->blocks = blocks;
        status = ingot_parallel(count, threads, scan_one, work, error);
    }
    for (int64_t i = 0; status == INGOT_OK && i < count; i++) {
        status = sink(user, &work->results[i].file, error);
    }
    for (int64_t i = 0; work->results != NULL && i < count; i++) free(work->results[i].text);
    free(work->results);
    free(block);
    return status;
}

static ingot_status scan(const void *config, const char *root, ingot_known *known,
                         ingot_file_sink sink, void *user, ingot_error *error) {
    ingot_folder_tree tree;
    const ingot_folder_choice choice = choice_of(config);
    ingot_status status = ingot_folder_tree_list(&choice, root, &tree, error);
    if (status != INGOT_OK) return status;
    scan_work work = {.config = config, .root = root, .tree = &tree, .known = known};
    status = scan_all(&work, sink, user, error);
    ingot_folder_tree_free(&tree);
    return status;
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
    if (record != 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: has one record, not number %lld", source->path,
                          (long long)record);
    }
    const ingot_status status = ingot_audio_file_rewind(source->file, error);
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
