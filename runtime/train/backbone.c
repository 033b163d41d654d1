/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * backbone.c: see backbone.h.
 */
#include "train/backbone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/json.h"
#include "base/sha256.h"

typedef struct work {
    ingot_engine *engine;
    const ingot_program *program;
    const ingot_backbone *of;
    const ingot_store *store;
    int32_t threads;
    int64_t samples;
    ingot_progress progress;
    void *user;
    ingot_activations *activations;
} work;

static size_t sample_bytes(const work *w) {
    return w->of->floats * sizeof(float);
}

/* ------------------------------------------------------------------ the key */

static ingot_status key_of(const work *w, char hex[65], ingot_error *error) {
    const float *state = ingot_engine_state(w->engine);
    ingot_sha256 hash;
    uint8_t digest[32];
    char text[128];
    ingot_status status = ingot_sha256_begin(&hash, error);
    if (status != INGOT_OK) return status;
    snprintf(text, sizeof text, "%s\n%d\n", w->of->key, w->threads);
    status = ingot_sha256_add(&hash, text, strlen(text), error);
    for (int32_t t = 0; status == INGOT_OK && t < w->of->tensor_count; t++) {
        const ingot_tensor *tensor = &w->program->tensors[w->of->tensors[t]];
        status =
            ingot_sha256_add(&hash, state + tensor->offset, tensor->count * sizeof *state, error);
    }
    if (status != INGOT_OK) {
        ingot_sha256_end(&hash, NULL, NULL);
        return status;
    }
    status = ingot_sha256_end(&hash, digest, error);
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, hex);
    return status;
}

/* ------------------------------------------------------------------ what is there */

/* What is wrong with the index; NULL: nothing. `digest` gets the one it names. */
static const char *index_problem(const work *w, const json_t *index, char digest[65]) {
    const char *key = json_string_value(json_object_get(index, "key"));
    const char *named = json_string_value(json_object_get(index, "digest"));
    if (json_integer_value(json_object_get(index, "format")) != 1 || key == NULL ||
        strcmp(key, w->activations->key) != 0 ||
        json_integer_value(json_object_get(index, "samples")) != w->samples ||
        json_integer_value(json_object_get(index, "floats")) != (json_int_t)w->of->floats ||
        named == NULL || strlen(named) != 64) {
        return "its index does not fit the program";
    }
    memcpy(digest, named, 65);
    return NULL;
}

static const char *read_index(const work *w, const char *path, char digest[65]) {
    const char *why = "its index is missing or damaged";
    char *text;
    size_t size;
    json_t *index = NULL;
    if (ingot_read_file(path, 1 << 16, &text, &size, NULL) != INGOT_OK) return why;
    if (ingot_json_parse(text, size, path, &index, NULL) == INGOT_OK) {
        why = index_problem(w, index, digest);
    }
    json_decref(index);
    free(text);
    return why;
}

static const char *map_whole(const work *w, const char *path, const char *digest) {
    ingot_mapping *bytes = &w->activations->bytes;
    uint8_t found[32];
    char hex[65];
    if (ingot_map_file(path, bytes, NULL) != INGOT_OK) return "its activations are damaged";
    if (bytes->size == (size_t)w->samples * sample_bytes(w) &&
        ingot_cache_digest(bytes->bytes, bytes->size, w->threads, found, NULL) == INGOT_OK) {
        ingot_hex(found, sizeof found, hex);
        if (strcmp(hex, digest) == 0) return NULL;
    }
    ingot_unmap(bytes);
    return "its activations are damaged";
}

static ingot_status open_there(void *user, const char *directory, const char **why,
                               ingot_error *error) {
    const work *w = user;
    char digest[65];
    char *values = ingot_join(directory, "activations.bin");
    char *index = ingot_join(directory, "index.json");
    ingot_status status = INGOT_OK;
    if (values == NULL || index == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "backbone: out of memory");
    } else {
        *why = read_index(w, index, digest);
        if (*why == NULL) *why = map_whole(w, values, digest);
    }
    free(values);
    free(index);
    return status;
}

/* ------------------------------------------------------------------ computing it */

