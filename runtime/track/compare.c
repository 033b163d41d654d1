/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * compare.c: what differs between runs (query.h, ingot_query_compare).
 */
#include <string.h>

#include "base/json.h"
#include "track/query.h"

/* The values of one name in all runs, null where a run has none. NULL where all are the same. */
static json_t *values_of(const json_t *runs, const char *section, const char *name) {
    json_t *values = json_array();
    int same = 1;
    size_t i;
    const json_t *run;
    json_array_foreach(runs, i, run) {
        json_t *value = json_object_get(section ? json_object_get(run, section) : run, name);
        if (i > 0) {
            const json_t *first = json_array_get(values, 0);
            same = same && (value ? json_equal(first, value) : json_is_null(first));
        }
        if (value) {
            json_array_append(values, value);
        } else {
            json_array_append_new(values, json_null());
        }
    }
    if (!same) return values;
    json_decref(values);
    return NULL;
}

static void add(json_t *into, const json_t *runs, const char *section, const char *name,
                const char *shown) {
    if (json_object_get(into, shown)) return;
    json_t *values = values_of(runs, section, name);
    if (values) json_object_set_new(into, shown, values);
}

/* Every name that any run has in a section. */
static json_t *section_of(const json_t *runs, const char *section) {
    json_t *into = json_object();
    size_t i;
    const json_t *run;
    json_array_foreach(runs, i, run) {
        const char *name;
        json_t *value;
        json_object_foreach(json_object_get(run, section), name, value) {
            add(into, runs, section, name, name);
        }
    }
    return into;
}

/* Whether the code is another: the stamp holds code, spec and lock, so it is only told to be the
 * code's where those are the same; otherwise the stamp alone. */
static json_t *code_of(const json_t *runs) {
    json_t *into = json_object();
    add(into, runs, NULL, "stamp", "stamp");
    add(into, runs, NULL, "threads", "threads");
    return into;
}

static json_t *data_of(const json_t *runs) {
    json_t *into = section_of(runs, "inputs");
    add(into, runs, NULL, "lock", "lock");
    add(into, runs, NULL, "features", "features");
    add(into, runs, NULL, "data", "folder");
    return into;
}

ingot_status ingot_query_compare(ingot_db *db, const int64_t *numbers, int count, json_t **all,
                                 ingot_error *error) {
    static const char *const sections[] = {"parameters", "environment", "metrics", "stages",
                                           "tags"};
    json_t *runs = json_array(), *short_runs = json_array(), *differs = json_object();
    ingot_status status = INGOT_OK;
    for (int i = 0; status == INGOT_OK && i < count; i++) {
        json_t *run = NULL;
        status = ingot_query_show(db, numbers[i], &run, error);
        if (status != INGOT_OK) break;
        json_array_append_new(runs, run);
        json_array_append_new(short_runs,
                              json_pack("{s:O, s:O, s:O, s:O}", "id", json_object_get(run, "id"),
                                        "name", json_object_get(run, "name"), "status",
                                        json_object_get(run, "status"), "started",
                                        json_object_get(run, "started")));
    }
    if (status == INGOT_OK) {
        json_object_set_new(differs, "code", code_of(runs));
        json_object_set_new(differs, "data", data_of(runs));
        json_t *spec = values_of(runs, NULL, "spec_digest");
        if (spec) json_object_set_new(differs, "spec", json_pack("{s:o}", "text", spec));
        for (size_t s = 0; s < sizeof sections / sizeof *sections; s++) {
            json_object_set_new(differs, sections[s], section_of(runs, sections[s]));
        }
        *all = json_pack("{s:o, s:o}", "runs", short_runs, "differs", differs);
    } else {
        json_decref(short_runs);
        json_decref(differs);
    }
    json_decref(runs);
    return status;
}
