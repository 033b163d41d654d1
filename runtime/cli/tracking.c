/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * tracking.c: see tracking.h.
 */
#include "cli/tracking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/stages.h"
#include "track/record.h"
#include "track/sync.h"
#include "track/track.h"

/* ms that the end of a run waits for others who write, and for an MLflow server */
enum { PATIENCE = 5000, SENDING = 10000 };

struct ingot_tracking {
    ingot_recorder *recorder;
    ingot_sender *sender; /* NULL: nothing is sent */
    char *path;           /* of runs.db */
    ingot_run_facts facts;
    json_t *parameters, *environment;
    int64_t steps; /* done, where training reported any */
};

/* The flat parameters of the spec, which the generator put into the manifest. */
static json_t *read_parameters(const ingot_program *program) {
    json_t *manifest = NULL;
    const size_t size = (size_t)(program->manifest.end - program->manifest.begin);
    if (size == 0 || ingot_json_parse((const char *)program->manifest.begin, size, "the manifest",
                                      &manifest, NULL) != INGOT_OK) {
        return NULL;
    }
    json_t *parameters = json_incref(json_object_get(manifest, "parameters"));
    json_decref(manifest);
    return parameters;
}

static json_t *libraries(const ingot_program *program) {
    json_t *all = json_object();
    for (int32_t i = 0; all && i < program->library_count; i++) {
        const ingot_library *l = &program->libraries[i];
        const char *loaded = l->loaded_version ? l->loaded_version() : NULL;
        char name[128];
        snprintf(name, sizeof name, "library.%s", l->name);
        json_object_set_new(all, name, json_string(loaded ? loaded : l->version));
    }
    return all;
}

static const char *experiment_name(const ingot_program *program) {
    const char *variable = getenv("MLFLOW_EXPERIMENT_NAME");
    if (program->track && program->track->experiment) return program->track->experiment;
    return variable && *variable ? variable : program->name;
}

ingot_status ingot_tracking_begin(ingot_session *session, ingot_error *error) {
    const ingot_program *p = session->program;
    const ingot_options *options = session->options;
    const int trains = options->word == INGOT_WORD_RUN || options->word == INGOT_WORD_TRAIN;
    ingot_track_choice choice;
    if (!trains && options->word != INGOT_WORD_EVALUATE) return INGOT_OK;
    ingot_status status =
        ingot_track_choose(options->track, p->track, getenv("MLFLOW_TRACKING_URI"), &choice, error);
    if (status != INGOT_OK || !choice.records) return status;
    struct ingot_tracking *t = calloc(1, sizeof *t);
    if (!t) return INGOT_OK;
    t->parameters = read_parameters(p);
    t->environment = libraries(p);
    t->facts = (ingot_run_facts){
        .work = options->work,
        .name = p->name,
        .experiment = experiment_name(p),
        .stamp = p->stamp,
        .word = ingot_word_name(options->word),
        .isa = p->isa,
        .folder = session->folder,
        .data = session->root,
        .features = p->data.features_key,
        .threads = session->threads,
        .trains = trains,
        /* Weights from elsewhere are not what the last run of this folder trained. */
        .fresh = options->fresh || options->weights != NULL,
        .steps = p->training.steps_per_epoch * p->training.epochs,
        .spec = (const char *)p->spec.begin,
        .spec_size = (size_t)(p->spec.end - p->spec.begin),
        .manifest = (const char *)p->manifest.begin,
        .manifest_size = (size_t)(p->manifest.end - p->manifest.begin),
        .lock = (const char *)p->lock.begin,
        .lock_size = (size_t)(p->lock.end - p->lock.begin),
        .parameters = t->parameters,
        .environment = t->environment,
        .mlflow = choice.mlflow,
    };
    session->tracking = t;
    t->recorder = ingot_recorder_start(&t->facts);
    t->path = ingot_join(options->work, "runs.db");
    if (t->recorder && t->path && choice.mlflow) {
        t->sender = ingot_sender_start(t->path, t->recorder);
    }
    return INGOT_OK;
}

static ingot_recorder *recorder_of(const ingot_session *session) {
    return session->tracking ? session->tracking->recorder : NULL;
}

void ingot_tracking_trains(ingot_session *session) {
    ingot_recorder *recorder = recorder_of(session);
    char hex[65];
    if (!recorder) return;
    ingot_recorder_trains(recorder);
    if (ingot_training_digest(session->dataset, hex, NULL) == INGOT_OK) {
        ingot_recorder_input(recorder, "train", session->root, hex);
    }
}

