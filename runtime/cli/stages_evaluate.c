/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * stages_evaluate.c: the stage that measures a model. See stages.h.
 */
#include <errno.h>
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
#include "report/mistakes.h"
#include "report/results.h"
#include "report/slices.h"
#include "train/weights.h"

ingot_status ingot_weights_path(const ingot_session *session, char **path, ingot_error *error) {
    if (session->options->weights) {
        *path = strdup(session->options->weights);
        return *path ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    ingot_status status = ingot_session_path(session, "weights.safetensors", path, error);
    if (status == INGOT_OK && access(*path, F_OK) != 0) {
        status =
            ingot_fail(error, INGOT_FAILED,
                       "%s: no weights; run the word train first, or give --weights FILE", *path);
        free(*path);
        *path = NULL;
    }
    return status;
}

static int on_sample(void *user, int64_t done, int64_t total) {
    ingot_meter_count(user, done, total, "samples");
    return 0;
}

/* A regression: predicted numbers beside those they should be. */
static ingot_status compare(const ingot_session *session, const ingot_scores *scores,
                            const ingot_evaluation *evaluation, json_t **value,
                            ingot_error *error) {
    const size_t row = (size_t)scores->columns, rows = (size_t)scores->rows;
    float *targets = malloc((rows * row + 1) * sizeof *targets);
    for (size_t r = 0; targets && r < rows; r++) {
        memcpy(targets + r * row, ingot_store_targets(session->store, scores->samples[r]),
               row * sizeof *targets);
    }
    *value = targets ? ingot_regression_json(&evaluation->regression, session->program->class_names,
                                             targets, scores->values)
                     : NULL;
    free(targets);
    return *value ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
}

/* What is kept of a split: for the report curves and mistakes, of each item. */
static ingot_status details(ingot_session *session, ingot_split split, const ingot_scores *scores,
                            const ingot_evaluation *evaluation, json_t **value, json_t **mistakes,
                            ingot_error *error) {
    const ingot_program *program = session->program;
    ingot_ranking ranking;
    if (program->data.regression) return compare(session, scores, evaluation, value, error);
    ingot_status status = ingot_rank(scores, ingot_curve_points(program->classes), &ranking, error);
    if (status != INGOT_OK) return status;
    *value = ingot_evaluation_json(evaluation, &ranking, program->class_names);
    ingot_ranking_free(&ranking);
    if (!*value) return ingot_fail(error, INGOT_FAILED, "out of memory");
    json_decref(*mistakes); /* of the split before: the last one measured counts */
    *mistakes = NULL;
    return ingot_mistakes_json(program, session->dataset, session->store, session->root,
                               ingot_split_name(split), scores, mistakes, error);
}

static ingot_status evaluate_split(ingot_session *session, ingot_split split, json_t **value,
                                   json_t **mistakes, ingot_error *error) {
    const ingot_program *program = session->program;
    const char *name = ingot_split_name(split);
    ingot_scores scores;
    ingot_evaluation evaluation;
    ingot_status status =
        ingot_scores_new(program->classes, program->data.items[split], &scores, error);
    if (status != INGOT_OK) return status;
    ingot_meter meter = ingot_meter_make(session->options->quiet, name);
    status = ingot_evaluate_scores(session->engine, session->dataset, session->store, split,
                                   &ingot_stop, on_sample, &meter, &scores, &evaluation, error);
    ingot_meter_clear(&meter);
    if (status == INGOT_OK && evaluation.interrupted) {
        session->interrupted = 1;
        status = ingot_fail(error, INGOT_FAILED, "interrupted while measuring the %s split", name);
    } else if (status == INGOT_OK) {
        status = details(session, split, &scores, &evaluation, value, mistakes, error);
        if (status == INGOT_OK) {
            status = ingot_slices_add(program, session->store, &scores, *value, error);
        }
        ingot_evaluation_free(&evaluation);
    }
    ingot_scores_free(&scores);
    return status;
}

/* Metrics of a split go into the summary and are printed. Non-zero: out of memory. */
static int show(ingot_session *session, const char *name, const json_t *value) {
    json_t *flat = ingot_metrics_summary(value),
           *all = json_object_get(session->summary, "metrics");
    if (!flat) return -1;
    json_t *slices = ingot_slices_summary(value);
    if (slices) json_object_set_new(flat, "slices", slices);
    if (!all) {
        all = json_object();
        json_object_set_new(session->summary, "metrics", all);
    }
    json_object_set_new(all, name, flat);
    FILE *out = ingot_session_out(session);
    if (out) {
        ingot_print_metrics(out, name, value);
        ingot_slices_print(out, value);
    }
    return 0;
}

static ingot_status measure(ingot_session *session, ingot_split split, json_t *metrics,
                            json_t **mistakes, ingot_error *error) {
    const ingot_program *program = session->program;
    const char *name = ingot_split_name(split);
    json_t *value = NULL;
    if (program->data.samples[split] == 0) return INGOT_OK;
    ingot_status status = evaluate_split(session, split, &value, mistakes, error);
    if (status != INGOT_OK) {
        json_decref(value);
        return status;
    }
    if (json_object_set_new(metrics, name, value) != 0 || show(session, name, value) != 0) {
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    return INGOT_OK;
}

/* Metrics of the cache as measure leaves them: printed, and in the summary. */
static ingot_status show_cached(ingot_session *session, const json_t *metrics, ingot_error *error) {
    static const ingot_split splits[] = {INGOT_VALIDATION, INGOT_TEST};
    for (int i = 0; i < 2; i++) {
        const char *name = ingot_split_name(splits[i]);
        json_t *value = json_object_get(metrics, name);
        if (value && show(session, name, value) != 0) {
            return ingot_fail(error, INGOT_FAILED, "out of memory");
        }
    }
    return INGOT_OK;
}

/* Both splits, from the cache or measured; *shared: what is to be put there. */
static ingot_status measure_all(ingot_session *session, const char *key, json_t **metrics,
                                json_t **mistakes, int *measured, ingot_error *error) {
    ingot_status status = INGOT_OK;
    *metrics = NULL;
    *measured = 0;
    if (!session->options->fresh) {
        status = ingot_reuse_evaluation(session, key, metrics, mistakes, error);
    }
    if (status != INGOT_OK) return status;
    if (*metrics) {
        ingot_session_note(session, "evaluate: these weights were measured before; from the cache");
        return show_cached(session, *metrics, error);
    }
    *measured = 1;
    *metrics = json_object();
    status = measure(session, INGOT_VALIDATION, *metrics, mistakes, error);
    return status == INGOT_OK ? measure(session, INGOT_TEST, *metrics, mistakes, error) : status;
}

ingot_status ingot_stage_evaluate(ingot_session *session, ingot_error *error) {
    char *path = NULL, hex[65], key[65];
    uint8_t digest[32];
    int measured = 0, lock = -1;
    ingot_status status = ingot_stage_ingest(session, error);
    if (status == INGOT_OK) status = ingot_weights_path(session, &path, error);
    if (status == INGOT_OK) status = ingot_stage_features(session, error);
    if (status == INGOT_OK) status = ingot_session_engine(session, INGOT_USE_EVALUATE, error);
    const double begun = ingot_clock();
    /* From the file even after a training: what is measured is what was saved. */
    if (status == INGOT_OK) {
        status = ingot_weights_load(session->program, path, session->options->any_stamp,
                                    ingot_engine_state(session->engine), error);
    }
    if (status == INGOT_OK) status = ingot_sha256_file(path, digest, NULL, error);
    free(path);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    json_t *metrics = NULL, *mistakes = NULL;
    status = ingot_stage_key(session, "evaluate", hex, key, error);
    if (status == INGOT_OK) status = ingot_shared_lock(session, "evaluate", key, &lock, error);
    if (status == INGOT_OK) {
        status = measure_all(session, key, &metrics, &mistakes, &measured, error);
    }
    if (status == INGOT_OK) {
        status = ingot_gate_measure(session, json_object_get(metrics, "test"), hex, error);
    }
    if (status == INGOT_OK && mistakes) {
        status = ingot_session_write(session, "mistakes.json", json_incref(mistakes), error);
    }
    if (status == INGOT_OK && measured) ingot_share_evaluation(session, key, metrics, mistakes);
    ingot_unlock_file(lock);
    json_decref(mistakes);
    if (status != INGOT_OK) {
        json_decref(metrics);
        return status;
    }
    const double seconds = ingot_clock() - begun;
    ingot_session_took(session, "evaluate", seconds);
    status =
        ingot_session_write(session, "metrics.json",
                            json_pack("{s:s, s:s, s:i, s:o, s:s}", "name", session->program->name,
                                      "stamp", session->program->stamp, "threads", session->threads,
                                      "metrics", metrics, "weights", hex),
                            error);
    if (status != INGOT_OK) return status;
    return ingot_session_set_stage(session, "evaluate",
                                   json_pack("{s:b, s:o, s:s, s:f, s:s}", "cached", !measured,
                                             "inputs", ingot_stage_inputs(session, "evaluate"),
                                             "key", key, "seconds", seconds, "weights", hex),
                                   error);
}
