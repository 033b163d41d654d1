/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * mlflow.c: see mlflow.h. Limits of a request are MLflow's: 1000 metrics, 100 parameters, 100 tags.
 */
#define _GNU_SOURCE 1 /* F_OFD_SETLK: a lock of this open file, not of the process */
#include "track/mlflow.h"

#include <ctype.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/url.h"
#include "track/mlflow_call.h"

enum { METRICS = 1000, PAIRS = 100, VALUE = 500, TAG = 5000 };

/* ------------------------------------------------------------------ what has arrived */

char *ingot_mark_get(ingot_mlflow *m, const char *item, ingot_error *error) {
    sqlite3_stmt *s;
    char *mark = NULL;
    if (ingot_db_prepare(m->db, &s, error, "SELECT mark FROM sent WHERE run = ? AND item = ?", "is",
                         m->run, item) != INGOT_OK) {
        return NULL;
    }
    if (ingot_db_step(m->db, s, error) > 0) mark = strdup(ingot_db_text(s, 0));
    sqlite3_finalize(s);
    return mark;
}

ingot_status ingot_mark_set(ingot_mlflow *m, const char *item, const char *mark,
                            ingot_error *error) {
    return ingot_db_do(m->db, error, "INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", "iss", m->run,
                       item, mark);
}

static int marked(ingot_mlflow *m, const char *item, const char *mark) {
    char *found = ingot_mark_get(m, item, NULL);
    const int same = found && strcmp(found, mark) == 0;
    free(found);
    return same;
}

static int64_t mark_number(ingot_mlflow *m, const char *item) {
    char *found = ingot_mark_get(m, item, NULL);
    const int64_t number = found ? strtoll(found, NULL, 10) : 0;
    free(found);
    return number;
}

/* ------------------------------------------------------------------ experiment and run */

static ingot_status find_experiment(ingot_mlflow *m, ingot_error *error) {
    json_t *answer = NULL;
    m->experiment = ingot_mark_get(m, "experiment", error);
    if (m->experiment) return INGOT_OK;
    ingot_status status = ingot_mlflow_call(m, "POST", "experiments/create",
                                            json_pack("{s:s}", "name", m->experiment_name),
                                            "RESOURCE_ALREADY_EXISTS", &answer, error);
    if (status != INGOT_OK) return status;
    json_t *id = json_object_get(answer, "experiment_id");
    if (!id) { /* it was there */
        char query[2048], *name = ingot_url_encode(m->experiment_name, 0);
        json_decref(answer);
        answer = NULL;
        snprintf(query, sizeof query, "experiments/get-by-name?experiment_name=%s",
                 name ? name : "");
        free(name);
        status = ingot_mlflow_call(m, "GET", query, NULL, NULL, &answer, error);
        if (status != INGOT_OK) return status;
        json_t *experiment = json_object_get(answer, "experiment");
        id = json_object_get(experiment, "experiment_id");
        if (id && strcmp(json_string_value(json_object_get(experiment, "lifecycle_stage"))
                             ? json_string_value(json_object_get(experiment, "lifecycle_stage"))
                             : "active",
                         "active") != 0) {
            status = ingot_fail(error, INGOT_FAILED,
                                "%s: the experiment '%s' was deleted there; restore it, or name "
                                "another (track.experiment)",
                                m->url, m->experiment_name);
        }
    }
    if (status == INGOT_OK && !json_is_string(id)) {
        status = ingot_mlflow_odd(m, "experiments/create", answer, error);
    }
    if (status == INGOT_OK) {
        m->experiment = strdup(json_string_value(id));
        status = ingot_mark_set(m, "experiment", m->experiment, error);
    }
    json_decref(answer);
    return status;
}

/* Takes "run_id" and "artifact_uri" of an answer's run. 0 where it has none. */
static int adopt(ingot_mlflow *m, const json_t *run) {
    const json_t *info = json_object_get(run, "info");
    const char *id = json_string_value(json_object_get(info, "run_id"));
    const char *uri = json_string_value(json_object_get(info, "artifact_uri"));
    if (!id) return 0;
    m->remote = strdup(id);
    m->artifacts = strdup(uri ? uri : "");
    return m->remote && m->artifacts;
}

