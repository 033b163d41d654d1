/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * log_fold.c: what entries of the log mean (log.h). Entries come from a place that others write to:
 * each is checked before it is believed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/log.h"
#include "archive/record.h"
#include "base/json.h"

enum { FORMAT = 1 };

ingot_status ingot_log_new(ingot_log *log, ingot_error *error) {
    memset(log, 0, sizeof *log);
    log->entries = json_array();
    log->artifacts = json_object();
    log->tags = json_object();
    log->stages = json_object();
    log->stage_of = json_object();
    log->tools = json_object();
    if (log->entries && log->artifacts && log->tags && log->stages && log->stage_of && log->tools) {
        return INGOT_OK;
    }
    ingot_log_free(log);
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

void ingot_log_free(ingot_log *log) {
    json_decref(log->entries);
    json_decref(log->artifacts);
    json_decref(log->tags);
    json_decref(log->stages);
    json_decref(log->stage_of);
    json_decref(log->policy);
    json_decref(log->tools);
    memset(log, 0, sizeof *log);
}

const char *ingot_entry_text(const json_t *entry, const char *field) {
    return json_string_value(json_object_get(entry, field));
}

json_int_t ingot_entry_number(const json_t *entry) {
    return json_integer_value(json_object_get(entry, "number"));
}

static int is_digest(const json_t *entry, const char *field) {
    uint8_t digest[INGOT_SHA256_BYTES];
    const char *text = ingot_entry_text(entry, field);
    return text && ingot_sha256_from_hex(text, strlen(text), digest);
}

static int is_word(const json_t *entry, const char *field) {
    const char *text = ingot_entry_text(entry, field);
    return text && ingot_is_word(text);
}

static int is_name(const json_t *entry) {
    const char *text = ingot_entry_text(entry, "name");
    return text && ingot_is_name(text);
}

/* "2026-11-29T02:00:00Z" */
static int is_time(const char *text) {
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    if (!text || strlen(text) != sizeof form - 1) return 0;
    for (size_t i = 0; form[i]; i++) {
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return 0;
    }
    return 1;
}

static int set(json_t *object, const char *key, json_t *value) {
    return json_object_set(object, key, value);
}

static int set_text(json_t *object, const char *key, const char *value) {
    return json_object_set_new(object, key, json_string(value));
}

/* Out of the stage that it holds by name. */
static void leave_stage(ingot_log *log, const char *stamp) {
    const char *stage = json_string_value(json_object_get(log->stage_of, stamp)), *name;
    json_t *held;
    if (!stage) return;
    json_object_foreach(log->stages, name, held) {
        const char *holder = json_string_value(json_object_get(held, stage));
        if (holder && strcmp(holder, stamp) == 0) json_object_del(held, stage);
    }
    json_object_del(log->stage_of, stamp);
}

static const char *archived(ingot_log *log, json_t *entry, int *failed) {
    if (!is_digest(entry, "record") || !is_digest(entry, "stamp") || !is_name(entry)) {
        return "wants record, stamp and name";
    }
    const char *stamp = ingot_entry_text(entry, "stamp");
    json_object_del(log->artifacts, stamp); /* the order is that of the newest entries */
    *failed = set(log->artifacts, stamp, entry);
    return NULL;
}

static const char *tagged(ingot_log *log, json_t *entry, int *failed) {
    if (!is_word(entry, "tag") || !is_digest(entry, "stamp")) return "wants tag and stamp";
    *failed = set_text(log->tags, ingot_entry_text(entry, "tag"), ingot_entry_text(entry, "stamp"));
    return NULL;
}

static const char *untagged(ingot_log *log, json_t *entry, int *failed) {
    (void)failed;
    if (!is_word(entry, "tag")) return "wants tag";
    json_object_del(log->tags, ingot_entry_text(entry, "tag"));
    return NULL;
}

static const char *promoted(ingot_log *log, json_t *entry, int *failed) {
    if (!is_word(entry, "stage") || !is_digest(entry, "stamp") || !is_name(entry)) {
        return "wants name, stamp and stage";
    }
    const char *name = ingot_entry_text(entry, "name"), *stamp = ingot_entry_text(entry, "stamp");
    const char *stage = ingot_entry_text(entry, "stage");
    leave_stage(log, stamp);
    if (strcmp(stage, "none") == 0) return NULL;
    if (strcmp(stage, "archived") != 0) {
        json_t *held = json_object_get(log->stages, name);
        if (!held) {
            held = json_object();
            *failed |= json_object_set_new(log->stages, name, held);
            if (*failed) return NULL;
        }
        const char *before = json_string_value(json_object_get(held, stage));
        if (before) *failed |= set_text(log->stage_of, before, "archived");
        *failed |= set_text(held, stage, stamp);
    }
    *failed |= set_text(log->stage_of, stamp, stage);
    return NULL;
}

static const char *removed(ingot_log *log, json_t *entry, int *failed) {
    const char *tag;
    json_t *value;
    void *next;
    (void)failed;
    if (!is_digest(entry, "stamp")) return "wants stamp";
    const char *stamp = ingot_entry_text(entry, "stamp");
    leave_stage(log, stamp);
    json_object_del(log->artifacts, stamp);
    json_object_foreach_safe(log->tags, next, tag, value) {
        if (strcmp(json_string_value(value), stamp) == 0) json_object_del(log->tags, tag);
    }
    return NULL;
}

static const char *policy(ingot_log *log, json_t *entry, int *failed) {
    size_t i;
    const json_t *stage, *stages = json_object_get(entry, "require_gate");
    (void)failed;
    if (!json_is_array(stages)) return "wants require_gate, a list";
    json_array_foreach(stages, i, stage) {
        if (!json_is_string(stage)) return "wants stages in require_gate";
    }
    json_decref(log->policy);
    log->policy = json_incref(entry);
    return NULL;
}

static const char *tool(ingot_log *log, json_t *entry, int *failed) {
    if (!is_word(entry, "machine") || !is_digest(entry, "record")) {
        return "wants machine and record";
    }
    *failed = set(log->tools, ingot_entry_text(entry, "machine"), entry);
    return NULL;
}

static const struct {
    const char *event;
    const char *(*fold)(ingot_log *log, json_t *entry, int *failed);
} events[] = {
    {"archived", archived}, {"policy", policy},     {"promoted", promoted}, {"removed", removed},
    {"tagged", tagged},     {"untagged", untagged}, {"tool", tool},
};

static ingot_status fold(ingot_log *log, json_t *entry, const char *what, ingot_error *error) {
    const json_int_t expected = (json_int_t)json_array_size(log->entries) + 1;
    const json_t *format = json_object_get(entry, "format");
    const char *event = ingot_entry_text(entry, "event"), *problem = NULL;
    const char *previous = ingot_entry_text(entry, "previous");
    int failed = 0;
    if (!json_is_integer(format)) return ingot_fail(error, INGOT_FAILED, "%s: no format", what);
    if (json_integer_value(format) > FORMAT) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: of format %lld; this program knows formats up to %d: it was written "
                          "by a newer version",
                          what, (long long)json_integer_value(format), FORMAT);
    }
    if (ingot_entry_number(entry) != expected) {
        return ingot_fail(error, INGOT_FAILED, "%s: its number is %lld", what,
                          (long long)ingot_entry_number(entry));
    }
    if (!previous || strcmp(previous, log->last) != 0) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: does not follow on entry %lld: one of the two was changed after it "
                          "was written",
                          what, (long long)expected - 1);
    }
    if (!is_time(ingot_entry_text(entry, "time")) || !ingot_entry_text(entry, "by") || !event) {
        return ingot_fail(error, INGOT_FAILED, "%s: time, by or event is missing", what);
    }
    size_t i = 0, count = sizeof events / sizeof *events;
    while (i < count && strcmp(events[i].event, event) != 0) i++;
    if (i == count) {
        return ingot_fail(error, INGOT_FAILED, "%s: event `%s` is not known to this program", what,
                          event);
    }
    problem = events[i].fold(log, entry, &failed);
    if (problem) {
        return ingot_fail(error, INGOT_FAILED, "%s: event `%s` %s", what, event, problem);
    }
    if (failed || json_array_append(log->entries, entry) != 0) {
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    return INGOT_OK;
}

