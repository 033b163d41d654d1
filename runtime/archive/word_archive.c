/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * word_archive.c: files become an artifact: objects, then the record, then the entry of the log,
 * after which it is there (words.h). Also this program itself, so that whoever has the archive can
 * read it.
 *
 * The file that lists the members is JSON: {"name", "variant", "stamp", "facts", "members":
 * [{"path", "role", "run", "file"}]}; "file" is where the bytes are now.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/object.h"
#include "archive/record.h"
#include "archive/words.h"
#include "base/file.h"
#include "base/json.h"

#if defined __x86_64__
#define MACHINE "x86_64-linux-gnu"
#elif defined __aarch64__
#define MACHINE "aarch64-linux-gnu"
#else
#error "a machine without a name here"
#endif

enum { LARGEST_LIST = 32 << 20 };

typedef struct storing {
    const ingot_archive_request *r;
    ingot_place *place;
    ingot_traffic traffic;
    json_t *record;
    char digest[INGOT_SHA256_HEX]; /* of the record */
    int known;                     /* 1: the same artifact was there */
} storing;

static void progress(const ingot_traffic *traffic) {
    const ingot_archive_request *r = traffic->user;
    if (r->progress) r->progress("archiving", traffic->bytes, traffic->total);
}

static ingot_status no_memory(ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

static int by_path(const void *a, const void *b) {
    const json_t *const *x = a, *const *y = b;
    const char *p = json_string_value(json_object_get(*x, "path"));
    const char *q = json_string_value(json_object_get(*y, "path"));
    return strcmp(p ? p : "", q ? q : "");
}

/* The list in the order of paths, new. */
static json_t *in_order(const json_t *members) {
    const size_t count = json_array_size(members);
    json_t **all = malloc((count + 1) * sizeof(json_t *)), *list = json_array();
    for (size_t i = 0; all && i < count; i++) all[i] = json_array_get(members, i);
    if (all) qsort(all, count, sizeof(json_t *), by_path);
    for (size_t i = 0; all && list && i < count; i++) json_array_append(list, all[i]);
    if (!all) {
        json_decref(list);
        list = NULL;
    }
    free(all);
    return list;
}

static ingot_status store_member(storing *s, const json_t *member, json_t *members,
                                 ingot_error *error) {
    ingot_file_facts facts;
    const char *file = json_string_value(json_object_get(member, "file"));
    const char *path = json_string_value(json_object_get(member, "path"));
    const char *role = json_string_value(json_object_get(member, "role"));
    if (!file || !path || !role) {
        return ingot_fail(error, INGOT_FAILED,
                          "the list of members: path, role or file is missing");
    }
    /* What restore would refuse is not stored. */
    const char *problem = ingot_member_path_problem(path);
    if (problem) return ingot_fail(error, INGOT_FAILED, "member `%s`: its path %s", path, problem);
    ingot_status status = ingot_file_put(s->place, file, &s->traffic, &facts, error);
    if (status != INGOT_OK) return status;
    json_t *stored =
        json_pack("{s:s, s:s, s:I, s:s, s:o}", "path", path, "role", role, "size",
                  (json_int_t)facts.size, "sha256", facts.sha256, "chunks", facts.chunks);
    if (stored && json_is_true(json_object_get(member, "run"))) {
        json_object_set_new(stored, "run", json_true());
    }
    return json_array_append_new(members, stored) == 0 ? INGOT_OK : no_memory(error);
}

static uint64_t size_of_all(const json_t *members) {
    size_t i;
    const json_t *member;
    uint64_t total = 0;
    json_array_foreach(members, i, member) {
        struct stat info;
        const char *file = json_string_value(json_object_get(member, "file"));
        if (file && stat(file, &info) == 0) total += (uint64_t)info.st_size;
    }
    return total;
}

static ingot_status store_record(storing *s, ingot_error *error) {
    uint8_t digest[INGOT_SHA256_BYTES];
    uint64_t written = 0;
    ingot_status status = ingot_record_check(s->record, "the artifact", error);
    if (status != INGOT_OK) return status;
    char *text = ingot_json_line(s->record);
    if (!text) return no_memory(error);
    const size_t size = strlen(text);
    if (size > INGOT_LARGEST_RECORD) {
        status = ingot_fail(error, INGOT_FAILED, "a record of %zu bytes is too long", size);
    }
    if (status == INGOT_OK) status = ingot_sha256_of(text, size, digest, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, s->digest);
        status = ingot_object_put(s->place, s->digest, text, size, &written, error);
        s->traffic.written += written;
    }
    free(text);
    return status;
}