static ingot_status find_run(ingot_mlflow *m, ingot_error *error) {
    json_t *answer = NULL;
    char filter[128];
    m->remote = ingot_mark_get(m, "run", error);
    m->artifacts = ingot_mark_get(m, "artifacts", error);
    if (m->remote && m->artifacts) return INGOT_OK;
    ingot_status status = INGOT_OK;
    if (marked(m, "run.trying", "1")) {
        /* An answer got lost: the run may be there. */
        snprintf(filter, sizeof filter, "tags.`ingot.run` = '%s'", m->id);
        status = ingot_mlflow_call(m, "POST", "runs/search",
                                   json_pack("{s:[s], s:s, s:i}", "experiment_ids", m->experiment,
                                             "filter", filter, "max_results", 1),
                                   NULL, &answer, error);
        if (status == INGOT_OK) adopt(m, json_array_get(json_object_get(answer, "runs"), 0));
        json_decref(answer);
        answer = NULL;
    }
    if (status == INGOT_OK && !m->remote) {
        status = ingot_mark_set(m, "run.trying", "1", error);
        if (status == INGOT_OK) {
            status = ingot_mlflow_call(m, "POST", "runs/create",
                                       json_pack("{s:s, s:s, s:I, s:[{s:s, s:s}]}", "experiment_id",
                                                 m->experiment, "run_name", m->name, "start_time",
                                                 (json_int_t)m->started, "tags", "key", "ingot.run",
                                                 "value", m->id),
                                       NULL, &answer, error);
        }
        if (status == INGOT_OK && !adopt(m, json_object_get(answer, "run"))) {
            status = ingot_mlflow_odd(m, "runs/create", answer, error);
        }
        json_decref(answer);
    }
    if (status == INGOT_OK) status = ingot_mark_set(m, "artifacts", m->artifacts, error);
    if (status == INGOT_OK) status = ingot_mark_set(m, "run", m->remote, error);
    return status;
}

/* ------------------------------------------------------------------ parameters and tags */

/* At most `limit` bytes of a text, whole UTF-8 characters. */
static json_t *shortened(const char *text, size_t limit) {
    size_t length = strlen(text);
    if (length > limit) {
        length = limit;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) length--;
    }
    json_t *value = json_stringn(text, length);
    return value ? value : json_string("(not UTF-8)");
}

/* A name as the server takes it: of ASCII it knows letters, digits and "_-./: ". */
static json_t *plain_name(const char *text) {
    char name[251] = "";
    size_t length = 0;
    for (; length < sizeof name - 1 && text[length]; length++) {
        const unsigned char c = (unsigned char)text[length];
        name[length] = text[length];
        if (c < 0x80 && !isalnum(c) && !strchr("_-./: ", c)) name[length] = '_';
    }
    /* one that is too long is cut where a character begins */
    return shortened(name, text[length] ? length - 1 : length);
}

/* Rows of name and value, `what` being "params" or "tags", in as many requests as they need. */
static ingot_status send_pairs(ingot_mlflow *m, const char *what, const char *sql, size_t limit,
                               ingot_error *error) {
    sqlite3_stmt *s;
    int more = 1;
    ingot_status status = ingot_db_prepare(m->db, &s, error, sql, "i", m->run);
    while (status == INGOT_OK && more > 0) {
        json_t *list = json_array();
        while (json_array_size(list) < PAIRS && (more = ingot_db_step(m->db, s, error)) > 0) {
            json_array_append_new(list,
                                  json_pack("{s:o, s:o}", "key", plain_name(ingot_db_text(s, 0)),
                                            "value", shortened(ingot_db_text(s, 1), limit)));
        }
        if (more < 0) status = INGOT_FAILED;
        if (status == INGOT_OK && json_array_size(list) > 0) {
            status = ingot_mlflow_call(m, "POST", "runs/log-batch",
                                       json_pack("{s:s, s:O}", "run_id", m->remote, what, list),
                                       NULL, NULL, error);
        }
        json_decref(list);
    }
    sqlite3_finalize(s);
    return status;
}

