/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * stages_train.c: the stage that makes a model. See stages.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "cli/shared.h"
#include "cli/environment.h"
#include "cli/keys.h"
#include "cli/meter.h"
#include "cli/reuse.h"
#include "cli/stages.h"
#include "cli/tracking.h"
#include "data/fit.h"
#include "report/results.h"
#include "train/backbone.h"
#include "train/checkpoint.h"
#include "train/init.h"
#include "train/loop.h"
#include "train/pretrained.h"
#include "train/weights.h"

typedef struct watch {
    ingot_meter meter;
    int32_t epochs;
    ingot_session *session;
} watch;

static void on_step(void *user, const ingot_pace *pace) {
    ingot_meter_step(&((watch *)user)->meter, pace);
}

static void on_step_metrics(void *user, const ingot_step_metrics *metrics) {
    ingot_tracking_step(((watch *)user)->session, metrics);
}

static void on_epoch(void *user, const ingot_epoch *epoch) {
    watch *w = user;
    ingot_meter_epoch(&w->meter, epoch, w->epochs);
    ingot_tracking_epoch(w->session, epoch);
}

static void on_note(void *user, const char *text) {
    ingot_meter_line(&((watch *)user)->meter, "train: %s", text);
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
    const ingot_weights_note note = {.data = data,
                                     .epochs = result->epochs_done,
                                     .threads = session->threads,
                                     .interrupted = !finished,
                                     .best_epoch = result->best_epoch + 1,
                                     .best_metric = result->best_metric};
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

/* ------------------------------------------------------------------ the ends it can come to */

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
        status = ingot_session_set_stage(session, "train",
                                         ingot_train_entry(session, key, hex, seconds, 0), error);
    }
    if (status == INGOT_OK) ingot_share_training(session, key, result, seconds);
    if (status == INGOT_OK &&
        ingot_session_path(session, "weights.partial.safetensors", &partial, NULL) == INGOT_OK) {
        unlink(partial); /* of an earlier, interrupted training; there or not */
    }
    if (status == INGOT_OK) ingot_checkpoint_remove(session->folder);
    free(partial);
    return status;
}

/* Notes in stages.json why a training failed, for whoever goes on from its checkpoint. Finished
 * weights of an earlier training stay known. */
static void remember_failure(ingot_session *session, const char *key, const char *why) {
    json_t *stage = ingot_session_stage(session, "train");
    if (!json_is_object(stage)) {
        json_decref(stage);
        stage = json_object();
    }
    json_object_set_new(stage, "failed", json_pack("{s:s, s:s}", "key", key, "error", why));
    (void)ingot_session_set_stage(session, "train", stage, NULL);
}

/* Deterministic as it is, a training that failed fails again, unless data or machine were at fault:
 * that is said before it goes on. */
static void recall_failure(const ingot_session *session, const char *key) {
    json_t *stage = ingot_session_stage(session, "train");
    const json_t *failed = json_object_get(stage, "failed");
    const char *of = json_string_value(json_object_get(failed, "key"));
    if (of && strcmp(of, key) == 0) {
        ingot_session_note(session,
                           "train: the last training failed: %s\n"
                           "train: the same steps give the same numbers, so it will fail there "
                           "again unless data or machine were at fault; change the spec, or give "
                           "--fresh to start over",
                           json_string_value(json_object_get(failed, "error")));
    }
    json_decref(stage);
}

static void report_checkpoints(ingot_session *session, const ingot_train_result *result,
                               double seconds) {
    const ingot_checkpoint_cost *cost = &result->checkpoints;
    if (cost->written + cost->failed == 0) return;
    json_object_set_new(session->summary, "checkpoints",
                        json_pack("{s:I, s:I, s:I, s:f, s:f}", "written", (json_int_t)cost->written,
                                  "failed", (json_int_t)cost->failed, "bytes",
                                  (json_int_t)cost->bytes, "loop_seconds", cost->loop_seconds,
                                  "cpu_seconds", cost->cpu_seconds));
    ingot_session_note(session,
                       "train: %lld checkpoint%s of %.1f MB: training stood still for %.2f %% of "
                       "its time",
                       (long long)cost->written, cost->written == 1 ? "" : "s",
                       (double)cost->bytes * 1e-6,
                       seconds > 0 ? 100 * cost->loop_seconds / seconds : 0);
}

/* Where batches are made beside training, how long it had to wait for them. */
static void report_waiting(ingot_session *session, const ingot_train_result *result,
                           double seconds) {
    if (session->program->data.loading == NULL || session->program->backbone) return;
    const double share = seconds > 0 ? result->waited_seconds / seconds : 0;
    json_object_set_new(session->summary, "waited",
                        json_pack("{s:f, s:f}", "seconds", result->waited_seconds, "share", share));
    ingot_session_note(session, "train: waited for data %.1f %% of its time", 100 * share);
}

/* ------------------------------------------------------------------ training */