/* Members become a record, which is stored. */
static ingot_status store(storing *s, const json_t *list, ingot_error *error) {
    size_t i;
    const json_t *member;
    json_t *members = json_array(), *sorted = in_order(json_object_get(list, "members"));
    ingot_status status = members && sorted ? INGOT_OK : no_memory(error);
    s->traffic.total = size_of_all(sorted);
    json_array_foreach(sorted, i, member) {
        if (status == INGOT_OK) status = store_member(s, member, members, error);
    }
    json_decref(sorted);
    if (status != INGOT_OK) {
        json_decref(members);
        return status;
    }
    json_t *variant = json_object_get(list, "variant"), *facts = json_object_get(list, "facts");
    s->record = json_pack("{s:i, s:O?, s:O?, s:o, s:o, s:o}", "format", INGOT_RECORD_FORMAT, "name",
                          json_object_get(list, "name"), "stamp", json_object_get(list, "stamp"),
                          "variant", variant ? json_incref(variant) : json_null(), "facts",
                          facts ? json_incref(facts) : json_object(), "members", members);
    return s->record ? store_record(s, error) : no_memory(error);
}

/* ------------------------------------------------------------------ entries of the log */

static ingot_status decide_archived(void *user, const ingot_log *log, int again, json_t **event,
                                    ingot_error *error) {
    storing *s = user;
    (void)again;
    const json_t *there =
        ingot_log_artifact(log, json_string_value(json_object_get(s->record, "stamp")));
    s->known = there && strcmp(ingot_entry_text(there, "record"), s->digest) == 0;
    if (s->known) return INGOT_OK;
    *event = ingot_event(s->r, "archived",
                         json_pack("{s:s, s:O, s:O, s:O, s:O}", "record", s->digest, "name",
                                   json_object_get(s->record, "name"), "stamp",
                                   json_object_get(s->record, "stamp"), "variant",
                                   json_object_get(s->record, "variant"), "facts",
                                   json_object_get(s->record, "facts")));
    return *event ? INGOT_OK : no_memory(error);
}

static ingot_status decide_tool(void *user, const ingot_log *log, int again, json_t **event,
                                ingot_error *error) {
    storing *s = user;
    (void)again;
    const json_t *there = json_object_get(log->tools, MACHINE);
    s->known = there && strcmp(ingot_entry_text(there, "record"), s->digest) == 0;
    if (s->known) return INGOT_OK;
    *event = ingot_event(s->r, "tool",
                         json_pack("{s:s, s:s, s:O}", "machine", MACHINE, "record", s->digest,
                                   "sha256", json_object_get(s->record, "stamp")));
    return *event ? INGOT_OK : no_memory(error);
}

/* In a folder the tool is also a file that can be called. */
static ingot_status install_tool(const storing *s, ingot_error *error) {
    ingot_mapping mapping;
    char *folder = ingot_join(s->place->name, "bin");
    char *path = folder ? ingot_join(folder, "ingot-archive") : NULL;
    if (!path) {
        free(folder);
        return no_memory(error);
    }
    ingot_status status = ingot_make_directories(folder, error);
    if (status == INGOT_OK) status = ingot_map_file(s->r->tool, &mapping, error);
    if (status == INGOT_OK) {
        status = ingot_write_file(path, mapping.bytes, mapping.size, NULL, error);
        ingot_unmap(&mapping);
    }
    if (status == INGOT_OK && chmod(path, 0755) != 0) {
        status = ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    }
    free(path);
    free(folder);
    return status;
}

