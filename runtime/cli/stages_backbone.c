/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * stages_backbone.c: the stage that computes what the frozen part gives for each training sample,
 * or finds it in the cache. See stages.h.
 */
#include "cli/environment.h"
#include "cli/meter.h"
#include "cli/stages.h"

static int on_sample(void *user, int64_t done, int64_t total) {
    ingot_meter_count(user, done, total, "samples");
    return ingot_stop != 0;
}

ingot_status ingot_stage_backbone(ingot_session *session, ingot_activations *activations,
                                  ingot_error *error) {
    const ingot_program *program = session->program;
    const double begun = ingot_clock();
    ingot_meter meter = ingot_meter_make(session->options->quiet, "backbone");
    const char *why = NULL;
    int computed = 0;
    ingot_status status = ingot_backbone_open(session->engine, session->store,
                                              session->options->work, session->threads, on_sample,
                                              &meter, &computed, &why, activations, error);
    ingot_meter_clear(&meter);
    if (status != INGOT_OK && ingot_stop) {
        session->interrupted = 1;
        return ingot_fail(error, INGOT_FAILED, "interrupted while computing the backbone");
    }
    if (status != INGOT_OK) return status;
    const double seconds = ingot_clock() - begun;
    const int64_t samples = program->data.samples[INGOT_TRAIN];
    if (why) ingot_session_note(session, "backbone: the cached activations are damaged (%s)", why);
    ingot_session_note(
        session, "backbone: activations of %s for %lld samples (%.1f MB) %s in %.1f s",
        program->backbone->path, (long long)samples, (double)activations->bytes.size * 1e-6,
        computed ? "computed" : "from the cache", seconds);
    ingot_session_took(session, "backbone", seconds);
    json_object_set_new(session->summary, "backbone",
                        json_pack("{s:I, s:b, s:s, s:I}", "bytes",
                                  (json_int_t)activations->bytes.size, "cached", !computed, "key",
                                  activations->key, "samples", (json_int_t)samples));
    status = ingot_session_set_stage(session, "backbone",
                                     json_pack("{s:b, s:s, s:f}", "cached", !computed, "key",
                                               activations->key, "seconds", seconds),
                                     error);
    if (status != INGOT_OK) ingot_activations_close(activations);
    return status;
}
