/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * mlflow_call.c: see mlflow_call.h.
 */
#include "track/mlflow_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/sha256.h"
#include "base/url.h"

/* The beginning of what a server said, as one line. */
static void one_line(const char *text, char line[128]) {
    size_t n = 0;
    for (; text && *text && n < 120; text++) {
        const unsigned char c = (unsigned char)*text;
        line[n++] = (char)(c < 32 || c > 126 ? ' ' : c);
    }
    line[n] = 0;
}

/* The failure that a status other than 200 is. */
static ingot_status refused(const ingot_mlflow *m, const char *what, const ingot_answer *answer,
                            const json_t *said, ingot_error *error) {
    char line[128];
    const char *message = json_string_value(json_object_get(said, "message"));
    one_line(message ? message : answer->body, line);
    if (answer->code == 401 || answer->code == 403) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: refuses the credentials (%ld); MLFLOW_TRACKING_USERNAME and "
                          "MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, hold them",
                          m->url, answer->code);
    }
    if (answer->code >= 300 && answer->code < 400) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: sends elsewhere (%ld); give the URL of the server itself", m->url,
                          answer->code);
    }
    return ingot_fail(error, INGOT_FAILED, "%s: %.*s: answers %ld: %s", m->url,
                      (int)strcspn(what, "?"), what, answer->code, line);
}

ingot_status ingot_mlflow_odd(ingot_mlflow *m, const char *what, const json_t *answer,
                              ingot_error *error) {
    char line[128];
    char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
    one_line(text ? text : "nothing", line);
    free(text);
    return ingot_fail(error, INGOT_FAILED, "%s: %s: answers as no MLflow server would: %s", m->url,
                      what, line);
}

static size_t length_of(const char *url) {
    size_t length = strlen(url);
    while (length > 0 && url[length - 1] == '/') length--;
    return length;
}

ingot_status ingot_mlflow_call(ingot_mlflow *m, const char *method, const char *what, json_t *body,
                               const char *accepted, json_t **answer, ingot_error *error) {
    ingot_answer got;
    ingot_error why;
    char url[8192], *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    const int missing = strcmp(method, "GET") != 0 && !text;
    json_decref(body);
    if (missing) return ingot_fail(error, INGOT_FAILED, "out of memory for %s", what);
    snprintf(url, sizeof url, "%.*s/api/2.0/mlflow/%s", (int)length_of(m->url), m->url, what);
    ingot_status status = ingot_http_send(m->http, method, url, "application/json", text,
                                          text ? strlen(text) : 0, &got, &why);
    free(text);
    if (status != INGOT_OK) return ingot_fail(error, status, "%s: %s", m->url, why.text);
    json_t *said = got.body ? json_loadb(got.body, got.size, 0, NULL) : NULL;
    const char *code = json_string_value(json_object_get(said, "error_code"));
    if (got.code != 200 && !(accepted && code && strcmp(code, accepted) == 0)) {
        status = refused(m, what, &got, said, error);
    } else if (!json_is_object(said)) {
        char line[128];
        one_line(got.body ? got.body : "nothing", line);
        status = ingot_fail(error, INGOT_FAILED, "%s: %.*s: answers as no MLflow server would: %s",
                            m->url, (int)strcspn(what, "?"), what, line);
    }
    free(got.body);
    if (status == INGOT_OK && answer) {
        *answer = said;
    } else {
        json_decref(said);
    }
    return status;
}

/* ------------------------------------------------------------------ files */

/* Where the server takes files: "<server>/api/2.0/mlflow-artifacts/artifacts/<path>". 0 where the
 * run's files do not go through the server. */
static int base_of(const ingot_mlflow *m, char *base, size_t size) {
    const char *uri = m->artifacts, *scheme = "mlflow-artifacts:";
    if (strncmp(uri, scheme, strlen(scheme)) != 0) return 0;
    uri += strlen(scheme);
    if (strncmp(uri, "//", 2) == 0) { /* a host: the server's own name for itself */
        uri += 2;
        uri += strcspn(uri, "/");
    }
    while (*uri == '/') uri++;
    char *path = ingot_url_encode(uri, 1);
    if (!path) return 0;
    snprintf(base, size, "%.*s/api/2.0/mlflow-artifacts/artifacts/%s", (int)length_of(m->url),
             m->url, path);
    free(path);
    return 1;
}

