/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * store.c: the cache entry of a data set's samples: found, checked, made where it must be, mapped
 * (dataset.h, store_internal.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "data/augment.h"
#include "data/maker.h"
#include "data/store_internal.h"

/* What batches are made with where samples are not cached as they are: a maker for each thread. */
typedef struct makers {
    int32_t count;
    ingot_maker *of[64];
} makers;

struct ingot_store {
    const ingot_dataset *dataset;
    char *root;
    makers *makers; /* NULL where nothing is made */
    ingot_mapping samples;
    size_t sample_bytes;
    int64_t sample_count;
    int32_t *labels; /* per sample; in a regression none has one: -1 */
    float *targets;  /* regression: [items][targets]; else NULL */
    int32_t target_count;
    int64_t *items; /* per sample */
};

/* ------------------------------------------------------------------ an entry that is there */

static int is_number(const json_t *index, const char *key, int64_t expected) {
    const json_t *value = json_object_get(index, key);
    return json_is_integer(value) && json_integer_value(value) == expected;
}

static int is_text(const json_t *index, const char *key, const char *expected) {
    const json_t *value = json_object_get(index, key);
    return json_is_string(value) && strcmp(json_string_value(value), expected) == 0;
}

/* Compares the index with what the program expects; tells why it does not fit, NULL where it does.
 */
static const char *index_problem(const ingot_store_plan *plan, const json_t *index,
                                 const char *samples, const char *labels) {
    if (!is_number(index, "format", 1) ||
        !is_text(index, "key", plan->program->data.features_key) ||
        !is_number(index, "items", plan->dataset->item_count) ||
        !is_number(index, "samples", plan->dataset->sample_count) ||
        !is_number(index, "sample_bytes", (int64_t)plan->sample_bytes)) {
        return "its index does not fit the program";
    }
    if (!is_text(index, "labels", labels)) return "its labels are damaged";
    if (!is_text(index, "samples_digest", samples)) return "its samples are damaged";
    return NULL;
}

static ingot_status load_index(const char *path, json_t **index, ingot_error *error) {
    char *text;
    size_t size;
    ingot_status status = ingot_read_file(path, 1 << 16, &text, &size, error);
    if (status != INGOT_OK) return status;
    status = ingot_json_parse(text, size, path, index, error);
    free(text);
    return status;
}

/* Labels of items spread to samples; `of_items` are labels.bin's bytes. */
static ingot_status spread(const ingot_store_plan *plan, const void *of_items, ingot_store *store,
                           ingot_error *error) {
    const int32_t *item_labels = of_items;
    const int regression = plan->program->data.regression;
    size_t count = (size_t)plan->dataset->sample_count;
    store->labels = malloc(count * sizeof *store->labels + 1);
    store->items = malloc(count * sizeof *store->items + 1);
    if (regression) {
        const size_t bytes = (size_t)plan->dataset->item_count * plan->label_bytes;
        store->target_count = plan->program->classes;
        store->targets = malloc(bytes + 1);
        if (store->targets != NULL) memcpy(store->targets, of_items, bytes);
    }
    if (store->labels == NULL || store->items == NULL || (regression && store->targets == NULL)) {
        return ingot_fail(error, INGOT_FAILED, "features: out of memory");
    }
    for (int64_t i = 0; i < plan->dataset->item_count; i++) {
        const ingot_item *item = &plan->dataset->items[i];
        for (int64_t s = item->first_sample; s < item->first_sample + item->samples; s++) {
            store->labels[s] = regression ? -1 : item_labels[i];
            store->items[s] = i;
        }
    }
    return INGOT_OK;
}

/* Maps and checks the entry's files. *why is set where the entry is there but not good. */
static ingot_status load_entry(const ingot_store_plan *plan, const char *const paths[3],
                               ingot_store *store, const char **why, ingot_error *error) {
    json_t *index = NULL;
    char *labels = NULL, hex[2][65];
    size_t labels_size = 0, expected = (size_t)plan->dataset->item_count * plan->label_bytes;
    uint8_t digest[32];
    *why = "its index is missing or damaged";
    ingot_status status = load_index(paths[2], &index, error);
    if (status == INGOT_OK) {
        *why = "its labels are damaged";
        status = ingot_read_file(paths[1], expected, &labels, &labels_size, error);
    }
    if (status == INGOT_OK) status = ingot_sha256_of(labels, labels_size, digest, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, 32, hex[1]);
        *why = "its samples are damaged";
        status = ingot_map_file(paths[0], &store->samples, error);
    }
    if (status == INGOT_OK) {
        status = ingot_cache_digest(store->samples.bytes, store->samples.size, plan->threads,
                                    digest, error);
    }
    if (status == INGOT_OK) {
        ingot_hex(digest, 32, hex[0]);
        *why = index_problem(plan, index, hex[0], hex[1]);
        /* A digest over a wrong number of bytes proves nothing about the places of samples. */
        if (*why == NULL && labels_size != expected) *why = "its labels are damaged";
        if (*why == NULL &&
            store->samples.size != (size_t)plan->dataset->sample_count * plan->sample_bytes) {
            *why = "its samples are damaged";
        }
        if (*why != NULL) status = ingot_fail(error, INGOT_FAILED, "%s: %s", paths[0], *why);
    }
    if (status == INGOT_OK) {
        status = spread(plan, labels, store, error);
    }
    json_decref(index);
    free(labels);
    return status;
}