static ingot_status send_parameters(ingot_mlflow *m, ingot_error *error) {
    if (marked(m, "parameters", "1")) return INGOT_OK;
    ingot_status status =
        send_pairs(m, "params", "SELECT name, value FROM parameters WHERE run = ? ORDER BY name",
                   VALUE, error);
    return status == INGOT_OK ? ingot_mark_set(m, "parameters", "1", error) : status;
}

#define TAGS                                                                                       \
    "SELECT 'ingot.stamp' AS n, stamp AS v FROM runs WHERE number = ?1"                            \
    " UNION ALL SELECT 'ingot.lock', lock FROM runs WHERE number = ?1"                             \
    " UNION ALL SELECT 'ingot.attempts', attempts FROM runs WHERE number = ?1"                     \
    " UNION ALL SELECT 'ingot.status', status FROM runs WHERE number = ?1"                         \
    " UNION ALL SELECT 'ingot.cause', cause FROM runs WHERE number = ?1 AND cause IS NOT NULL"     \
    " UNION ALL SELECT 'mlflow.source.name', name FROM runs WHERE number = ?1"                     \
    " UNION ALL SELECT 'ingot.data.' || name, digest FROM inputs WHERE run = ?1"                   \
    " UNION ALL SELECT 'ingot.stage.' || name, sum(seconds) FROM stages WHERE run = ?1"            \
    " GROUP BY name"                                                                               \
    " UNION ALL SELECT 'ingot.environment.' || name, value FROM environment WHERE run = ?1"        \
    " UNION ALL SELECT name, value FROM tags WHERE run = ?1"

static ingot_status send_tags(ingot_mlflow *m, ingot_error *error) {
    sqlite3_stmt *s;
    /* All of them as one text, to see whether any has changed since. */
    ingot_status status = ingot_db_prepare(
        m->db, &s, error, "SELECT group_concat(n || char(10) || v, char(10)) FROM (" TAGS ")", "i",
        m->run);
    if (status != INGOT_OK) return status;
    char *all = ingot_db_step(m->db, s, error) > 0 ? strdup(ingot_db_text(s, 0)) : NULL;
    sqlite3_finalize(s);
    if (!all) return ingot_fail(error, INGOT_FAILED, "%s: the tags cannot be read", m->db->path);
    if (!marked(m, "tags", all)) {
        status = send_pairs(m, "tags", TAGS, TAG, error);
        if (status == INGOT_OK) status = ingot_mark_set(m, "tags", all, error);
    }
    free(all);
    return status;
}

/* ------------------------------------------------------------------ the data */

static ingot_status send_inputs(ingot_mlflow *m, ingot_error *error) {
    sqlite3_stmt *s;
    char digest[37] = "", item[128];
    ingot_status status = ingot_db_prepare(
        m->db, &s, error, "SELECT name, source, digest FROM inputs WHERE run = ? ORDER BY name",
        "i", m->run);
    int more = 0;
    while (status == INGOT_OK && (more = ingot_db_step(m->db, s, error)) > 0) {
        const char *source = ingot_db_text(s, 1);
        const char *name = strrchr(source, '/') ? strrchr(source, '/') + 1 : source;
        snprintf(item, sizeof item, "input:%.100s", ingot_db_text(s, 0));
        if (marked(m, item, ingot_db_text(s, 2))) continue;
        /* 36 characters are all that a digest may have; the whole one is a tag. */
        snprintf(digest, sizeof digest, "%.36s", ingot_db_text(s, 2));
        json_t *where = json_pack("{s:s}", "uri", source);
        char *text = where ? json_dumps(where, JSON_COMPACT) : NULL;
        json_decref(where);
        status = ingot_mlflow_call(
            m, "POST", "runs/log-inputs",
            json_pack("{s:s, s:[{s:[{s:s, s:s}], s:{s:s, s:s, s:s, s:s}}]}", "run_id", m->remote,
                      "datasets", "tags", "key", "mlflow.data.context", "value",
                      ingot_db_text(s, 0), "dataset", "name", *name ? name : "data", "digest",
                      digest, "source_type", "local", "source", text ? text : "{}"),
            NULL, NULL, error);
        free(text);
        if (status == INGOT_OK) status = ingot_mark_set(m, item, ingot_db_text(s, 2), error);
    }
    sqlite3_finalize(s);
    return more < 0 ? INGOT_FAILED : status;
}