void ingot_tracking_step(void *user, const ingot_step_metrics *metrics) {
    struct ingot_tracking *t = ((ingot_session *)user)->tracking;
    if (!t || !t->recorder) return;
    t->steps = metrics->step;
    ingot_recorder_step(t->recorder, metrics->step, metrics->loss, metrics->learning_rate,
                        metrics->gradient_norm);
}

void ingot_tracking_epoch(ingot_session *session, const ingot_epoch *epoch) {
    ingot_recorder *recorder = recorder_of(session);
    if (!recorder) return;
    const int64_t step = session->tracking->steps;
    ingot_recorder_metric(recorder, "epoch", step, epoch->epoch + 1);
    ingot_recorder_metric(recorder, "epoch.loss", step, epoch->loss);
    const int classes = !isnan(epoch->accuracy); /* a regression has none */
    if (classes) ingot_recorder_metric(recorder, "epoch.accuracy", step, epoch->accuracy);
    ingot_recorder_metric(recorder, "epoch.seconds", step, epoch->seconds);
    if (epoch->has_validation) {
        ingot_recorder_metric(recorder, "epoch.validation_loss", step, epoch->validation_loss);
        if (classes) {
            ingot_recorder_metric(recorder, "epoch.validation_accuracy", step,
                                  epoch->validation_accuracy);
        }
    }
}

void ingot_tracking_stage(ingot_session *session, const char *stage, double seconds) {
    ingot_recorder *recorder = recorder_of(session);
    if (recorder) ingot_recorder_stage(recorder, stage, seconds);
}

/* Every number of an object as a metric "test.accuracy", "test.per_sample.accuracy". */
static void add_metrics(ingot_recorder *recorder, const char *prefix, const json_t *object,
                        int64_t step) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        char name[256];
        snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
        if (json_is_object(value)) {
            add_metrics(recorder, name, value, step);
        } else if (json_is_number(value)) {
            ingot_recorder_metric(recorder, name, step, json_number_value(value));
        }
    }
}

/* The files that the summary names. */
static void add_artifacts(ingot_recorder *recorder, const json_t *summary) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)summary, key, value) {
        const char *path = json_string_value(json_object_get(value, "path"));
        const char *sha256 = json_string_value(json_object_get(value, "sha256"));
        if (path && sha256) ingot_recorder_artifact(recorder, key, path, sha256);
    }
}

static const char *status_of(const ingot_session *session, ingot_status status) {
    if (session->interrupted) return "interrupted";
    return status == INGOT_OK ? "finished" : status == INGOT_GATE ? "gate" : "failed";
}

void ingot_tracking_end(ingot_session *session, ingot_status status, const ingot_error *error) {
    struct ingot_tracking *t = session->tracking;
    ingot_error problem = {"out of memory, or no threads"};
    char id[33] = "", *aside = NULL;
    if (!t) return;
    ingot_status recorded = INGOT_FAILED;
    if (t->recorder) {
        /* Final metrics stand at the last step of the training, done now or earlier. */
        add_metrics(t->recorder, "", json_object_get(session->summary, "metrics"),
                    t->steps ? t->steps : t->facts.steps);
        add_artifacts(t->recorder, session->summary);
        if (t->sender) ingot_sender_pause(t->sender);
        recorded = ingot_recorder_end(t->recorder, status_of(session, status), (int)status,
                                      status == INGOT_OK ? NULL : error->text, PATIENCE, id, &aside,
                                      &problem);
    }
    if (aside) {
        ingot_session_note(session,
                           "warning: this run is kept in %s, not in runs.db yet, and is taken over "
                           "as soon as that can be written to: %s",
                           aside, problem.text);
        json_object_set_new(session->summary, "set_aside", json_string(aside));
        free(aside);
    } else if (recorded != INGOT_OK) {
        ingot_session_note(session, "warning: this run is not recorded: %s", problem.text);
        json_object_set_new(session->summary, "not_recorded", json_string(problem.text));
    }
    if (t->sender && ingot_sender_end(t->sender, id, SENDING, &problem) != INGOT_OK) {
        ingot_session_note(session,
                           "warning: not all of this run is at the MLflow server; the word sync "
                           "sends the rest: %s",
                           problem.text);
        json_object_set_new(session->summary, "not_sent", json_string(problem.text));
    }
    if (id[0]) json_object_set_new(session->summary, "run", json_string(id));
    free(t->path);
    json_decref(t->parameters);
    json_decref(t->environment);
    free(t);
    session->tracking = NULL;
}
