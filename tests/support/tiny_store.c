/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * tiny_store.c: data/dataset.h for tiny_program.c, with data made up as it is read, and the reader
 * and features of the files it predicts. Files live nowhere: a root is any folder that exists, and
 * one whose name holds "changed" does not match the lock.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "data/dataset.h"
#include "data/maker.h"
#include "tests/support/tiny_program.h"

enum { SAMPLES = TINY_TRAIN + TINY_VALIDATION + TINY_TEST };

int32_t tiny_label(int64_t sample) {
    const int64_t test = sample - TINY_TRAIN - TINY_VALIDATION;
    return (int32_t)((test >= 0 ? test / TINY_TEST_SEGMENTS : sample) % TINY_CLASSES);
}

/* Two inputs are high for each class, all of them noisy. */
void tiny_bytes(int64_t sample, uint8_t bytes[TINY_INPUTS]) {
    ingot_rng rng = ingot_rng_make(3, (uint32_t)sample, 0);
    for (int i = 0; i < TINY_INPUTS; i++) {
        const double level = i / 2 == tiny_label(sample) ? 176 : 80;
        const double value = level + 30 * ingot_rng_normal(&rng);
        bytes[i] = (uint8_t)fmin(255, fmax(0, value));
    }
}

/* ------------------------------------------------------------------ data/dataset.h */

ingot_status ingot_dataset_open(const ingot_program *program, ingot_dataset **made,
                                ingot_error *error) {
    (void)program, (void)error;
    ingot_dataset *d = calloc(1, sizeof *d);
    char *paths = calloc(SAMPLES, 16);
    d->owner = paths;
    d->sample_count = SAMPLES;
    d->files = calloc(SAMPLES, sizeof *d->files);
    d->items = calloc(SAMPLES, sizeof *d->items);
    for (int64_t s = 0; s < SAMPLES; d->item_count++) {
        const int64_t i = d->item_count;
        const int test = s >= TINY_TRAIN + TINY_VALIDATION;
        char *path = paths + 16 * i;
        snprintf(path, 16, "item%lld", (long long)i);
        d->files[i] = (ingot_file){.path = path, .records = 1, .bytes = 6};
        memset(d->files[i].sha256, (int)i, sizeof d->files[i].sha256);
        d->items[i] = (ingot_item){.file = (int32_t)i,
                                   .label_file = -1,
                                   .label = tiny_label(s),
                                   .split = test             ? INGOT_TEST
                                            : s < TINY_TRAIN ? INGOT_TRAIN
                                                             : INGOT_VALIDATION,
                                   .first_sample = s,
                                   .samples = test ? TINY_TEST_SEGMENTS : 1};
        s += d->items[i].samples;
    }
    d->file_count = d->item_count;
    *made = d;
    return INGOT_OK;
}

void ingot_dataset_close(ingot_dataset *dataset) {
    if (!dataset) return;
    free(dataset->owner);
    free(dataset->files);
    free(dataset->items);
    free(dataset);
}

ingot_status ingot_dataset_check(const ingot_program *program, const ingot_dataset *dataset,
                                 const char *root, struct ingot_known *known, ingot_error *error) {
    (void)program, (void)dataset;
    if (access(root, R_OK) != 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: %s", root, strerror(errno));
    }
    if (strstr(root, "changed")) {
        return ingot_fail(error, INGOT_LOCK_MISMATCH, "%s: 1 file changed: item3", root);
    }
    return INGOT_OK;
}

struct ingot_store {
    int32_t open;
};

ingot_status ingot_store_open(const ingot_program *program, const ingot_dataset *dataset,
                              const char *root, const char *work, int32_t threads,
                              ingot_progress progress, void *user, int *computed,
                              const char **recomputed_why, ingot_store **store,
                              ingot_error *error) {
    (void)program, (void)root, (void)work, (void)threads, (void)error;
    for (int64_t i = 1; progress && i <= dataset->item_count; i++) {
        progress(user, i, dataset->item_count);
    }
    *computed = 1;
    *recomputed_why = NULL;
    *store = calloc(1, sizeof **store);
    return INGOT_OK;
}

void ingot_store_close(ingot_store *store) {
    free(store);
}

size_t ingot_store_bytes(const ingot_store *store) {
    (void)store;
    return SAMPLES * TINY_INPUTS;
}

const float *ingot_store_targets(const ingot_store *store, int64_t sample) {
    (void)store;
    (void)sample;
    return NULL; /* the tiny program tells classes apart */
}

const unsigned char *ingot_store_stored(const ingot_store *store, int64_t sample);
const unsigned char *ingot_store_stored(const ingot_store *store, int64_t sample) {
    (void)store;
    (void)sample;
    return NULL; /* nothing is cached: the tiny program's features are not fitted */
}

int32_t ingot_store_label(const ingot_store *store, int64_t sample) {
    (void)store;
    return tiny_label(sample);
}

