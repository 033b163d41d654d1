/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * word_list.c: what is in an archive: list, show, history (words.h). Only show reads a record; the
 * rest is in the log.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "archive/record.h"
#include "archive/words.h"

/* ------------------------------------------------------------------ conditions */

typedef struct condition {
    char metric[128];
    double bound;
    int less, equal, greater; /* what a comparison may find */
    int known;                /* 1: some artifact has such a metric */
} condition;

/* "accuracy >= 0.9" */
static ingot_status read_condition(const char *text, condition *c, ingot_error *error) {
    const size_t length = strcspn(text, "<>=!");
    size_t name = length;
    char *end = NULL;
    memset(c, 0, sizeof *c);
    while (name > 0 && text[name - 1] == ' ') name--;
    const char *at = text + length, *first = text + strspn(text, " ");
    const size_t leading = (size_t)(first - text);
    c->less = at[0] == '<' || strncmp(at, "!=", 2) == 0;
    c->greater = at[0] == '>' || strncmp(at, "!=", 2) == 0;
    c->equal = at[0] == '=' || ((at[0] == '<' || at[0] == '>') && at[1] == '=');
    at += strspn(at, "<>=!");
    if (*at) c->bound = strtod(at, &end);
    if (name <= leading || name - leading >= sizeof c->metric || !end || end == at ||
        *(end + strspn(end, " ")) || (!c->less && !c->equal && !c->greater)) {
        return ingot_fail(
            error, INGOT_USAGE,
            "--where: `%s` is no condition: wanted is one like \"accuracy >= 0.9\" with "
            "<, <=, >, >=, = or !=",
            text);
    }
    memcpy(c->metric, first, name - leading);
    return INGOT_OK;
}

/* By its whole name ("validation.accuracy"), or that on the test split. */
static const json_t *metric_of(const json_t *artifact, const char *name) {
    const json_t *metrics = json_object_get(json_object_get(artifact, "facts"), "metrics");
    const json_t *value = json_object_get(metrics, name);
    char whole[160];
    if (value) return value;
    snprintf(whole, sizeof whole, "test.%s", name);
    return json_object_get(metrics, whole);
}

static int fulfils(const json_t *artifact, const condition *c) {
    const json_t *value = metric_of(artifact, c->metric);
    if (!json_is_number(value)) return 0;
    const double v = json_number_value(value);
    return (v < c->bound && c->less) || (v > c->bound && c->greater) ||
           (!(v < c->bound || v > c->bound) && c->equal);
}

/* "2026-11-29" or longer. */
static ingot_status check_date(const char *option, const char *text, ingot_error *error) {
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    const size_t length = text ? strlen(text) : 0;
    size_t i = 0;
    if (!text) return INGOT_OK;
    while (i < length && i < sizeof form - 1 &&
           (form[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i])) {
        i++;
    }
    if (i == length && (length == 4 || length == 7 || length >= 10)) return INGOT_OK;
    return ingot_fail(
        error, INGOT_USAGE,
        "%s: `%s` is no date: wanted is one like 2026-11-29 or 2026-11-29T18:00:00Z (UTC)", option,
        text);
}

static int has_tag(const json_t *one, const char *pattern) {
    size_t i;
    const json_t *tag;
    json_array_foreach(json_object_get(one, "tags"), i, tag) {
        if (fnmatch(pattern, json_string_value(tag), 0) == 0) return 1;
    }
    return 0;
}

static int is_chosen(const ingot_archive_request *r, const json_t *one,
                     const condition *conditions) {
    const char *at = ingot_entry_text(one, "archived_at"), *stage = ingot_entry_text(one, "stage");
    if (r->name && fnmatch(r->name, ingot_entry_text(one, "name"), 0) != 0) return 0;
    if (r->tag && !has_tag(one, r->tag)) return 0;
    if (r->stage && strcmp(r->stage, stage ? stage : "none") != 0) return 0;
    if (r->since && strcmp(at, r->since) < 0) return 0;
    if (r->until && strncmp(at, r->until, strlen(r->until)) > 0) return 0;
    for (int i = 0; i < r->where_count; i++) {
        if (!fulfils(one, &conditions[i])) return 0;
    }
    return 1;
}

/* A misspelt metric would silently choose nothing. */
static ingot_status check_metrics(const ingot_log *log, const condition *conditions, int count,
                                  ingot_error *error) {
    const char *stamp, *name;
    json_t *artifact, *value, *all = json_object();
    char list[700] = "";
    size_t used = 0;
    ingot_status status = INGOT_OK;
    json_object_foreach(log->artifacts, stamp, artifact) {
        json_object_update(all, json_object_get(json_object_get(artifact, "facts"), "metrics"));
    }
    json_object_foreach(all, name, value) {
        const int n = snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", name);
        if (used + (size_t)n >= sizeof list - 8) break;
        used += (size_t)n;
    }
    list[used] = 0;
    for (int i = 0; status == INGOT_OK && used && i < count; i++) {
        char whole[160];
        snprintf(whole, sizeof whole, "test.%s", conditions[i].metric);
        if (json_object_get(all, conditions[i].metric) || json_object_get(all, whole)) continue;
        status =
            ingot_fail(error, INGOT_USAGE, "--where: no artifact has a metric `%s`; there are: %s",
                       conditions[i].metric, list);
    }
    json_decref(all);
    return status;
}