static ingot_status compute(const work *w, ingot_writer *to, ingot_error *error) {
    const ingot_entry *entry = w->of->entry;
    ingot_machine *machine;
    int64_t *samples = malloc((size_t)entry->batch * sizeof *samples);
    if (samples == NULL) return ingot_fail(error, INGOT_FAILED, "backbone: out of memory");
    ingot_status status = ingot_engine_open(w->engine, entry, &machine, error);
    if (status == INGOT_OK && entry->prepare) entry->prepare(machine);
    for (int64_t done = 0; status == INGOT_OK && done < w->samples;) {
        const int64_t left = w->samples - done;
        const int32_t count = left < entry->batch ? (int32_t)left : entry->batch;
        for (int32_t i = 0; i < count; i++) samples[i] = done + i; /* training comes first */
        status = ingot_store_batch(w->program, w->store, samples, count, entry->batch,
                                   ingot_at(machine, entry->x), NULL, error);
        if (status != INGOT_OK) break;
        entry->compute(machine);
        status = ingot_writer_add(to, ingot_at(machine, w->of->activation),
                                  (size_t)count * sample_bytes(w), error);
        done += count;
        if (status == INGOT_OK && w->progress && w->progress(w->user, done, w->samples)) {
            status = ingot_fail(error, INGOT_FAILED, "interrupted");
        }
    }
    ingot_engine_close(w->engine, entry);
    free(samples);
    return status;
}

static ingot_status write_index(const work *w, const char *values, const char *path,
                                ingot_error *error) {
    ingot_mapping bytes = {NULL, 0};
    uint8_t digest[32];
    char hex[65];
    ingot_status status = ingot_map_file(values, &bytes, error);
    if (status == INGOT_OK) {
        status = ingot_cache_digest(bytes.bytes, bytes.size, w->threads, digest, error);
    }
    ingot_unmap(&bytes);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    json_t *index =
        json_pack("{s:s, s:I, s:i, s:s, s:I}", "digest", hex, "floats", (json_int_t)w->of->floats,
                  "format", 1, "key", w->activations->key, "samples", (json_int_t)w->samples);
    char *text = index != NULL ? ingot_json_text(index) : NULL;
    json_decref(index);
    status = text != NULL ? ingot_write_file(path, text, strlen(text), NULL, error)
                          : ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    free(text);
    return status;
}

static ingot_status make(void *user, const char *directory, ingot_error *error) {
    const work *w = user;
    ingot_writer to;
    char *values = ingot_join(directory, "activations.bin");
    char *index = ingot_join(directory, "index.json");
    ingot_status status = INGOT_OK;
    if (values == NULL || index == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "backbone: out of memory");
    }
    if (status == INGOT_OK) status = ingot_writer_open(&to, values, error);
    if (status == INGOT_OK) {
        status = compute(w, &to, error);
        if (status == INGOT_OK) {
            status = ingot_writer_commit(&to, error);
        } else {
            ingot_writer_abort(&to);
        }
    }
    if (status == INGOT_OK) status = write_index(w, values, index, error);
    free(values);
    free(index);
    return status;
}

static int stop_waiting(void *user) {
    const work *w = user;
    return w->progress != NULL && w->progress(w->user, 0, w->samples) != 0;
}

/* ------------------------------------------------------------------ outside */

ingot_status ingot_backbone_open(ingot_engine *engine, const ingot_store *store, const char *folder,
                                 int32_t threads, ingot_progress progress, void *user,
                                 int *computed, const char **why, ingot_activations *activations,
                                 ingot_error *error) {
    const ingot_program *program = ingot_engine_program(engine);
    work w = {.engine = engine,
              .program = program,
              .of = program->backbone,
              .store = store,
              .threads = threads,
              .samples = program->data.samples[INGOT_TRAIN],
              .progress = progress,
              .user = user,
              .activations = activations};
    memset(activations, 0, sizeof *activations);
    const ingot_status status = key_of(&w, activations->key, error);
    if (status != INGOT_OK) return status;
    const ingot_cached entry = {folder,     "backbone", activations->key, &w,
                                open_there, make,       stop_waiting};
    return ingot_cache_open(&entry, computed, why, error);
}

void ingot_activations_close(ingot_activations *activations) {
    ingot_unmap(&activations->bytes);
}