static ingot_status store_tool(const ingot_archive_request *r, ingot_place *place,
                               const ingot_log *known, ingot_error *error) {
    storing s = {.r = r, .place = place};
    ingot_log log = {0};
    const char *there = ingot_entry_text(json_object_get(known->tools, MACHINE), "sha256");
    uint8_t digest[INGOT_SHA256_BYTES];
    char hex[INGOT_SHA256_HEX];
    ingot_status status = ingot_sha256_file(r->tool, digest, NULL, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    if (there && strcmp(there, hex) == 0) return INGOT_OK;
    json_t *list = json_pack("{s:s, s:s, s:[{s:s, s:s, s:b, s:s}]}", "name", "ingot-archive",
                             "stamp", hex, "members", "path", "ingot-archive", "role", "executable",
                             "run", 1, "file", r->tool);
    status = list ? store(&s, list, error) : no_memory(error);
    json_decref(list);
    if (status == INGOT_OK) status = ingot_log_change(place, &log, decide_tool, &s, error);
    if (status == INGOT_OK && !s.known && place->append == INGOT_APPEND_EXCLUSIVE) {
        status = install_tool(&s, error);
    }
    ingot_log_free(&log);
    json_decref(s.record);
    return status;
}

static void say(const storing *s) {
    char bytes[32], written[32];
    const ingot_traffic *t = &s->traffic;
    const char *stamp = json_string_value(json_object_get(s->record, "stamp"));
    const char *name = json_string_value(json_object_get(s->record, "name"));
    ingot_bytes_text(t->bytes, bytes);
    ingot_bytes_text(t->written, written);
    json_t *summary = s->r->summary;
    json_object_set(summary, "name", json_object_get(s->record, "name"));
    json_object_set(summary, "stamp", json_object_get(s->record, "stamp"));
    json_object_set_new(summary, "record", json_string(s->digest));
    json_object_set_new(summary, "archive", json_string(s->place->name));
    json_object_set_new(summary, "known", json_boolean(s->known));
    json_object_set_new(summary, "bytes", json_integer((json_int_t)t->bytes));
    json_object_set_new(summary, "written", json_integer((json_int_t)t->written));
    json_object_set_new(summary, "chunks", json_integer(t->objects));
    json_object_set_new(summary, "new_chunks", json_integer(t->made));
    if (!s->r->out) return;
    fprintf(s->r->out, "%s %.12s %s %s: %zu files, %s; %s written, %lld of %lld chunks are new\n",
            name, stamp, s->known ? "was already in" : "archived in", s->place->name,
            json_array_size(json_object_get(s->record, "members")), bytes, written,
            (long long)t->made, (long long)t->objects);
}

ingot_status ingot_word_archive(const ingot_archive_request *r, ingot_place *place,
                                ingot_error *error) {
    storing s = {.r = r, .place = place};
    ingot_log log = {0};
    json_t *list = NULL;
    char *text = NULL;
    size_t size = 0;
    if (!r->members) {
        return ingot_fail(error, INGOT_USAGE,
                          "archive: --members FILE is missing (`lua build.lua "
                          "archive` writes one)");
    }
    ingot_status status = ingot_want_arguments(r, 0, 0, "no arguments", error);
    if (status == INGOT_OK && r->tag && !ingot_is_word(r->tag)) {
        status = ingot_fail(error, INGOT_USAGE, "--tag: `%s` is no tag (letters, digits, . _ -)",
                            r->tag);
    }
    if (status == INGOT_OK) status = ingot_read_file(r->members, LARGEST_LIST, &text, &size, error);
    if (status == INGOT_OK) status = ingot_json_parse(text, size, r->members, &list, error);
    free(text);
    s.traffic.progress = progress;
    s.traffic.user = r;
    /* A place that cannot append or be read is found out before much is sent. */
    if (status == INGOT_OK) status = ingot_log_read(place, &log, error);
    if (status == INGOT_OK) status = store(&s, list, error);
    if (status == INGOT_OK && r->tool) status = store_tool(r, place, &log, error);
    ingot_log_free(&log);
    if (status == INGOT_OK) status = ingot_log_change(place, &log, decide_archived, &s, error);
    ingot_log_free(&log);
    if (status == INGOT_OK) say(&s);
    if (status == INGOT_OK && r->tag) {
        char *arguments[] = {
            (char *)(uintptr_t)json_string_value(json_object_get(s.record, "stamp")),
            (char *)(uintptr_t)r->tag};
        ingot_archive_request tagging = *r;
        tagging.arguments = arguments;
        tagging.argument_count = 2;
        status = ingot_word_tag(&tagging, place, error);
    }
    json_decref(list);
    json_decref(s.record);
    return status;
}