static ingot_status put(ingot_mlflow *m, const char *name, const void *bytes, size_t size,
                        ingot_error *error) {
    char base[4096], url[8192];
    ingot_answer got;
    ingot_error why;
    char *encoded = ingot_url_encode(name, 0);
    if (!encoded || !base_of(m, base, sizeof base)) {
        free(encoded);
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    snprintf(url, sizeof url, "%s/%s", base, encoded);
    free(encoded);
    ingot_status status = ingot_http_send(m->http, "PUT", url, "application/octet-stream",
                                          bytes ? bytes : "", size, &got, &why);
    if (status != INGOT_OK) return ingot_fail(error, status, "%s: %s: %s", m->url, name, why.text);
    if (got.code != 200) status = refused(m, name, &got, NULL, error);
    free(got.body);
    return status;
}

/* Whether this very content of an artifact has arrived, or never will. */
static int done(ingot_mlflow *m, const char *name, const char *sha256) {
    char item[300];
    snprintf(item, sizeof item, "artifact:%s", name);
    char *mark = ingot_mark_get(m, item, NULL);
    const int same = mark && strncmp(mark, sha256, strlen(sha256)) == 0;
    free(mark);
    return same;
}

static ingot_status mark_done(ingot_mlflow *m, const char *name, const char *sha256,
                              const char *remark, ingot_error *error) {
    char item[300], mark[200];
    snprintf(item, sizeof item, "artifact:%s", name);
    snprintf(mark, sizeof mark, "%s%s", sha256, remark);
    return ingot_mark_set(m, item, mark, error);
}

/* A file as it was when it was recorded; one that is no longer so is not the run's any more. */
static ingot_status send_file(ingot_mlflow *m, const char *name, const char *path,
                              const char *sha256, ingot_error *error) {
    ingot_mapping file;
    uint8_t digest[32];
    char hex[65];
    const char *slash = strrchr(path, '/');
    if (ingot_map_file(path, &file, NULL) != INGOT_OK) {
        return mark_done(m, name, sha256, " is gone", error);
    }
    ingot_status status = ingot_sha256_of(file.bytes, file.size, digest, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        if (strcmp(hex, sha256) != 0) {
            status = mark_done(m, name, sha256, " was changed", error);
        } else {
            status = put(m, slash ? slash + 1 : path, file.bytes, file.size, error);
            if (status == INGOT_OK) status = mark_done(m, name, sha256, "", error);
        }
    }
    ingot_unmap(&file);
    return status;
}

ingot_status ingot_mlflow_artifacts(ingot_mlflow *m, ingot_error *error) {
    sqlite3_stmt *s;
    int more = 0;
    char base[4096];
    if (!base_of(m, base, sizeof base)) return INGOT_OK; /* clients write those themselves */
    ingot_status status = ingot_db_prepare(
        m->db, &s, error,
        "SELECT 'spec.lua', texts.text, texts.sha256 FROM texts, runs WHERE runs.number = ?1"
        " AND texts.sha256 = runs.spec UNION ALL"
        " SELECT 'manifest.json', texts.text, texts.sha256 FROM texts, runs WHERE runs.number = ?1"
        " AND texts.sha256 = runs.manifest",
        "i", m->run);
    while (status == INGOT_OK && (more = ingot_db_step(m->db, s, error)) > 0) {
        const char *name = ingot_db_text(s, 0), *sha256 = ingot_db_text(s, 2);
        if (done(m, name, sha256)) continue;
        status = put(m, name, ingot_db_text(s, 1), (size_t)sqlite3_column_bytes(s, 1), error);
        if (status == INGOT_OK) status = mark_done(m, name, sha256, "", error);
    }
    sqlite3_finalize(s);
    if (status != INGOT_OK || more < 0) return INGOT_FAILED;
    status = ingot_db_prepare(
        m->db, &s, error, "SELECT name, path, sha256 FROM artifacts WHERE run = ? ORDER BY name",
        "i", m->run);
    while (status == INGOT_OK && (more = ingot_db_step(m->db, s, error)) > 0) {
        if (done(m, ingot_db_text(s, 0), ingot_db_text(s, 2))) continue;
        status = send_file(m, ingot_db_text(s, 0), ingot_db_text(s, 1), ingot_db_text(s, 2), error);
    }
    sqlite3_finalize(s);
    return more < 0 ? INGOT_FAILED : status;
}
