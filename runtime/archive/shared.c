/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * shared.c: what the words of the archive share (words.h).
 */
#include <stdlib.h>
#include <string.h>

#include "archive/object.h"
#include "archive/record.h"
#include "archive/words.h"
#include "base/parallel.h"

json_t *ingot_event(const ingot_archive_request *r, const char *event, json_t *fields) {
    const char *by = r->by ? r->by : getenv("USER");
    if (!by || !*by) by = getenv("LOGNAME");
    if (!by || !*by) by = "unknown";
    if (!fields) return NULL;
    if (json_object_set_new(fields, "event", json_string(event)) != 0 ||
        json_object_set_new(fields, "by", json_string(by)) != 0 ||
        (r->note && json_object_set_new(fields, "note", json_string(r->note)) != 0)) {
        json_decref(fields);
        return NULL;
    }
    return fields;
}

ingot_status ingot_want_arguments(const ingot_archive_request *r, int least, int most,
                                  const char *what, ingot_error *error) {
    if (r->argument_count >= least && r->argument_count <= most) return INGOT_OK;
    return ingot_fail(error, INGOT_USAGE, "wanted: %s; %d given", what, r->argument_count);
}

ingot_status ingot_artifact_record(ingot_place *place, const json_t *artifact, json_t **record,
                                   ingot_error *error) {
    ingot_status status =
        ingot_record_read(place, ingot_entry_text(artifact, "record"), record, error);
    if (status != INGOT_OK) return status;
    if (strcmp(ingot_entry_text(*record, "stamp"), ingot_entry_text(artifact, "stamp")) == 0 &&
        strcmp(ingot_entry_text(*record, "name"), ingot_entry_text(artifact, "name")) == 0) {
        return INGOT_OK;
    }
    json_decref(*record);
    *record = NULL;
    return ingot_fail(error, INGOT_FAILED,
                      "%s: log entry %lld refers to the record of another artifact", place->name,
                      (long long)ingot_entry_number(artifact));
}

void ingot_bytes_text(uint64_t bytes, char text[32]) {
    const double b = (double)bytes;
    if (bytes < 1000) {
        snprintf(text, 32, "%llu bytes", (unsigned long long)bytes);
    } else if (bytes < 1000000) {
        snprintf(text, 32, "%.1f kB", b / 1e3);
    } else if (bytes < 1000000000) {
        snprintf(text, 32, "%.1f MB", b / 1e6);
    } else {
        snprintf(text, 32, "%.2f GB", b / 1e9);
    }
}

json_t *ingot_artifact_json(const ingot_log *log, const json_t *artifact) {
    static const char *const taken[] = {"name",  "variant", "stamp", "record",
                                        "facts", "number",  "by",    "note"};
    const char *stamp = ingot_entry_text(artifact, "stamp"), *tag;
    json_t *one = json_object(), *tags = json_array(), *named;
    if (!one || !tags) {
        json_decref(one);
        json_decref(tags);
        return NULL;
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        json_t *value = json_object_get(artifact, taken[i]);
        if (value) json_object_set(one, taken[i], value);
    }
    json_object_set(one, "archived_at", json_object_get(artifact, "time"));
    json_object_foreach(log->tags, tag, named) {
        if (strcmp(json_string_value(named), stamp) == 0) {
            json_array_append_new(tags, json_string(tag));
        }
    }
    json_object_set_new(one, "tags", tags);
    json_t *stage = json_object_get(log->stage_of, stamp);
    json_object_set_new(one, "stage", stage ? json_incref(stage) : json_null());
    return one;
}

static int mark(json_t *marked, const char *hex, json_int_t size) {
    return json_object_set_new(marked, hex, json_integer(size));
}

static ingot_status mark_members(const json_t *record, json_t *marked, ingot_error *error) {
    size_t i, j;
    const json_t *member, *pair;
    json_array_foreach(json_object_get(record, "members"), i, member) {
        json_array_foreach(json_object_get(member, "chunks"), j, pair) {
            if (mark(marked, json_string_value(json_array_get(pair, 0)),
                     json_integer_value(json_array_get(pair, 1))) != 0) {
                return ingot_fail(error, INGOT_FAILED, "out of memory");
            }
        }
    }
    return INGOT_OK;
}

ingot_status ingot_mark_record(ingot_place *place, const char *hex, json_t *marked,
                               ingot_error *error) {
    json_t *record = NULL;
    ingot_status status = ingot_record_read(place, hex, &record, error);
    if (status == INGOT_OK && mark(marked, hex, 0) != 0) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (status == INGOT_OK) status = mark_members(record, marked, error);
    json_decref(record);
    return status;
}

typedef struct marking {
    ingot_place *place;
    const char **records;
    json_t **read;
} marking;

static ingot_status read_one(void *user, int64_t index, int32_t worker, ingot_error *error) {
    marking *m = user;
    (void)worker;
    return ingot_record_read(m->place, m->records[index], &m->read[index], error);
}

ingot_status ingot_mark_all(ingot_place *place, const ingot_log *log, json_t *marked,
                            ingot_error *error) {
    const char *key;
    json_t *entry;
    const size_t most = json_object_size(log->artifacts) + json_object_size(log->tools);
    marking m = {place, malloc((most + 1) * sizeof *m.records), calloc(most + 1, sizeof(json_t *))};
    size_t count = 0;
    ingot_status status = INGOT_OK;
    if (!m.records || !m.read) status = ingot_fail(error, INGOT_FAILED, "out of memory");
    /* What was marked before is not read again. */
    json_object_foreach(log->artifacts, key, entry) {
        const char *hex = ingot_entry_text(entry, "record");
        if (status == INGOT_OK && !json_object_get(marked, hex)) m.records[count++] = hex;
    }
    json_object_foreach(log->tools, key, entry) {
        const char *hex = ingot_entry_text(entry, "record");
        if (status == INGOT_OK && !json_object_get(marked, hex)) m.records[count++] = hex;
    }
    if (status == INGOT_OK) {
        status = ingot_parallel((int64_t)count, place->threads, read_one, &m, error);
    }
    for (size_t i = 0; i < count; i++) {
        if (status == INGOT_OK && mark(marked, m.records[i], 0) != 0) {
            status = ingot_fail(error, INGOT_FAILED, "out of memory");
        }
        if (status == INGOT_OK) status = mark_members(m.read[i], marked, error);
        json_decref(m.read[i]);
    }
    free(m.records);
    free(m.read);
    return status;
}