ingot_status ingot_log_fold(ingot_log *log, const char *text, size_t size, ingot_error *error) {
    char what[48];
    uint8_t digest[INGOT_SHA256_BYTES];
    json_t *entry = NULL;
    snprintf(what, sizeof what, "log entry %zu", json_array_size(log->entries) + 1);
    ingot_status status = ingot_json_parse(text, size, what, &entry, error);
    if (status == INGOT_OK) status = fold(log, entry, what, error);
    if (status == INGOT_OK) status = ingot_sha256_of(text, size, digest, error);
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, log->last);
    json_decref(entry);
    return status;
}

const json_t *ingot_log_artifact(const ingot_log *log, const char *stamp) {
    return json_object_get(log->artifacts, stamp);
}

/* ------------------------------------------------------------------ what a person calls it */

static int is_hex(const char *text, size_t length) {
    return strspn(text, "0123456789abcdef") >= length;
}

static ingot_status by_stamp(const ingot_log *log, const char *beginning, const json_t **artifact,
                             ingot_error *error) {
    const char *stamp;
    json_t *entry;
    const size_t length = strlen(beginning);
    *artifact = NULL;
    json_object_foreach(log->artifacts, stamp, entry) {
        if (strncmp(stamp, beginning, length) != 0) continue;
        if (*artifact) {
            return ingot_fail(error, INGOT_FAILED, "%s: several artifacts: %.16s… and %.16s…",
                              beginning, ingot_entry_text(*artifact, "stamp"), stamp);
        }
        *artifact = entry;
    }
    return INGOT_OK;
}