/* ------------------------------------------------------------------ list */

static void tags_text(const json_t *one, char *text, size_t room) {
    size_t i, used = 0;
    const json_t *tag;
    text[0] = 0;
    json_array_foreach(json_object_get(one, "tags"), i, tag) {
        if (used + 2 >= room) break;
        used += (size_t)snprintf(text + used, room - used, "%s%s", used ? "," : "",
                                 json_string_value(tag));
    }
}

/* The first metrics of the test split. */
static void metrics_text(const json_t *one, char *text, size_t room) {
    const char *name;
    json_t *value;
    size_t used = 0;
    int count = 0;
    text[0] = 0;
    json_object_foreach(json_object_get(json_object_get(one, "facts"), "metrics"), name, value) {
        if (strncmp(name, "test.", 5) != 0 || !json_is_number(value) || used + 2 >= room) continue;
        if (++count > 3) break;
        used += (size_t)snprintf(text + used, room - used, "%s%s %.4g", used ? ", " : "", name + 5,
                                 json_number_value(value));
    }
}

static void print_list(FILE *out, const json_t *list) {
    size_t i;
    const json_t *one;
    int width = 4, tag_width = 4;
    json_array_foreach(list, i, one) {
        char tags[200];
        const int length = (int)strlen(ingot_entry_text(one, "name"));
        tags_text(one, tags, sizeof tags);
        if (length > width) width = length;
        if ((int)strlen(tags) > tag_width) tag_width = (int)strlen(tags);
    }
    if (json_array_size(list) == 0) {
        fputs("nothing\n", out);
        return;
    }
    fprintf(out, "%-*s  %-12s  %-10s  %-*s  %-16s  %-8s  %s\n", width, "name", "stamp", "stage",
            tag_width, "tags", "archived (UTC)", "gate", "test split");
    json_array_foreach(list, i, one) {
        char tags[200], metrics[200];
        const char *stage = ingot_entry_text(one, "stage"),
                   *at = ingot_entry_text(one, "archived_at");
        const char *gate = ingot_entry_text(json_object_get(one, "facts"), "gate");
        tags_text(one, tags, sizeof tags);
        metrics_text(one, metrics, sizeof metrics);
        fprintf(out, "%-*s  %.12s  %-10s  %-*s  %.10s %.5s  %-8s  %s\n", width,
                ingot_entry_text(one, "name"), ingot_entry_text(one, "stamp"), stage ? stage : "-",
                tag_width, tags[0] ? tags : "-", at, at + 11, gate ? gate : "-", metrics);
    }
}

ingot_status ingot_word_list(const ingot_archive_request *r, ingot_place *place,
                             ingot_error *error) {
    condition conditions[INGOT_MOST_CONDITIONS];
    ingot_log log = {0};
    const char *stamp;
    json_t *artifact, *list = json_array();
    ingot_status status = ingot_want_arguments(r, 0, 0, "no arguments", error);
    for (int i = 0; status == INGOT_OK && i < r->where_count; i++) {
        status = read_condition(r->where[i], &conditions[i], error);
    }
    if (status == INGOT_OK) status = check_date("--since", r->since, error);
    if (status == INGOT_OK) status = check_date("--until", r->until, error);
    if (status == INGOT_OK) status = ingot_log_read(place, &log, error);
    if (status == INGOT_OK) status = check_metrics(&log, conditions, r->where_count, error);
    if (status != INGOT_OK) {
        ingot_log_free(&log);
        json_decref(list);
        return status;
    }
    json_object_foreach(log.artifacts, stamp, artifact) {
        json_t *one = ingot_artifact_json(&log, artifact);
        if (one && is_chosen(r, one, conditions)) {
            json_array_insert_new(list, 0, one); /* the newest first */
        } else {
            json_decref(one);
        }
    }
    while (r->limit > 0 && json_array_size(list) > (size_t)r->limit) {
        json_array_remove(list, json_array_size(list) - 1);
    }
    if (r->out) print_list(r->out, list);
    json_object_set_new(r->summary, "artifacts", list);
    ingot_log_free(&log);
    return INGOT_OK;
}

/* ------------------------------------------------------------------ show */