int64_t ingot_store_item(const ingot_store *store, int64_t sample) {
    (void)store;
    const int64_t test = sample - TINY_TRAIN - TINY_VALIDATION;
    return test < 0 ? sample : TINY_TRAIN + TINY_VALIDATION + test / TINY_TEST_SEGMENTS;
}

void ingot_sample_convert(const ingot_data *data, const void *stored, float *x) {
    const uint8_t *bytes = stored;
    for (int i = 0; i < TINY_INPUTS; i++) {
        x[i] = (float)bytes[i] * data->scale[0] + data->shift[0];
    }
}

/* The tiny program augments nothing, so its loader never makes a sample. */
ingot_status ingot_maker_new(const ingot_program *program, const ingot_store *store,
                             ingot_maker **maker, ingot_error *error) {
    (void)program, (void)store;
    *maker = NULL;
    return ingot_fail(error, INGOT_FAILED, "the tiny program makes no samples");
}

void ingot_maker_free(ingot_maker *maker) {
    (void)maker;
}

ingot_status ingot_maker_make(ingot_maker *maker, int64_t sample, int64_t epoch, float *x,
                              ingot_error *error) {
    (void)maker, (void)sample, (void)epoch, (void)x;
    return ingot_fail(error, INGOT_FAILED, "the tiny program makes no samples");
}

ingot_status ingot_store_batch(const ingot_program *program, const ingot_store *store,
                               const int64_t *samples, int32_t count, int32_t batch, float *x,
                               int32_t *labels, ingot_error *error) {
    (void)store, (void)error;
    for (int32_t i = 0; i < batch; i++) {
        const int64_t sample = samples[i < count ? i : count - 1];
        uint8_t bytes[TINY_INPUTS];
        tiny_bytes(sample, bytes);
        ingot_sample_convert(&program->data, bytes, x + i * TINY_INPUTS);
        if (sample == tiny.nan_sample) x[i * TINY_INPUTS + 2] = NAN;
        if (labels) labels[i] = tiny_label(sample);
    }
    return INGOT_OK;
}

/* ------------------------------------------------------------------ reader and features */

struct ingot_source {
    uint8_t bytes[4096];
    int64_t samples;
    int many;
};

static ingot_status open_file(const void *config, const char *path, const char *label_path,
                              ingot_source **made, ingot_error *error) {
    (void)config, (void)label_path;
    FILE *file = fopen(path, "rb");
    if (!file) return ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    ingot_source *source = calloc(1, sizeof *source);
    const size_t size = fread(source->bytes, 1, sizeof source->bytes, file);
    fclose(file);
    const size_t length = strlen(path);
    source->many = length > 5 && strcmp(path + length - 5, ".many") == 0;
    source->samples = (int64_t)size / TINY_INPUTS;
    if (size % TINY_INPUTS) {
        free(source);
        return ingot_fail(error, INGOT_FAILED, "%s: truncated, %zu bytes", path, size);
    }
    *made = source;
    return INGOT_OK;
}

static int64_t records(const ingot_source *source) {
    return source->many ? source->samples : 1;
}

static ingot_status read_record(ingot_source *source, int64_t record, ingot_signal *signal,
                                int32_t *label, ingot_error *error) {
    (void)error;
    *label = -1;
    *signal = (ingot_signal){.kind = INGOT_SIGNAL_IMAGE,
                             .pixels = source->bytes + record * TINY_INPUTS,
                             .channels = 1,
                             .height = source->many ? 1 : (int32_t)source->samples,
                             .width = TINY_INPUTS};
    return INGOT_OK;
}

static void close_file(ingot_source *source) {
    free(source);
}

const ingot_reader tiny_reader = {.name = "tiny",
                                  .yields = INGOT_SIGNAL_IMAGE,
                                  .open_file = open_file,
                                  .records = records,
                                  .read = read_record,
                                  .close_file = close_file};

static ingot_status workspace_new(const void *config, void **workspace, ingot_error *error) {
    (void)config, (void)error;
    *workspace = NULL;
    return INGOT_OK;
}

static void workspace_free(void *workspace) {
    (void)workspace;
}

static ingot_status compute(const void *config, void *workspace, ingot_signal *signal,
                            ingot_sample_sink sink, void *user, ingot_error *error) {
    (void)config, (void)workspace;
    for (int32_t i = 0; i < signal->height; i++) {
        const uint8_t *sample = signal->pixels + (ptrdiff_t)i * TINY_INPUTS;
        /* A sample that begins with 255 cannot be decoded. */
        if (sample[0] == 255) return ingot_fail(error, INGOT_FAILED, "sample %d is damaged", i);
        ingot_status status = sink(user, i, sample, error);
        if (status != INGOT_OK) return status;
    }
    return INGOT_OK;
}

const ingot_features tiny_features = {.name = "tiny",
                                      .accepts = INGOT_SIGNAL_IMAGE,
                                      .workspace_new = workspace_new,
                                      .workspace_free = workspace_free,
                                      .compute = compute};