/* What an entry of the cache is opened into. */
typedef struct opening {
    const ingot_store_plan *plan;
    ingot_store *store; /* NULL: not yet */
} opening;

static ingot_status open_entry(void *user, const char *directory, const char **why,
                               ingot_error *error) {
    opening *into = user;
    const ingot_store_plan *plan = into->plan;
    char *paths[3] = {ingot_join(directory, "samples.bin"), ingot_join(directory, "labels.bin"),
                      ingot_join(directory, "index.json")};
    ingot_store *made = calloc(1, sizeof *made);
    ingot_status status = INGOT_OK;
    *why = NULL;
    if (made == NULL || paths[0] == NULL || paths[1] == NULL || paths[2] == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "features: out of memory");
    } else {
        made->sample_bytes = plan->sample_bytes;
        made->sample_count = plan->dataset->sample_count;
        /* What is wrong with an entry is no failure: it is made again, and *why is told. */
        if (load_entry(plan, (const char *const *)paths, made, why, NULL) == INGOT_OK) {
            *why = NULL;
            into->store = made;
            made = NULL;
        }
    }
    for (int i = 0; i < 3; i++) free(paths[i]);
    ingot_store_close(made);
    return status;
}

/* ------------------------------------------------------------------ making one */

static ingot_status write_index(const ingot_store_plan *plan, const char *directory,
                                ingot_error *error) {
    char *samples = ingot_join(directory, "samples.bin"), *text = NULL;
    char *labels = ingot_join(directory, "labels.bin"), *path = ingot_join(directory, "index.json");
    uint8_t digest[32];
    char hex[2][65];
    ingot_mapping mapping = {NULL, 0};
    ingot_status status = INGOT_OK;
    if (samples == NULL || labels == NULL || path == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "features: out of memory");
    }
    if (status == INGOT_OK) status = ingot_map_file(samples, &mapping, error);
    if (status == INGOT_OK) {
        status = ingot_cache_digest(mapping.bytes, mapping.size, plan->threads, digest, error);
    }
    if (status == INGOT_OK) {
        ingot_hex(digest, 32, hex[0]);
        status = ingot_sha256_file(labels, digest, NULL, error);
    }
    if (status == INGOT_OK) {
        ingot_hex(digest, 32, hex[1]);
        json_t *index = json_pack(
            "{s:i,s:I,s:s,s:s,s:I,s:I,s:s}", "format", 1, "items",
            (json_int_t)plan->dataset->item_count, "key", plan->program->data.features_key,
            "labels", hex[1], "sample_bytes", (json_int_t)plan->sample_bytes, "samples",
            (json_int_t)plan->dataset->sample_count, "samples_digest", hex[0]);
        text = index != NULL ? ingot_json_text(index) : NULL;
        json_decref(index);
        status = text != NULL ? ingot_write_file(path, text, strlen(text), NULL, error)
                              : ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    }
    ingot_unmap(&mapping);
    free(text);
    free(path);
    free(labels);
    free(samples);
    return status;
}

