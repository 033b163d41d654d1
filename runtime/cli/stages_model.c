/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * stages_model.c: the stages that measure a model and report on it: evaluate, report. See stages.h.
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
#include "report/report.h"
#include "report/results.h"
#include "train/weights.h"

/* ------------------------------------------------------------------ evaluate */

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

static ingot_status measure(ingot_session *session, ingot_split split, json_t *metrics,
                            ingot_error *error) {
    const ingot_program *program = session->program;
    const char *name = ingot_split_name(split);
    if (program->data.samples[split] == 0) return INGOT_OK;
    ingot_meter meter = ingot_meter_make(session->options->quiet, name);
    ingot_evaluation evaluation;
    ingot_status status = ingot_evaluate(session->engine, session->dataset, session->store, split,
                                         &ingot_stop, on_sample, &meter, &evaluation, error);
    ingot_meter_clear(&meter);
    if (status != INGOT_OK) return status;
    if (evaluation.interrupted) {
        session->interrupted = 1;
        return ingot_fail(error, INGOT_FAILED, "interrupted while measuring the %s split", name);
    }
    json_t *value = ingot_evaluation_json(&evaluation, program->class_names);
    ingot_evaluation_free(&evaluation);
    json_t *flat = value ? ingot_metrics_summary(value) : NULL;
    if (json_object_set_new(metrics, name, value) != 0 || !flat) {
        json_decref(flat);
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    json_t *all = json_object_get(session->summary, "metrics");
    if (!all) {
        all = json_object();
        json_object_set_new(session->summary, "metrics", all);
    }
    json_object_set_new(all, name, flat);
    FILE *out = ingot_session_out(session);
    if (out) ingot_print_metrics(out, name, value);
    return INGOT_OK;
}

ingot_status ingot_stage_evaluate(ingot_session *session, ingot_error *error) {
    char *path = NULL, hex[65];
    uint8_t digest[32];
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
    json_t *metrics = json_object();
    status = measure(session, INGOT_VALIDATION, metrics, error);
    if (status == INGOT_OK) status = measure(session, INGOT_TEST, metrics, error);
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
    return ingot_session_set_stage(
        session, "evaluate", json_pack("{s:s, s:f}", "weights", hex, "seconds", seconds), error);
}

/* ------------------------------------------------------------------ report */

ingot_status ingot_stage_report(ingot_session *session, ingot_error *error) {
    const ingot_program *program = session->program;
    static const char *const parts[][2] = {{"data", "data.json"},
                                           {"history", "history.json"},
                                           {"metrics", "metrics.json"},
                                           {"stages", "stages.json"},
                                           {"timing", "timing.json"}};
    json_t *all = json_pack("{s:o}", "program", ingot_program_json(program));
    ingot_status status = all ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
    int found = 0;
    for (size_t i = 0; status == INGOT_OK && i < sizeof parts / sizeof *parts; i++) {
        json_t *value = NULL;
        status = ingot_session_read(session, parts[i][1], &value, error);
        found += value != NULL;
        if (value) json_object_set_new(all, parts[i][0], value);
    }
    if (status == INGOT_OK && !found) {
        status = ingot_fail(error, INGOT_FAILED,
                            "%s: there is nothing to report on; run the word run first",
                            session->folder);
    }
    char *html = NULL, *path = NULL;
    size_t size = 0;
    if (status == INGOT_OK) {
        status = ingot_report_html(all, (const char *)program->spec.begin,
                                   (size_t)(program->spec.end - program->spec.begin), &html, &size,
                                   error);
    }
    json_decref(all);
    if (status == INGOT_OK) status = ingot_session_path(session, "report.html", &path, error);
    uint8_t digest[32];
    if (status == INGOT_OK) status = ingot_write_file(path, html, size, digest, error);
    if (status == INGOT_OK) {
        char hex[65];
        ingot_hex(digest, sizeof digest, hex);
        ingot_session_wrote(session, "report", path, hex);
        FILE *out = ingot_session_out(session);
        if (out) fprintf(out, "report: %s\n", path);
    }
    free(html);
    free(path);
    return status;
}