static void print_artifact(FILE *out, const json_t *one, const json_t *record) {
    size_t i;
    const json_t *member;
    const char *note = ingot_entry_text(one, "note"), *stage = ingot_entry_text(one, "stage"),
               *name;
    json_t *value;
    char tags[200];
    tags_text(one, tags, sizeof tags);
    fprintf(out, "%s\n  stamp     %s\n  record    %s\n  archived  %s by %s%s%s\n  stage     %s\n",
            ingot_entry_text(one, "name"), ingot_entry_text(one, "stamp"),
            ingot_entry_text(one, "record"), ingot_entry_text(one, "archived_at"),
            ingot_entry_text(one, "by"), note ? ": " : "", note ? note : "", stage ? stage : "-");
    fprintf(out, "  tags      %s\n", tags[0] ? tags : "-");
    json_object_foreach(json_object_get(json_object_get(one, "facts"), "metrics"), name, value) {
        fprintf(out, "  metric    %-28s %.6g\n", name, json_number_value(value));
    }
    fputs("  members\n", out);
    json_array_foreach(json_object_get(record, "members"), i, member) {
        char bytes[32];
        ingot_bytes_text(ingot_member_size(member), bytes);
        fprintf(out, "    %-12s %12s  %.12s  %s%s\n", ingot_member_text(member, "role"), bytes,
                ingot_member_text(member, "sha256"), ingot_member_text(member, "path"),
                json_is_true(json_object_get(member, "run")) ? " *" : "");
    }
}

ingot_status ingot_word_show(const ingot_archive_request *r, ingot_place *place,
                             ingot_error *error) {
    ingot_log log = {0};
    const json_t *artifact = NULL;
    json_t *record = NULL;
    ingot_status status = ingot_want_arguments(r, 1, 1, "show REF", error);
    if (status == INGOT_OK) status = ingot_log_read(place, &log, error);
    if (status == INGOT_OK) status = ingot_log_find(&log, r->arguments[0], &artifact, error);
    if (status == INGOT_OK) status = ingot_artifact_record(place, artifact, &record, error);
    json_t *one = status == INGOT_OK ? ingot_artifact_json(&log, artifact) : NULL;
    if (one) {
        if (r->out) print_artifact(r->out, one, record);
        json_object_set(one, "members", json_object_get(record, "members"));
        json_object_set_new(r->summary, "artifact", one);
    }
    json_decref(record);
    ingot_log_free(&log);
    return status;
}

/* ------------------------------------------------------------------ history */

/* What an entry did, in words. */
static void print_entry(FILE *out, const json_t *entry) {
    const char *event = ingot_entry_text(entry, "event"), *stamp = ingot_entry_text(entry, "stamp");
    const char *name = ingot_entry_text(entry, "name"), *tag = ingot_entry_text(entry, "tag");
    const char *stage = ingot_entry_text(entry, "stage"), *note = ingot_entry_text(entry, "note");
    fprintf(out, "%6lld  %s  %-10s %s", (long long)ingot_entry_number(entry),
            ingot_entry_text(entry, "time"), ingot_entry_text(entry, "by"),
            json_is_true(json_object_get(entry, "rollback")) ? "rolled back" : event);
    if (tag) fprintf(out, " %s", tag);
    if (name) fprintf(out, " %s", name);
    if (stamp) fprintf(out, " %.12s", stamp);
    if (stage) fprintf(out, " to %s", stage);
    if (note) fprintf(out, ": %s", note);
    fputc('\n', out);
}

static int is_about(const ingot_log *log, const json_t *entry, const char *name) {
    const char *of = ingot_entry_text(entry, "name"), *stamp = ingot_entry_text(entry, "stamp");
    size_t i;
    const json_t *other;
    if (of) return strcmp(of, name) == 0;
    if (!stamp) return 0;
    json_array_foreach(log->entries, i, other) { /* the name is in the entry "archived" */
        const char *its = ingot_entry_text(other, "stamp"),
                   *called = ingot_entry_text(other, "name");
        if (called && its && strcmp(its, stamp) == 0) return strcmp(called, name) == 0;
    }
    return 0;
}

ingot_status ingot_word_history(const ingot_archive_request *r, ingot_place *place,
                                ingot_error *error) {
    ingot_log log = {0};
    size_t i;
    json_t *entry, *list = json_array();
    ingot_status status = ingot_want_arguments(r, 0, 1, "history [NAME]", error);
    if (status == INGOT_OK) status = ingot_log_read(place, &log, error);
    json_array_foreach(log.entries, i, entry) {
        if (r->argument_count == 0 || is_about(&log, entry, r->arguments[0])) {
            json_array_append(list, entry);
        }
    }
    while (r->limit > 0 && json_array_size(list) > (size_t)r->limit) json_array_remove(list, 0);
    if (r->out && status == INGOT_OK) {
        json_array_foreach(list, i, entry) print_entry(r->out, entry);
    }
    json_object_set_new(r->summary, "history", list);
    ingot_log_free(&log);
    return status;
}