static ingot_status make_entry(void *user, const char *directory, ingot_error *error) {
    const ingot_store_plan *plan = ((opening *)user)->plan;
    const ingot_status status = ingot_store_compute(plan, directory, error);
    return status == INGOT_OK ? write_index(plan, directory, error) : status;
}

static int stop_waiting(void *user) {
    const ingot_store_plan *plan = ((opening *)user)->plan;
    return plan->progress != NULL && plan->progress(plan->user, 0, plan->dataset->item_count) != 0;
}

/* Labels of items as the lock has them. */
static ingot_status labels_of_lock(const ingot_store_plan *plan, ingot_store *store,
                                   ingot_error *error) {
    int32_t *labels = malloc((size_t)plan->dataset->item_count * sizeof *labels + 1);
    if (labels == NULL) return ingot_fail(error, INGOT_FAILED, "samples: out of memory");
    for (int64_t i = 0; i < plan->dataset->item_count; i++) {
        labels[i] = plan->dataset->items[i].label;
        if (labels[i] >= 0 && labels[i] < plan->program->classes) continue;
        free(labels);
        return ingot_fail(error, INGOT_FAILED, "this executable is damaged: an item has no label");
    }
    const ingot_status status = spread(plan, labels, store, error);
    free(labels);
    return status;
}

static ingot_status prepare_makers(const ingot_store_plan *plan, ingot_store *store,
                                   ingot_error *error) {
    store->dataset = plan->dataset;
    store->root = strdup(plan->root);
    store->makers = calloc(1, sizeof *store->makers);
    if (store->root == NULL || store->makers == NULL) {
        return ingot_fail(error, INGOT_FAILED, "samples: out of memory");
    }
    for (int32_t i = 0; i < plan->threads; i++) {
        const ingot_status status =
            ingot_maker_new(plan->program, store, &store->makers->of[i], error);
        if (status != INGOT_OK) return status;
        store->makers->count++;
    }
    return INGOT_OK;
}

/* A store of samples that are made from their files whenever they are wanted. */
static ingot_status open_stream(const ingot_store_plan *plan, ingot_store **store,
                                ingot_error *error) {
    ingot_store *made = calloc(1, sizeof *made);
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "samples: out of memory");
    made->sample_count = plan->dataset->sample_count;
    ingot_status status = labels_of_lock(plan, made, error);
    if (status == INGOT_OK) status = prepare_makers(plan, made, error);
    if (status == INGOT_OK) {
        *store = made;
    } else {
        ingot_store_close(made);
    }
    return status;
}