/* ------------------------------------------------------------------ metrics */

/* Takes out of a batch what the server has of one metric already. */
static ingot_status drop_known(ingot_mlflow *m, const char *name, json_t *batch,
                               ingot_error *error) {
    char *key = ingot_url_encode(name, 0), *page = strdup("");
    ingot_status status = INGOT_OK;
    while (status == INGOT_OK && key && page) {
        json_t *answer = NULL;
        char query[4096];
        snprintf(query, sizeof query,
                 "metrics/get-history?run_id=%s&metric_key=%s&max_results=1000%s%s", m->remote,
                 name, *page ? "&page_token=" : "", page);
        status = ingot_mlflow_call(m, "GET", query, NULL, NULL, &answer, error);
        size_t i;
        const json_t *known;
        json_array_foreach(json_object_get(answer, "metrics"), i, known) {
            const json_int_t step = json_integer_value(json_object_get(known, "step"));
            for (size_t b = json_array_size(batch); b-- > 0;) {
                const json_t *one = json_array_get(batch, b);
                if (json_integer_value(json_object_get(one, "step")) == step &&
                    strcmp(json_string_value(json_object_get(one, "key")), name) == 0) {
                    json_array_remove(batch, b);
                }
            }
        }
        const char *next = json_string_value(json_object_get(answer, "next_page_token"));
        free(page);
        page = next && *next ? ingot_url_encode(next, 0) : NULL;
        json_decref(answer);
    }
    free(key);
    free(page);
    return status;
}

static ingot_status drop_all_known(ingot_mlflow *m, json_t *batch, ingot_error *error) {
    json_t *names = json_object();
    const char *name;
    json_t *unused;
    size_t i;
    const json_t *one;
    ingot_status status = INGOT_OK;
    json_array_foreach(batch, i, one) {
        json_object_set_new(names, json_string_value(json_object_get(one, "key")), json_true());
    }
    json_object_foreach(names, name, unused) {
        if (status == INGOT_OK) status = drop_known(m, name, batch, error);
    }
    json_decref(names);
    return status;
}

/* The next metrics that were not sent, in the order they were recorded; *last is the last row's
 * number, `upto` the last row that may be taken. */
static ingot_status next_batch(ingot_mlflow *m, int64_t sent, int64_t upto, json_t *batch,
                               int64_t *last, ingot_error *error) {
    sqlite3_stmt *s;
    int more = 0;
    ingot_status status = ingot_db_prepare(
        m->db, &s, error,
        "SELECT number, name, step, time, value FROM metrics WHERE run = ? AND number > ?"
        " AND number <= ? ORDER BY number LIMIT ?",
        "iiii", m->run, sent, upto, (int64_t)METRICS);
    while (status == INGOT_OK && (more = ingot_db_step(m->db, s, error)) > 0) {
        *last = sqlite3_column_int64(s, 0);
        json_array_append_new(batch, json_pack("{s:o, s:I, s:I, s:f}", "key",
                                               plain_name(ingot_db_text(s, 1)), "step",
                                               (json_int_t)sqlite3_column_int64(s, 2), "timestamp",
                                               (json_int_t)sqlite3_column_int64(s, 3), "value",
                                               sqlite3_column_double(s, 4)));
    }
    sqlite3_finalize(s);
    return more < 0 ? INGOT_FAILED : status;
}

/* One batch. *more: 0 where there was none left. */
static ingot_status send_batch(ingot_mlflow *m, int *more, ingot_error *error) {
    const int64_t sent = mark_number(m, "metrics"), trying = mark_number(m, "metrics.trying");
    const int unsure = trying > sent;
    int64_t last = 0;
    char number[32];
    json_t *batch = json_array();
    ingot_status status = next_batch(m, sent, unsure ? trying : INT64_MAX, batch, &last, error);
    *more = status == INGOT_OK && json_array_size(batch) > 0;
    if (*more) {
        snprintf(number, sizeof number, "%lld", (long long)last);
        if (unsure) {
            status = drop_all_known(m, batch, error);
        } else {
            status = ingot_mark_set(m, "metrics.trying", number, error);
        }
        if (status == INGOT_OK && json_array_size(batch) > 0) {
            status = ingot_mlflow_call(
                m, "POST", "runs/log-batch",
                json_pack("{s:s, s:O}", "run_id", m->remote, "metrics", batch), NULL, NULL, error);
        }
        if (status == INGOT_OK) status = ingot_mark_set(m, "metrics", number, error);
    }
    json_decref(batch);
    return status;
}

