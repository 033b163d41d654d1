/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * stages_data.c: the stages that make training data: ingest, validate, features. See stages.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/sha256.h"
#include "cli/environment.h"
#include "cli/keys.h"
#include "cli/meter.h"
#include "cli/stages.h"
#include "data/augment.h"
#include "data/known.h"
#include "report/results.h"

/* The files of facts (data/known.h) of this data set; NULL where there can be none. Shared by all
 * executables that read the folder. */
static ingot_known *open_known(const ingot_session *session) {
    char what[65], name[96], *path = NULL, *cache = NULL;
    char *real = realpath(session->root, NULL);
    uint8_t digest[32];
    ingot_known *known = NULL;
    if (real && ingot_sha256_of(real, strlen(real), digest, NULL) == INGOT_OK) {
        ingot_hex(digest, sizeof digest, what);
        snprintf(name, sizeof name, "known-%s", what);
        cache = ingot_join(session->options->work, "cache");
        path = cache ? ingot_join(cache, name) : NULL;
    }
    if (path) {
        (void)ingot_known_open(path, what, session->options->rehash, &known, NULL);
    }
    free(path);
    free(cache);
    free(real);
    return known;
}

ingot_status ingot_stage_ingest(ingot_session *session, ingot_error *error) {
    if (session->dataset) return INGOT_OK;
    const double begun = ingot_clock();
    int64_t unread = 0;
    ingot_status status = ingot_dataset_open(session->program, &session->dataset, error);
    if (status != INGOT_OK) return status;
    ingot_known *known = open_known(session);
    status = ingot_dataset_check(session->program, session->dataset, session->root, known, error);
    if (known && status == INGOT_OK) {
        unread = ingot_known_hits(known);
        (void)ingot_known_save(known, NULL);
    }
    ingot_known_close(known);
    if (status != INGOT_OK) return status;
    ingot_session_took(session, "ingest", ingot_clock() - begun);
    ingot_session_note(session,
                       "data: %s matches the lock (%lld files, %lld of them unchanged "
                       "since they were read)",
                       session->root, (long long)session->dataset->file_count, (long long)unread);
    return INGOT_OK;
}

ingot_status ingot_stage_validate(ingot_session *session, ingot_error *error) {
    ingot_status status = ingot_stage_ingest(session, error);
    if (status != INGOT_OK) return status;
    const ingot_program *program = session->program;
    if (program->data.samples[INGOT_TRAIN] == 0) {
        return ingot_fail(error, INGOT_FAILED, "the training split is empty");
    }
    /* Labels that lie in the data (idx) are known to the store only; those of the lock here. */
    int64_t *items = calloc((size_t)program->classes, sizeof *items);
    if (!items) return ingot_fail(error, INGOT_FAILED, "out of memory");
    int known = 1;
    for (int64_t i = 0; i < session->dataset->item_count; i++) {
        const ingot_item *item = &session->dataset->items[i];
        if (item->split != INGOT_TRAIN) continue;
        if (item->label < 0) {
            known = 0;
        } else {
            items[item->label]++;
        }
    }
    if (program->data.regression) known = 0; /* it has no classes */
    for (int32_t c = 0; known && c < program->classes; c++) {
        if (items[c] == 0) {
            ingot_session_note(session, "warning: class '%s' has no training item",
                               program->class_names[c]);
        }
    }
    free(items);
    if (program->data.samples[INGOT_TEST] == 0) {
        ingot_session_note(session, "warning: the test split is empty: nothing will be measured");
    }
    return ingot_validation_write(session, error);
}

typedef struct watch {
    ingot_meter meter;
} watch;

static int on_item(void *user, int64_t done, int64_t total) {
    ingot_meter_count(&((watch *)user)->meter, done, total, "items");
    return ingot_stop != 0;
}

ingot_status ingot_stage_features(ingot_session *session, ingot_error *error) {
    if (session->store) return INGOT_OK;
    ingot_status status = ingot_stage_validate(session, error);
    if (status != INGOT_OK) return status;
    const ingot_program *program = session->program;
    const double begun = ingot_clock();
    watch w = {ingot_meter_make(session->options->quiet, "features")};
    int computed = 0;
    const char *why = NULL;
    status = ingot_make_directories(session->options->work, error);
    if (status != INGOT_OK) return status;
    status =
        ingot_store_open(program, session->dataset, session->root, session->options->work,
                         session->threads, on_item, &w, &computed, &why, &session->store, error);
    ingot_meter_clear(&w.meter);
    if (status != INGOT_OK && ingot_stop) {
        session->interrupted = 1;
        return ingot_fail(error, INGOT_FAILED, "interrupted while computing features");
    }
    if (status != INGOT_OK) return status;
    const double seconds = ingot_clock() - begun;
    int64_t samples = 0;
    for (int s = 0; s < INGOT_SPLITS; s++) samples += program->data.samples[s];
    if (why) ingot_session_note(session, "features: the cached ones are damaged (%s)", why);
    const struct ingot_loading *loading = program->data.loading;
    const int streamed = loading != NULL && loading->stream;
    if (streamed) {
        ingot_session_note(session, "features: %lld samples, made from their files when wanted",
                           (long long)samples);
    } else {
        ingot_session_note(session, "features: %lld samples %s in %.1f s", (long long)samples,
                           computed ? "computed" : "from the cache", seconds);
    }
    ingot_session_took(session, "features", seconds);
    json_object_set_new(session->summary, "features",
                        json_pack("{s:b, s:s, s:I}", "cached", !computed, "key",
                                  program->data.features_key, "samples", (json_int_t)samples));
    status =
        ingot_session_write(session, "data.json", ingot_data_json(program, session->store), error);
    if (status != INGOT_OK) return status;
    return ingot_session_set_stage(session, "features",
                                   json_pack("{s:b, s:o, s:s, s:f}", "cached", !computed, "inputs",
                                             ingot_stage_inputs(session, "features"), "key",
                                             program->data.features_key, "seconds", seconds),
                                   error);
}

ingot_status ingot_training_digest(const ingot_dataset *dataset, char hex[65], ingot_error *error) {
    unsigned char *used = calloc((size_t)dataset->file_count + 1, 1);
    if (!used) return ingot_fail(error, INGOT_FAILED, "out of memory");
    for (int64_t i = 0; i < dataset->item_count; i++) {
        const ingot_item *item = &dataset->items[i];
        if (item->split != INGOT_TRAIN) continue;
        used[item->file] = 1;
        if (item->label_file >= 0) used[item->label_file] = 1;
    }
    ingot_sha256 hash;
    uint8_t digest[32];
    ingot_status status = ingot_sha256_begin(&hash, error);
    for (int64_t f = 0; status == INGOT_OK && f < dataset->file_count; f++) {
        const ingot_file *file = &dataset->files[f];
        char line[128];
        if (!used[f]) continue;
        ingot_hex(file->sha256, sizeof file->sha256, line);
        snprintf(line + 64, sizeof line - 64, "  %llu  ", (unsigned long long)file->bytes);
        status = ingot_sha256_add(&hash, line, strlen(line), error);
        if (status == INGOT_OK) {
            status = ingot_sha256_add(&hash, file->path, strlen(file->path), error);
        }
        if (status == INGOT_OK) status = ingot_sha256_add(&hash, "\n", 1, error);
    }
    if (status == INGOT_OK) {
        status = ingot_sha256_end(&hash, digest, error);
    } else {
        ingot_sha256_end(&hash, NULL, NULL);
    }
    free(used);
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, hex);
    return status;
}
