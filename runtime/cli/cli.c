/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * cli.c: see cli.h.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/environment.h"
#include "cli/explain.h"
#include "cli/options.h"
#include "cli/session.h"
#include "cli/stages.h"
#include "cli/tracking.h"
#include "cli/words.h"

/* What each word does, in the order of ingot_word, and whether it computes: then threads and
 * libraries are settled first. */
static const struct action {
    ingot_status (*run)(ingot_session *session, ingot_error *error);
    int computes;
} actions[INGOT_WORDS] = {
    {ingot_word_run, 1},     {ingot_word_validate, 0}, {ingot_stage_features, 1},
    {ingot_stage_train, 1},  {ingot_word_evaluate, 1}, {ingot_word_predict, 1},
    {ingot_word_bench, 1},   {ingot_stage_report, 0},  {ingot_word_runs, 0},
    {ingot_word_compare, 0}, {ingot_word_sync, 0},     {ingot_word_info, 0},
    {ingot_word_verify, 0},  {ingot_word_source, 0},
};

ingot_status ingot_word_run(ingot_session *session, ingot_error *error) {
    ingot_status status = ingot_stage_features(session, error);
    if (status == INGOT_OK) status = ingot_stage_train(session, error);
    if (status == INGOT_OK) status = ingot_stage_evaluate(session, error);
    if (status == INGOT_OK) status = ingot_stage_report(session, error);
    if (status == INGOT_OK) status = ingot_copy_results(session, error);
    FILE *out = ingot_session_out(session);
    char *weights = NULL;
    if (status == INGOT_OK && out) {
        status = ingot_session_path(session, "weights.safetensors", &weights, error);
    }
    if (status == INGOT_OK && out) {
        fprintf(out, "weights: %s\nstamp: %s\n", weights, session->program->stamp);
    }
    free(weights);
    return status == INGOT_OK ? ingot_gate_verdict(session, error) : status;
}

ingot_status ingot_word_evaluate(ingot_session *session, ingot_error *error) {
    const ingot_status status = ingot_stage_evaluate(session, error);
    return status == INGOT_OK ? ingot_gate_verdict(session, error) : status;
}

static const char *status_word(ingot_status status, int interrupted) {
    if (interrupted) return "interrupted";
    switch (status) {
    case INGOT_OK:
        return "ok";
    case INGOT_FAILED:
        return "failed";
    case INGOT_USAGE:
        return "usage";
    case INGOT_GATE:
        return "gate";
    case INGOT_LOCK_MISMATCH:
        return "lock_mismatch";
    case INGOT_ENVIRONMENT:
        return "environment";
    }
    return "failed";
}

/* The last line of --json. Takes `summary`. */
static void print_summary(json_t *summary, ingot_status status, int interrupted,
                          const char *message) {
    json_object_set_new(summary, "status", json_string(status_word(status, interrupted)));
    json_object_set_new(summary, "exit_code", json_integer(status));
    if (status != INGOT_OK) {
        /* A path in the message may be any bytes; JSON wants UTF-8. */
        json_t *text = json_string(message);
        if (!text) {
            char plain[sizeof(ingot_error)];
            size_t i = 0;
            for (; message[i]; i++) {
                plain[i] = '?';
                if ((unsigned char)message[i] < 128) plain[i] = message[i];
            }
            plain[i] = 0;
            text = json_string(plain);
        }
        json_object_set_new(summary, "error", text);
    }
    char *line = ingot_json_line(summary);
    if (line) puts(line);
    free(line);
    json_decref(summary);
}

/* Results that could not be written are a failure: a full disk behind a redirection. */
static ingot_status flush_output(ingot_status status, ingot_error *error) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    if (status != INGOT_OK) return status;
    return ingot_fail(error, INGOT_FAILED, "standard output: %s", strerror(errno));
}

static ingot_status perform(const ingot_program *program, const ingot_options *options, char **argv,
                            ingot_session *session, ingot_error *error) {
    ingot_status status = ingot_session_new(program, options, session, error);
    const struct action *action = &actions[options->word];
    if (status == INGOT_OK && options->explain) return ingot_explain(session, error);
    if (status == INGOT_OK && action->computes) {
        status = ingot_settle(program, session->threads, argv, error);
    }
    if (status == INGOT_OK) {
        ingot_catch_signals();
        status = ingot_tracking_begin(session, error);
        if (status == INGOT_OK) status = action->run(session, error);
        ingot_tracking_end(session, status, error);
    }
    return status;
}

int ingot_cli(const ingot_program *program, int argc, char **argv) {
    ingot_error error = {""};
    ingot_options options;
    ingot_session session;
    memset(&session, 0, sizeof session);
    /* Reading moves the arguments together; a restart needs them as they were. */
    char **original = malloc(((size_t)argc + 1) * sizeof *original);
    if (!original) return INGOT_FAILED;
    memcpy(original, argv, ((size_t)argc + 1) * sizeof *original);

    ingot_status status = ingot_options_read(argc, argv, &options, &error);
    if (status == INGOT_OK && options.help) {
        ingot_help(stdout, argv[0], program->name, options.word_given ? options.word : INGOT_WORDS);
    } else if (status == INGOT_OK) {
        status = perform(program, &options, original, &session, &error);
    }
    free(original);
    status = flush_output(status, &error);
    if (status != INGOT_OK) fprintf(stderr, "%s: %s\n", program->name, error.text);
    if (options.json && !options.help) {
        json_t *summary = json_incref(session.summary);
        if (!summary) {
            summary = json_pack("{s:s, s:s}", "name", program->name, "stamp", program->stamp);
        }
        print_summary(summary, status, session.interrupted, error.text);
        status = flush_output(status, &error);
    }
    ingot_session_free(&session);
    return (int)status;
}
