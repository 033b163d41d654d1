/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * reuse.c: see reuse.h.
 */
#include "cli/reuse.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/shared.h"
#include "cli/keys.h"
#include "cli/stages.h"
#include "train/weights.h"

json_t *ingot_train_entry(const ingot_session *session, const char *key, const char *weights,
                          double seconds, int cached) {
    json_t *entry = json_pack("{s:s, s:f, s:i, s:s}", "key", key, "seconds", seconds, "threads",
                              session->threads, "weights", weights);
    if (entry) json_object_set_new(entry, "inputs", ingot_stage_inputs(session, "train"));
    if (entry && cached) json_object_set_new(entry, "cached", json_true());
    return entry;
}

/* ------------------------------------------------------------------ training */

static const char *const trained[] = {"weights.safetensors", "history.json", "timing.json", NULL};

/* Loads the entry's weights and saves them under this program's name and stamp. */
static ingot_status rewrite(const ingot_session *session, const char *folder, const json_t *note,
                            char hex[65], ingot_error *error) {
    const ingot_program *program = session->program;
    char *from = ingot_join(folder, trained[0]), *to = NULL;
    float *state = aligned_alloc(64, (program->state_floats * sizeof(float) + 127) / 64 * 64);
    const json_t *metric = json_object_get(note, "best_metric");
    const ingot_weights_note of = {
        .data = json_string_value(json_object_get(note, "data")),
        .epochs = (int32_t)json_integer_value(json_object_get(note, "epochs")),
        .threads = session->threads,
        .best_epoch = (int32_t)json_integer_value(json_object_get(note, "best_epoch")),
        .best_metric = json_string_value(metric)};
    ingot_status status =
        from && state && of.data ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) status = ingot_session_path(session, trained[0], &to, error);
    if (status == INGOT_OK) {
        memset(state, 0, program->state_floats * sizeof(float));
        status = ingot_weights_load(program, from, 1, state, error);
    }
    if (status == INGOT_OK) status = ingot_make_directories(session->folder, error);
    if (status == INGOT_OK) status = ingot_weights_save(program, state, &of, to, hex, error);
    free(state);
    free(from);
    free(to);
    return status;
}

ingot_status ingot_reuse_training(ingot_session *session, const char *key, int *taken,
                                  ingot_error *error) {
    char *folder, hex[65];
    json_t *note;
    *taken = 0;
    ingot_status status = ingot_shared_find(session, "train", key, &folder, &note, error);
    if (status != INGOT_OK || !folder) return status;
    status = rewrite(session, folder, note, hex, error);
    for (int i = 1; status == INGOT_OK && trained[i]; i++) {
        status = ingot_shared_take(session, folder, trained[i], error);
    }
    if (status == INGOT_OK) {
        const double seconds = json_number_value(json_object_get(note, "seconds"));
        status = ingot_session_set_stage(session, "train",
                                         ingot_train_entry(session, key, hex, seconds, 1), error);
    }
    if (status == INGOT_OK) {
        const char *name = json_string_value(json_object_get(note, "name"));
        const char *stamp = json_string_value(json_object_get(note, "stamp"));
        ingot_session_note(session,
                           "train: the same training was finished by %s-%.12s; its weights are "
                           "taken from the cache (--fresh trains again)",
                           name ? name : "another", stamp ? stamp : "");
        *taken = 1;
    }
    json_decref(note);
    free(folder);
    return status;
}

void ingot_share_training(const ingot_session *session, const char *key,
                          const ingot_train_result *result, double seconds) {
    char data[65];
    if (ingot_training_digest(session->dataset, data, NULL) != INGOT_OK) return;
    json_t *note =
        json_pack("{s:s, s:i, s:s, s:f, s:s}", "data", data, "epochs", result->epochs_done, "name",
                  session->program->name, "seconds", seconds, "stamp", session->program->stamp);
    if (note && result->best_metric) {
        json_object_set_new(note, "best_epoch", json_integer(result->best_epoch + 1));
        json_object_set_new(note, "best_metric", json_string(result->best_metric));
    }
    ingot_shared_store(session, "train", key, trained, note);
}

/* ------------------------------------------------------------------ evaluation */

ingot_status ingot_reuse_evaluation(ingot_session *session, const char *key, json_t **metrics,
                                    json_t **mistakes, ingot_error *error) {
    char *folder;
    json_t *note;
    *metrics = NULL;
    *mistakes = NULL;
    const ingot_status status = ingot_shared_find(session, "evaluate", key, &folder, &note, error);
    if (status != INGOT_OK || !folder) return status;
    *metrics = json_incref(json_object_get(note, "metrics"));
    *mistakes = json_incref(json_object_get(note, "mistakes"));
    json_decref(note);
    free(folder);
    return INGOT_OK;
}

void ingot_share_evaluation(const ingot_session *session, const char *key, json_t *metrics,
                            const json_t *mistakes) {
    static const char *const none[] = {NULL}; /* metrics.json names this executable */
    json_t *note = json_pack("{s:O}", "metrics", metrics);
    if (note && mistakes) json_object_set(note, "mistakes", (json_t *)(uintptr_t)mistakes);
    ingot_shared_store(session, "evaluate", key, none, note);
}