ingot_status ingot_store_open(const ingot_program *program, const ingot_dataset *dataset,
                              const char *root, const char *work, int32_t threads,
                              ingot_progress progress, void *user, int *computed,
                              const char **recomputed_why, ingot_store **store,
                              ingot_error *error) {
    const ingot_data *data = &program->data;
    const ingot_loading *loading = data->loading;
    const int waves = loading != NULL && loading->waves > 0;
    size_t values = (size_t)data->stored_channels * (size_t)data->height * (size_t)data->width;
    if (waves) values = (size_t)loading->waves;
    ingot_store_plan plan = {
        .program = program,
        .dataset = dataset,
        .root = root,
        .threads = threads < 1    ? 1
                   : threads > 64 ? 64
                                  : threads,
        .sample_bytes = values * (data->stored_u8 && !waves ? 1 : sizeof(float)),
        .label_bytes =
            data->regression ? (size_t)program->classes * sizeof(float) : sizeof(int32_t),
        .progress = progress,
        .user = user};
    opening into = {&plan, NULL};
    const ingot_cached entry = {work,       "features", data->features_key, &into,
                                open_entry, make_entry, stop_waiting};
    const char *why = NULL;
    int made = 0;
    *store = NULL;
    if (loading != NULL && loading->stream) {
        if (computed != NULL) *computed = 0;
        if (recomputed_why != NULL) *recomputed_why = NULL;
        return open_stream(&plan, store, error);
    }
    ingot_status status = ingot_cache_open(&entry, &made, &why, error);
    *store = into.store;
    if (computed != NULL) *computed = made;
    if (recomputed_why != NULL) *recomputed_why = why;
    if (status == INGOT_OK && waves) status = prepare_makers(&plan, *store, error);
    if (status != INGOT_OK) {
        ingot_store_close(*store);
        *store = NULL;
    }
    return status;
}

void ingot_store_close(ingot_store *store) {
    if (store == NULL) return;
    for (int32_t i = 0; store->makers != NULL && i < store->makers->count; i++) {
        ingot_maker_free(store->makers->of[i]);
    }
    free(store->makers);
    free(store->root);
    ingot_unmap(&store->samples);
    free(store->labels);
    free(store->targets);
    free(store->items);
    free(store);
}

/* ------------------------------------------------------------------ what is in it */

size_t ingot_store_bytes(const ingot_store *store) {
    return store->samples.size;
}

int32_t ingot_store_label(const ingot_store *store, int64_t sample) {
    return store->labels[sample];
}

const float *ingot_store_targets(const ingot_store *store, int64_t sample) {
    if (store->targets == NULL) return NULL;
    return store->targets + (size_t)store->items[sample] * (size_t)store->target_count;
}

int64_t ingot_store_item(const ingot_store *store, int64_t sample) {
    return store->items[sample];
}

const unsigned char *ingot_store_stored(const ingot_store *store, int64_t sample) {
    if (store->samples.bytes == NULL) return NULL;
    return store->samples.bytes + (size_t)sample * store->sample_bytes;
}

const ingot_file *ingot_store_file(const ingot_store *store, int64_t sample) {
    return &store->dataset->files[store->dataset->items[store->items[sample]].file];
}

const char *ingot_store_root(const ingot_store *store) {
    return store->root;
}

typedef struct making {
    const ingot_store *store;
    const int64_t *samples;
    size_t floats;
    float *x;
} making;

static ingot_status make_one(void *user, int64_t index, int32_t worker, ingot_error *error) {
    const making *of = user;
    return ingot_maker_make(of->store->makers->of[worker], of->samples[index], -1,
                            of->x + (size_t)index * of->floats, error);
}

ingot_status ingot_store_batch(const ingot_program *program, const ingot_store *store,
                               const int64_t *samples, int32_t count, int32_t batch, float *x,
                               int32_t *labels, ingot_error *error) {
    const ingot_data *data = &program->data;
    size_t floats = (size_t)data->channels * (size_t)data->height * (size_t)data->width;
    for (int32_t i = 0; i < batch; i++) {
        int64_t sample = samples[i < count ? i : count - 1];
        if (store->makers == NULL) {
            ingot_sample_convert(data, ingot_store_stored(store, sample), x + (size_t)i * floats);
        }
        if (labels != NULL) labels[i] = store->labels[sample];
    }
    if (store->makers == NULL) return INGOT_OK;
    making of = {store, samples, floats, x};
    ingot_status status = ingot_parallel(count, store->makers->count, make_one, &of, error);
    for (int32_t i = count; i < batch && status == INGOT_OK; i++) {
        memcpy(x + (size_t)i * floats, x + (size_t)(count - 1) * floats, floats * sizeof(float));
    }
    return status;
}