/* ------------------------------------------------------------------ how it ended */

static ingot_status send_status(ingot_mlflow *m, ingot_error *error) {
    char mark[64];
    const char *word = strcmp(m->status, "running") == 0       ? "RUNNING"
                       : strcmp(m->status, "failed") == 0      ? "FAILED"
                       : strcmp(m->status, "interrupted") == 0 ? "KILLED"
                       : strcmp(m->status, "killed") == 0      ? "KILLED"
                                                               : "FINISHED";
    snprintf(mark, sizeof mark, "%s %lld", word, (long long)m->ended);
    if (marked(m, "status", mark)) return INGOT_OK;
    json_t *body = json_pack("{s:s, s:s}", "run_id", m->remote, "status", word);
    if (body && m->ended) json_object_set_new(body, "end_time", json_integer(m->ended));
    ingot_status status = ingot_mlflow_call(m, "POST", "runs/update", body, NULL, NULL, error);
    return status == INGOT_OK ? ingot_mark_set(m, "status", mark, error) : status;
}

/* ------------------------------------------------------------------ a whole run */

/* A lock on one byte of a file beside runs.db, the run's number: processes that send other runs do
 * not meet. The kernel releases it however this process ends. */
static int lock_run(const ingot_db *db, int64_t run) {
    char path[4096];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run, .l_len = 1};
    snprintf(path, sizeof path, "%s-sending", db->path);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static ingot_status read_run(ingot_mlflow *m, int *there, ingot_error *error) {
    sqlite3_stmt *s;
    ingot_status status = ingot_db_prepare(
        m->db, &s, error,
        "SELECT runs.id, runs.name, runs.status, runs.started, runs.ended, mlflow.url,"
        " mlflow.experiment FROM runs JOIN mlflow ON mlflow.run = runs.number"
        " WHERE runs.number = ?",
        "i", m->run);
    if (status != INGOT_OK) return status;
    const int found = ingot_db_step(m->db, s, error);
    *there = found > 0;
    if (found > 0) {
        m->id = strdup(ingot_db_text(s, 0));
        m->name = strdup(ingot_db_text(s, 1));
        m->status = strdup(ingot_db_text(s, 2));
        m->started = sqlite3_column_int64(s, 3);
        m->ended = sqlite3_column_int64(s, 4);
        m->url = strdup(ingot_db_text(s, 5));
        m->experiment_name = strdup(ingot_db_text(s, 6));
    }
    sqlite3_finalize(s);
    if (found < 0) return INGOT_FAILED;
    if (!*there) return INGOT_OK;
    if (m->id && m->name && m->status && m->url && m->experiment_name) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

ingot_status ingot_mlflow_send(ingot_db *db, ingot_http *http, int64_t run, ingot_error *error) {
    ingot_mlflow m = {.db = db, .http = http, .run = run};
    int there = 0, more = 1;
    const int fd = lock_run(db, run);
    if (fd < 0) return INGOT_OK;
    ingot_status status = read_run(&m, &there, error);
    if (status == INGOT_OK && there) {
        status = find_experiment(&m, error);
        if (status == INGOT_OK) status = find_run(&m, error);
        if (status == INGOT_OK) status = send_parameters(&m, error);
        if (status == INGOT_OK) status = send_tags(&m, error);
        if (status == INGOT_OK) status = send_inputs(&m, error);
        while (status == INGOT_OK && more) status = send_batch(&m, &more, error);
        if (status == INGOT_OK) status = ingot_mlflow_artifacts(&m, error);
        if (status == INGOT_OK) status = send_status(&m, error);
    }
    free(m.id);
    free(m.name);
    free(m.status);
    free(m.url);
    free(m.experiment_name);
    free(m.experiment);
    free(m.remote);
    free(m.artifacts);
    close(fd);
    return status;
}
