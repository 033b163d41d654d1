/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * stages_report.c: the stage that makes the report from the files of the folder. See stages.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/stages.h"
#include "report/report.h"
#include "report/results.h"

/* What report.json holds beside "program" and "spec": the files of the folder, each where it is
 * there. */
static const char *const parts[][2] = {
    {"data", "data.json"},         {"gate", "gate.json"},
    {"history", "history.json"},   {"metrics", "metrics.json"},
    {"mistakes", "mistakes.json"}, {"stages", "stages.json"},
    {"timing", "timing.json"},     {"validation", "validation.json"},
};

static ingot_status gather(const ingot_session *session, json_t **results, ingot_error *error) {
    const ingot_blob *spec = &session->program->spec;
    json_t *all =
        json_pack("{s:o, s:o}", "program", ingot_program_json(session->program), "spec",
                  json_stringn((const char *)spec->begin, (size_t)(spec->end - spec->begin)));
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
    if (status != INGOT_OK) {
        json_decref(all);
        return status;
    }
    *results = all;
    return INGOT_OK;
}

/* Writes a file of the folder; its path and digest go into the summary as `what`. */
static ingot_status write_one(ingot_session *session, const char *what, const char *file,
                              const char *text, size_t size, ingot_error *error) {
    char *path = NULL, hex[65];
    uint8_t digest[32];
    ingot_status status = ingot_session_path(session, file, &path, error);
    if (status == INGOT_OK) status = ingot_write_file(path, text, size, digest, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        ingot_session_wrote(session, what, path, hex);
        FILE *out = ingot_session_out(session);
        if (out && strcmp(what, "report") == 0) fprintf(out, "report: %s\n", path);
    }
    free(path);
    return status;
}

ingot_status ingot_stage_report(ingot_session *session, ingot_error *error) {
    json_t *results = NULL;
    char *html = NULL, *json = NULL;
    size_t size = 0;
    ingot_status status = gather(session, &results, error);
    if (status != INGOT_OK) return status;
    json = ingot_json_text(results);
    if (!json) status = ingot_fail(error, INGOT_FAILED, "out of memory for the report");
    if (status == INGOT_OK) {
        status = ingot_report_html(results, &html, &size, error);
    }
    if (status == INGOT_OK) {
        status = write_one(session, "report_json", "report.json", json, strlen(json), error);
    }
    if (status == INGOT_OK) {
        status = write_one(session, "report", "report.html", html, size, error);
    }
    if (status == INGOT_OK && session->options->json &&
        session->options->word == INGOT_WORD_REPORT) {
        char *line = ingot_json_line(results);
        if (line) puts(line);
        free(line);
    }
    json_decref(results);
    free(html);
    free(json);
    return status;
}
