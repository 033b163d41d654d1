/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * explain.c: see explain.h.
 */
#include "cli/explain.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "cli/shared.h"
#include "cli/keys.h"
#include "data/augment.h"

typedef struct newest {
    char *path; /* of a stages.json */
    int64_t time;
    int named; /* of an executable of this name */
} newest;

/* The entry of a stage in a stages.json where it says what it depended on; new. */
static json_t *entry_of(const char *path, const char *stage) {
    char *text = NULL;
    size_t size;
    json_t *ledger = NULL, *entry = NULL;
    if (ingot_read_file(path, (size_t)1 << 28, &text, &size, NULL) == INGOT_OK &&
        ingot_json_parse(text, size, path, &ledger, NULL) == INGOT_OK) {
        entry = json_object_get(ledger, stage);
        entry = json_object_get(entry, "inputs") ? json_incref(entry) : NULL;
    }
    json_decref(ledger);
    free(text);
    return entry;
}

static void consider(const ingot_session *session, const char *stage, const char *name,
                     newest *best) {
    const char *mine = session->program->name;
    const size_t length = strlen(mine);
    const int named =
        strncmp(name, mine, length) == 0 && name[length] == '-' && strlen(name) == length + 13;
    char *folder = ingot_join(session->options->work, name);
    char *path = folder ? ingot_join(folder, "stages.json") : NULL;
    struct stat facts;
    if (path && stat(path, &facts) == 0 && named >= best->named) {
        const int64_t time = (int64_t)facts.st_mtim.tv_sec * 1000000000 + facts.st_mtim.tv_nsec;
        json_t *entry = named > best->named || time > best->time ? entry_of(path, stage) : NULL;
        if (entry) {
            free(best->path);
            best->path = strdup(path);
            best->time = time;
            best->named = named;
        }
        json_decref(entry);
    }
    free(path);
    free(folder);
}

/* The inputs that a stage had last time; NULL where nobody knows. New. */
static json_t *last_inputs(const ingot_session *session, const char *stage) {
    newest best = {NULL, -1, 0};
    DIR *work = opendir(session->options->work);
    const struct dirent *one;
    while (work && (one = readdir(work)) != NULL) {
        if (one->d_name[0] != '.') consider(session, stage, one->d_name, &best);
    }
    if (work) closedir(work);
    json_t *entry = best.path ? entry_of(best.path, stage) : NULL;
    json_t *inputs = json_incref(json_object_get(entry, "inputs"));
    json_decref(entry);
    free(best.path);
    return inputs;
}

/* Why a stage without a result of its key runs. */
static void reason(const ingot_session *session, const char *stage, char *text, size_t size) {
    json_t *then = last_inputs(session, stage), *now = ingot_stage_inputs(session, stage);
    if (!then || !now) {
        snprintf(text, size, "it has not run in %s yet", session->options->work);
    } else if (ingot_inputs_differ(then, now, text, size) == 0) {
        snprintf(text, size, "nothing changed, but its result is not there or not whole");
    }
    json_decref(then);
    json_decref(now);
}

static void tell(ingot_session *session, const char *stage, int runs, const char *why) {
    FILE *out = ingot_session_out(session);
    json_t *stages = json_object_get(session->summary, "stages");
    if (out) fprintf(out, "%-9s %-5s %s\n", stage, runs ? "runs" : "kept", why);
    json_object_set_new(stages, stage, json_pack("{s:b, s:s}", "runs", runs, "why", why));
}

static void explain_features(ingot_session *session) {
    const ingot_data *data = &session->program->data;
    char name[256], why[1024];
    snprintf(name, sizeof name, "cache/features-%s/index.json", data->features_key);
    char *path = ingot_join(session->options->work, name);
    if (data->loading && data->loading->stream) {
        tell(session, "features", 0, "samples are made from their files when they are wanted");
    } else if (path && access(path, F_OK) == 0) {
        snprintf(why, sizeof why, "cached under %.12s", data->features_key);
        tell(session, "features", 0, why);
    } else {
        reason(session, "features", why, sizeof why);
        tell(session, "features", 1, why);
    }
    free(path);
}

/* Digest of the folder's finished weights of this key; 0 where there are none. */
static int own_weights(const ingot_session *session, const char *key, char hex[65]) {
    json_t *stage = ingot_session_stage(session, "train");
    const char *known = json_string_value(json_object_get(stage, "key"));
    const char *said = json_string_value(json_object_get(stage, "weights"));
    char *path = NULL;
    uint8_t digest[32];
    int there = 0;
    if (known && said && strcmp(known, key) == 0 &&
        ingot_session_path(session, "weights.safetensors", &path, NULL) == INGOT_OK &&
        ingot_sha256_file(path, digest, NULL, NULL) == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        there = strcmp(hex, said) == 0;
    }
    free(path);
    json_decref(stage);
    return there;
}

static int cached(const ingot_session *session, const char *stage, const char *key) {
    char *folder;
    json_t *note;
    if (ingot_shared_find(session, stage, key, &folder, &note, NULL) != INGOT_OK) return 0;
    const int there = folder != NULL;
    json_decref(note);
    free(folder);
    return there;
}

/* Sets weights to the digest of those that are there; "" where they are yet to come. */
static ingot_status explain_train(ingot_session *session, char weights[65], ingot_error *error) {
    char key[65], why[1024];
    weights[0] = 0;
    const ingot_status status = ingot_stage_key(session, "train", NULL, key, error);
    if (status != INGOT_OK) return status;
    if (session->options->fresh) {
        tell(session, "train", 1, "--fresh");
    } else if (own_weights(session, key, weights)) {
        tell(session, "train", 0, "finished weights are there");
    } else if (cached(session, "train", key)) {
        weights[0] = 0;
        tell(session, "train", 0, "the same training was finished before; its weights are cached");
    } else {
        weights[0] = 0;
        reason(session, "train", why, sizeof why);
        tell(session, "train", 1, why);
    }
    return INGOT_OK;
}

ingot_status ingot_explain(ingot_session *session, ingot_error *error) {
    char weights[65], key[65];
    json_object_set_new(session->summary, "stages", json_object());
    tell(session, "ingest", 1, "always: files are compared with the lock, unchanged ones not read");
    tell(session, "validate", 1, "always");
    explain_features(session);
    ingot_status status = explain_train(session, weights, error);
    if (status == INGOT_OK && weights[0]) {
        status = ingot_stage_key(session, "evaluate", weights, key, error);
    }
    if (status != INGOT_OK) return status;
    if (!weights[0]) {
        tell(session, "evaluate", 1, "unless the weights that train gives were measured before");
    } else if (!session->options->fresh && cached(session, "evaluate", key)) {
        tell(session, "evaluate", 0, "these weights were measured before");
    } else {
        tell(session, "evaluate", 1, "these weights were not measured yet");
    }
    tell(session, "report", 1, "always");
    return INGOT_OK;
}
