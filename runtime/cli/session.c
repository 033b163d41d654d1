/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * session.c: see session.h.
 */
#include "cli/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/tracking.h"

ingot_status ingot_session_new(const ingot_program *program, const ingot_options *options,
                               ingot_session *session, ingot_error *error) {
    memset(session, 0, sizeof *session);
    session->program = program;
    session->options = options;
    session->threads = options->threads > 0 ? options->threads : program->threads;
    session->root = options->data ? options->data : program->data.path;
    session->summary =
        json_pack("{s:s, s:s, s:s, s:i}", "name", program->name, "stamp", program->stamp, "word",
                  ingot_word_name(options->word), "threads", session->threads);
    char name[1024];
    snprintf(name, sizeof name, "%s-%.12s", program->name, program->stamp);
    session->folder = ingot_join(options->work, name);
    if (!session->summary || !session->folder) {
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    return INGOT_OK;
}

void ingot_session_free(ingot_session *session) {
    ingot_engine_free(session->engine);
    ingot_store_close(session->store);
    ingot_dataset_close(session->dataset);
    json_decref(session->summary);
    free(session->folder);
    memset(session, 0, sizeof *session);
}

FILE *ingot_session_out(const ingot_session *session) {
    return session->options->json ? NULL : stdout;
}

void ingot_session_note(const ingot_session *session, const char *format, ...) {
    va_list arguments;
    if (session->options->quiet) return;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

ingot_status ingot_session_path(const ingot_session *session, const char *file, char **path,
                                ingot_error *error) {
    *path = ingot_join(session->folder, file);
    return *path ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
}

ingot_status ingot_session_write(const ingot_session *session, const char *file, json_t *value,
                                 ingot_error *error) {
    char *text = value ? ingot_json_text(value) : NULL, *path = NULL;
    json_decref(value);
    ingot_status status = text ? ingot_session_path(session, file, &path, error)
                               : ingot_fail(error, INGOT_FAILED, "out of memory for %s", file);
    if (status == INGOT_OK) status = ingot_make_directories(session->folder, error);
    if (status == INGOT_OK) status = ingot_write_file(path, text, strlen(text), NULL, error);
    free(text);
    free(path);
    return status;
}

ingot_status ingot_session_read(const ingot_session *session, const char *file, json_t **value,
                                ingot_error *error) {
    char *path = NULL, *text = NULL;
    size_t size = 0;
    *value = NULL;
    ingot_status status = ingot_session_path(session, file, &path, error);
    if (status == INGOT_OK && access(path, F_OK) == 0) {
        status = ingot_read_file(path, (size_t)1 << 30, &text, &size, error);
        if (status == INGOT_OK) status = ingot_json_parse(text, size, path, value, error);
    }
    free(text);
    free(path);
    return status;
}

void ingot_session_wrote(ingot_session *session, const char *what, const char *path,
                         const char *sha256) {
    json_object_set_new(session->summary, what,
                        json_pack("{s:s, s:s}", "path", path, "sha256", sha256));
}

json_t *ingot_session_stage(const ingot_session *session, const char *stage) {
    json_t *ledger = NULL;
    /* A ledger that cannot be read knows nothing: its stages run again. */
    if (ingot_session_read(session, "stages.json", &ledger, NULL) != INGOT_OK) return NULL;
    json_t *entry = json_incref(json_object_get(ledger, stage));
    json_decref(ledger);
    return entry;
}

ingot_status ingot_session_set_stage(ingot_session *session, const char *stage, json_t *value,
                                     ingot_error *error) {
    json_t *ledger = NULL;
    if (ingot_session_read(session, "stages.json", &ledger, NULL) != INGOT_OK ||
        !json_is_object(ledger)) {
        json_decref(ledger);
        ledger = json_object();
    }
    struct rusage used;
    if (value && getrusage(RUSAGE_SELF, &used) == 0) {
        json_object_set_new(value, "peak_rss_bytes",
                            json_integer((json_int_t)used.ru_maxrss * 1024));
    }
    if (json_object_set_new(ledger, stage, value) != 0) {
        json_decref(ledger);
        ledger = NULL;
    }
    return ingot_session_write(session, "stages.json", ledger, error);
}

void ingot_session_took(ingot_session *session, const char *stage, double seconds) {
    json_t *all = json_object_get(session->summary, "seconds");
    if (!all) {
        all = json_object();
        json_object_set_new(session->summary, "seconds", all);
    }
    json_object_set_new(all, stage, ingot_json_real(seconds));
    ingot_tracking_stage(session, stage, seconds);
}

ingot_status ingot_session_engine(ingot_session *session, int use, ingot_error *error) {
    if (session->engine) return INGOT_OK;
    return ingot_engine_new(session->program, session->threads, use, &session->engine, error);
}
