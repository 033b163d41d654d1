/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * stages_train.c: the stage that makes a model. See stages.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "cli/environment.h"
#include "cli/meter.h"
#include "cli/stages.h"
#include "report/results.h"
#include "train/init.h"
#include "train/loop.h"
#include "train/weights.h"

typedef struct watch {
    ingot_meter meter;
    int32_t epochs;
} watch;

static void on_step(void *user, const ingot_pace *pace) {
    ingot_meter_step(&((watch *)user)->meter, pace);
}

static void on_epoch(void *user, const ingot_epoch *epoch) {
    watch *w = user;
    ingot_meter_epoch(&w->meter, epoch, w->epochs);
}

static ingot_status train_key(const ingot_session *session, char hex[65], ingot_error *error) {
    char text[256];
    uint8_t digest[32];
    snprintf(text, sizeof text, "ingot train 1\n%s\n%d\n", session->program->stamp,
             session->threads);
    ingot_status status = ingot_sha256_of(text, strlen(text), digest, error);
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, hex);
    return status;
}

/* 1 where finished weights of this key are there, whole; `hex` is then their digest. */
static int trained_already(const ingot_session *session, const char *key, const char *path,
                           char hex[65]) {
    json_t *stage = ingot_session_stage(session, "train");
    const char *known = json_string_value(json_object_get(stage, "key"));
    const char *weights = json_string_value(json_object_get(stage, "weights"));
    uint8_t digest[32];
    int there = 0;
    if (known && weights && strcmp(known, key) == 0 && access(path, R_OK) == 0 &&
        ingot_sha256_file(path, digest, NULL, NULL) == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        there = strcmp(weights, hex) == 0;
        if (!there) {
            ingot_session_note(session, "train: %s was changed since it was trained", path);
        }
    }
    json_decref(stage);
    return there;
}

/* Saves what a training came to: finished weights under their name, others beside them. */
static ingot_status save(ingot_session *session, const ingot_train_result *result, int finished,
                         char hex[65], ingot_error *error) {
    char *path = NULL, data[65];
    const ingot_weights_note note = {data, result->epochs_done, session->threads, !finished};
    ingot_status status = ingot_session_path(
        session, finished ? "weights.safetensors" : "weights.partial.safetensors", &path, error);
    if (status == INGOT_OK) status = ingot_training_digest(session->dataset, data, error);
    if (status == INGOT_OK) status = ingot_make_directories(session->folder, error);
    if (status == INGOT_OK) {
        status = ingot_weights_save(session->program, ingot_engine_state(session->engine), &note,
                                    path, hex, error);
    }
    if (status == INGOT_OK) {
        ingot_session_wrote(session, finished ? "weights" : "partial_weights", path, hex);
        if (!finished) ingot_session_note(session, "train: what there is was saved: %s", path);
    }
    free(path);
    return status;
}

static ingot_status finish(ingot_session *session, const ingot_train_result *result,
                           const char *key, double seconds, ingot_error *error) {
    char hex[65], *partial = NULL;
    ingot_status status = save(session, result, 1, hex, error);
    if (status == INGOT_OK) {
        status = ingot_session_write(session, "history.json", ingot_history_json(result), error);
    }
    if (status == INGOT_OK) {
        status = ingot_session_write(session, "timing.json", ingot_timing_json(result), error);
    }
    if (status == INGOT_OK) {
        status =
            ingot_session_set_stage(session, "train",
                                    json_pack("{s:s, s:f, s:i, s:s}", "key", key, "seconds",
                                              seconds, "threads", session->threads, "weights", hex),
                                    error);
    }
    if (status == INGOT_OK &&
        ingot_session_path(session, "weights.partial.safetensors", &partial, NULL) == INGOT_OK) {
        unlink(partial); /* of an earlier, interrupted training; there or not */
    }
    free(partial);
    return status;
}

static ingot_status train(ingot_session *session, const char *key, ingot_error *error) {
    ingot_status status = ingot_stage_features(session, error);
    if (status == INGOT_OK) {
        status = ingot_session_engine(session, INGOT_USE_TRAIN | INGOT_USE_EVALUATE, error);
    }
    if (status != INGOT_OK) return status;
    const double begun = ingot_clock();
    ingot_init_state(session->program, ingot_engine_state(session->engine));
    watch w = {ingot_meter_make(session->options->quiet, "train"),
               session->program->training.epochs};
    const ingot_train_hooks hooks = {&w, w.meter.mode == INGOT_METER_BAR ? on_step : NULL, on_epoch,
                                     &ingot_stop};
    ingot_train_result result;
    char hex[65];
    status = ingot_train(session->engine, session->dataset, session->store, &hooks, &result, error);
    ingot_meter_clear(&w.meter);
    const double seconds = ingot_clock() - begun;
    ingot_session_took(session, "train", seconds);
    json_object_set_new(session->summary, "epochs", json_integer(result.epochs_done));
    if (status != INGOT_OK) {
        /* The state is that of the last finished epoch; the first failure is the one to tell. */
        ingot_error second;
        if (result.epochs_done > 0 && save(session, &result, 0, hex, &second) != INGOT_OK) {
            ingot_session_note(session, "%s", second.text);
        }
    } else if (result.interrupted && result.epochs_done < session->program->training.epochs) {
        session->interrupted = 1;
        status = save(session, &result, 0, hex, error);
        if (status == INGOT_OK) {
            status = ingot_fail(
                error, INGOT_FAILED, "interrupted after step %lld, %d of %d epochs finished",
                (long long)result.steps, result.epochs_done, session->program->training.epochs);
        }
    } else {
        status = finish(session, &result, key, seconds, error);
    }
    free(result.epochs);
    return status;
}

ingot_status ingot_stage_train(ingot_session *session, ingot_error *error) {
    char key[65], hex[65], *path = NULL;
    ingot_status status = train_key(session, key, error);
    if (status == INGOT_OK)
        status = ingot_session_path(session, "weights.safetensors", &path, error);
    if (status != INGOT_OK) return status;
    if (!session->options->fresh && trained_already(session, key, path, hex)) {
        ingot_session_note(session, "train: finished weights are there: %s (--fresh trains again)",
                           path);
        ingot_session_wrote(session, "weights", path, hex);
        json_object_set_new(session->summary, "trained", json_false());
    } else {
        json_object_set_new(session->summary, "trained", json_true());
        status = train(session, key, error);
    }
    FILE *out = ingot_session_out(session);
    /* run says at its end where everything lies */
    if (status == INGOT_OK && out && session->options->word == INGOT_WORD_TRAIN) {
        fprintf(out, "weights: %s\n", path);
    }
    free(path);
    return status;
}