static ingot_status by_stage(const ingot_log *log, const char *reference, const char *at,
                             const json_t **artifact, ingot_error *error) {
    char *name = strndup(reference, (size_t)(at - reference));
    if (!name) return ingot_fail(error, INGOT_FAILED, "out of memory");
    const json_t *held = json_object_get(log->stages, name);
    const char *stamp = json_string_value(json_object_get(held, at + 1));
    free(name);
    *artifact = stamp ? ingot_log_artifact(log, stamp) : NULL;
    if (*artifact) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: nothing of that name is in that stage", reference);
}

ingot_status ingot_log_find(const ingot_log *log, const char *reference, const json_t **artifact,
                            ingot_error *error) {
    const char *at = strrchr(reference, '@'), *dash = strrchr(reference, '-'), *stamp;
    const size_t length = strlen(reference);
    json_t *entry;
    ingot_status status = INGOT_OK;
    *artifact = NULL;
    if (at) return by_stage(log, reference, at, artifact, error);
    if (length >= 6 && length <= 64 && is_hex(reference, length)) {
        status = by_stamp(log, reference, artifact, error);
        if (status != INGOT_OK || *artifact) return status;
    }
    stamp = json_string_value(json_object_get(log->tags, reference));
    if (stamp) *artifact = ingot_log_artifact(log, stamp);
    if (*artifact) return INGOT_OK;
    json_object_foreach(log->artifacts, stamp, entry) {
        if (strcmp(ingot_entry_text(entry, "name"), reference) == 0) *artifact = entry;
    }
    if (!*artifact && dash && strlen(dash + 1) == 12 && is_hex(dash + 1, 12)) { /* a file's name */
        status = by_stamp(log, dash + 1, artifact, error);
    }
    if (status != INGOT_OK || *artifact) return status;
    return ingot_fail(error, INGOT_FAILED,
                      "%s: no artifact has that stamp, tag or name (`list --archive` says what is "
                      "there)",
                      reference);
}