static ingot_status train(ingot_session *session, const char *key, ingot_error *error) {
    ingot_status status = ingot_stage_features(session, error);
    if (status == INGOT_OK) {
        status = ingot_session_engine(session, INGOT_USE_TRAIN | INGOT_USE_EVALUATE, error);
    }
    if (status != INGOT_OK) return status;
    double begun = ingot_clock();
    if (session->options->fresh) {
        ingot_checkpoint_remove(session->folder);
    } else {
        recall_failure(session, key);
    }
    ingot_init_state(session->program, ingot_engine_state(session->engine));
    if (session->program->pretrained) {
        status =
            ingot_pretrained_load(session->program, ingot_engine_state(session->engine), error);
        if (status != INGOT_OK) return status;
        ingot_session_note(session, "train: starts from %s", session->program->pretrained->path);
    }
    if (session->program->data.fit) {
        status = ingot_fit_train(session->program, session->store,
                                 ingot_engine_state(session->engine), error);
        if (status != INGOT_OK) return status;
    }
    ingot_activations activations = {{NULL, 0}, ""};
    if (session->program->backbone) {
        const double before = ingot_clock();
        status = ingot_stage_backbone(session, &activations, error);
        if (status != INGOT_OK) return status;
        begun += ingot_clock() - before; /* a stage of its own */
    }
    watch w = {ingot_meter_make(session->options->quiet, "train"),
               session->program->training.epochs, session};
    ingot_tracking_trains(session);
    const ingot_ready ready = {ingot_activations_values(&activations),
                               session->program->backbone ? session->program->backbone->floats : 0};
    const ingot_train_hooks hooks = {.user = &w,
                                     .step = w.meter.mode == INGOT_METER_BAR ? on_step : NULL,
                                     .epoch = on_epoch,
                                     .stop = &ingot_stop,
                                     .step_metrics = session->tracking ? on_step_metrics : NULL,
                                     .note = on_note,
                                     .ready = ready,
                                     .checkpoints = session->folder};
    ingot_train_result result;
    char hex[65];
    status = ingot_train(session->engine, session->dataset, session->store, &hooks, &result, error);
    ingot_meter_clear(&w.meter);
    const double seconds = ingot_clock() - begun;
    ingot_session_took(session, "train", seconds);
    json_object_set_new(session->summary, "epochs", json_integer(result.epochs_done));
    if (result.resumed > 0) {
        json_object_set_new(session->summary, "resumed_steps", json_integer(result.resumed));
    }
    report_checkpoints(session, &result, seconds);
    report_waiting(session, &result, seconds);
    if (status != INGOT_OK) {
        /* The state is that of the last finished epoch; the first failure is the one to tell. */
        ingot_error second;
        remember_failure(session, key, error->text);
        if (result.epochs_done > 0 && save(session, &result, 0, hex, &second) != INGOT_OK) {
            ingot_session_note(session, "%s", second.text);
        }
    } else if (!ingot_train_finished(session->program, &result)) {
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
    ingot_activations_close(&activations);
    return status;
}

typedef struct waiting {
    const ingot_session *session;
    int told;
} waiting;

static int waits(void *user) {
    waiting *w = user;
    if (!w->told) {
        ingot_session_note(w->session,
                           "train: another process trains this experiment in %s; waiting for it",
                           w->session->folder);
    }
    w->told = 1;
    return ingot_stop != 0;
}

/* One process trains in a folder; what dead ones left half-written there is cleared away. */
static ingot_status enter(ingot_session *session, int *lock, ingot_error *error) {
    waiting w = {session, 0};
    char *path = NULL;
    *lock = -1;
    ingot_status status = ingot_make_directories(session->folder, error);
    if (status == INGOT_OK) status = ingot_session_path(session, "train.lock", &path, error);
    if (status == INGOT_OK) status = ingot_lock_file(path, waits, &w, lock, error);
    free(path);
    if (status != INGOT_OK) {
        session->interrupted = ingot_stop != 0;
        return status;
    }
    static const char *const ours[] = {"checkpoint.", "weights.", "history.json", "timing.json"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        ingot_remove_temporaries(session->folder, ours[i], 0);
    }
    ingot_remove_temporaries(session->folder, "", 60);
    return INGOT_OK;
}

/* One process computes what has this key, in whatever folder; the others wait and take it. */
static ingot_status reuse_or_train(ingot_session *session, const char *key, const char *path,
                                   ingot_error *error) {
    int lock, taken = 0;
    char hex[65];
    uint8_t digest[32];
    ingot_status status = ingot_shared_lock(session, "train", key, &lock, error);
    if (status != INGOT_OK) return status;
    if (!session->options->fresh) status = ingot_reuse_training(session, key, &taken, error);
    if (status == INGOT_OK) {
        json_object_set_new(session->summary, "trained", json_boolean(!taken));
        if (!taken) status = train(session, key, error);
    }
    ingot_unlock_file(lock);
    if (status != INGOT_OK || !taken) return status;
    ingot_checkpoint_remove(session->folder);
    status = ingot_sha256_file(path, digest, NULL, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        ingot_session_wrote(session, "weights", path, hex);
    }
    return status;
}

ingot_status ingot_stage_train(ingot_session *session, ingot_error *error) {
    char key[65], hex[65], *path = NULL;
    int lock = -1;
    ingot_status status = ingot_stage_key(session, "train", NULL, key, error);
    if (status == INGOT_OK) status = enter(session, &lock, error);
    if (status == INGOT_OK) {
        status = ingot_session_path(session, "weights.safetensors", &path, error);
    }
    if (status != INGOT_OK) {
        ingot_unlock_file(lock);
        return status;
    }
    if (!session->options->fresh && trained_already(session, key, path, hex)) {
        ingot_session_note(session, "train: finished weights are there: %s (--fresh trains again)",
                           path);
        ingot_session_wrote(session, "weights", path, hex);
        json_object_set_new(session->summary, "trained", json_false());
        ingot_checkpoint_remove(session->folder); /* of a training cut off at its very end */
        status = ingot_shared_tidy(session, "train", key, error);
    } else {
        status = reuse_or_train(session, key, path, error);
    }
    ingot_unlock_file(lock);
    FILE *out = ingot_session_out(session);
    /* run says at its end where everything lies */
    if (status == INGOT_OK && out && session->options->word == INGOT_WORD_TRAIN) {
        fprintf(out, "weights: %s\n", path);
    }
    free(path);
    return status;
}
