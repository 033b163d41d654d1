/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * word_gc.c: what nobody needs goes (gc), and is all there that somebody needs (check); words.h.
 *
 * gc may run while others archive: what is younger than the grace stays, whoever archives renews
 * what he finds that is older than half of it, and the log is read once more after all objects were
 * listed. Where a record cannot be read nothing is removed.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "archive/object.h"
#include "archive/record.h"
#include "archive/words.h"
#include "base/parallel.h"

typedef struct collecting {
    const ingot_archive_request *r;
    ingot_place *place;
    json_t *expired;  /* stamps */
    json_t *marked;   /* digests that are needed */
    json_t *unmarked; /* digest -> size in the place */
    json_t *blocks;   /* keys of writers' blocks of decided numbers */
    json_int_t last;  /* number of the last entry */
    int64_t young, temporaries;
    json_int_t bytes;
} collecting;

static ingot_status no_memory(ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

/* ------------------------------------------------------------------ artifacts that are too many */

static int is_tagged(const ingot_log *log, const char *stamp) {
    const char *tag;
    json_t *named;
    json_object_foreach(log->tags, tag, named) {
        if (strcmp(json_string_value(named), stamp) == 0) return 1;
    }
    return 0;
}

static int is_old(const json_t *artifact, double seconds) {
    char before[32];
    struct tm parts;
    const time_t then = time(NULL) - (time_t)seconds;
    if (seconds < 0) return 1;
    if (!gmtime_r(&then, &parts) ||
        strftime(before, sizeof before, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        return 0;
    }
    return strcmp(ingot_entry_text(artifact, "time"), before) < 0;
}

/* How many artifacts of the name are newer. */
static int64_t newer(const ingot_log *log, const json_t *artifact) {
    const char *stamp;
    json_t *other;
    int64_t count = 0;
    json_object_foreach(log->artifacts, stamp, other) {
        count += ingot_entry_number(other) > ingot_entry_number(artifact) &&
                 strcmp(ingot_entry_text(other, "name"), ingot_entry_text(artifact, "name")) == 0;
    }
    return count;
}

/* No tag, in no stage that is used, and as the options say. */
static int may_go(const ingot_archive_request *r, const ingot_log *log, const json_t *artifact) {
    const char *stamp = ingot_entry_text(artifact, "stamp");
    const char *stage = json_string_value(json_object_get(log->stage_of, stamp));
    if (r->keep < 0 && r->older < 0) return 0;
    if (is_tagged(log, stamp) || (stage && strcmp(stage, "archived") != 0)) return 0;
    if (r->keep >= 0 && newer(log, artifact) < r->keep) return 0;
    return is_old(artifact, r->older);
}

static ingot_status find_expired(collecting *c, const ingot_log *log, ingot_error *error) {
    const char *stamp;
    json_t *artifact;
    json_object_foreach(log->artifacts, stamp, artifact) {
        if (may_go(c->r, log, artifact) &&
            json_array_append_new(c->expired, json_string(stamp)) != 0) {
            return no_memory(error);
        }
    }
    return INGOT_OK;
}

typedef struct removing {
    const ingot_archive_request *r;
    const char *stamp;
} removing;

static ingot_status decide_removed(void *user, const ingot_log *log, int again, json_t **event,
                                   ingot_error *error) {
    const removing *one = user;
    const json_t *artifact = ingot_log_artifact(log, one->stamp);
    (void)again;
    if (!artifact || !may_go(one->r, log, artifact)) return INGOT_OK; /* tagged meanwhile */
    *event = ingot_event(one->r, "removed", json_pack("{s:s}", "stamp", one->stamp));
    return *event ? INGOT_OK : no_memory(error);
}

static ingot_status remove_expired(collecting *c, ingot_error *error) {
    size_t i;
    const json_t *stamp;
    json_array_foreach(c->expired, i, stamp) {
        ingot_log log = {0};
        removing one = {c->r, json_string_value(stamp)};
        ingot_status status = ingot_log_change(c->place, &log, decide_removed, &one, error);
        ingot_log_free(&log);
        if (status != INGOT_OK) return status;
    }
    return INGOT_OK;
}

/* ------------------------------------------------------------------ objects */

static ingot_status see_object(void *user, const char *key, const ingot_key_facts *facts,
                               ingot_error *error) {
    collecting *c = user;
    char hex[INGOT_SHA256_HEX];
    if (!ingot_object_of(key, hex) || json_object_get(c->marked, hex)) return INGOT_OK;
    if (facts->age < c->r->grace) {
        c->young++;
        return INGOT_OK;
    }
    return json_object_set_new(c->unmarked, hex, json_integer((json_int_t)facts->size)) == 0
               ? INGOT_OK
               : no_memory(error);
}

/* log/<number>.d/…: blocks of a number that is decided (agree.c). */
static ingot_status see_block(void *user, const char *key, const ingot_key_facts *facts,
                              ingot_error *error) {
    collecting *c = user;
    char *end;
    const long long number = strtoll(key + 4, &end, 10);
    if (strncmp(end, ".d/", 3) != 0 || number > c->last || facts->age < c->r->grace)
        return INGOT_OK;
    return json_array_append_new(c->blocks, json_string(key)) == 0 ? INGOT_OK : no_memory(error);
}

/* What is needed: by all artifacts but those that are to go. */
static ingot_status mark(collecting *c, ingot_error *error) {
    ingot_log log = {0};
    size_t i;
    const json_t *stamp;
    ingot_status status = ingot_log_read(c->place, &log, error);
    c->last = (json_int_t)json_array_size(log.entries);
    json_array_foreach(c->expired, i, stamp) {
        if (status == INGOT_OK && !c->r->yes) {
            json_object_del(log.artifacts, json_string_value(stamp));
        }
    }
    if (status == INGOT_OK) status = ingot_mark_all(c->place, &log, c->marked, error);
    ingot_log_free(&log);
    return status;
}

static ingot_status remove_object(void *user, int64_t index, int32_t worker, ingot_error *error) {
    const collecting *c = user;
    char key[INGOT_OBJECT_KEY];
    ingot_key_facts facts;
    int found = 0;
    (void)worker;
    const char *hex = json_string_value(json_array_get(c->expired, (size_t)index));
    ingot_object_key(hex, key);
    ingot_status status = c->place->kind->stat(c->place, key, &facts, &found, error);
    if (status != INGOT_OK || !found || facts.age < c->r->grace) return status; /* renewed */
    return c->place->kind->remove(c->place, key, error);
}

static ingot_status remove_all(collecting *c, ingot_error *error) {
    const char *hex;
    json_t *size;
    size_t i;
    const json_t *key;
    collecting job = {.r = c->r, .place = c->place, .expired = json_array()};
    ingot_status status = job.expired ? INGOT_OK : no_memory(error);
    json_object_foreach(c->unmarked, hex, size) {
        if (status == INGOT_OK && !json_object_get(c->marked, hex)) {
            json_array_append_new(job.expired, json_string(hex));
        }
    }
    if (status == INGOT_OK) {
        status = ingot_parallel((int64_t)json_array_size(job.expired), c->place->threads,
                                remove_object, &job, error);
    }
    json_decref(job.expired);
    json_array_foreach(c->blocks, i, key) {
        if (status == INGOT_OK) {
            status = c->place->kind->remove(c->place, json_string_value(key), error);
        }
    }
    return status;
}

static ingot_status collect(collecting *c, ingot_error *error) {
    const char *hex;
    json_t *size;
    ingot_log log = {0};
    ingot_status status = ingot_log_read(c->place, &log, error);
    if (status == INGOT_OK) status = find_expired(c, &log, error);
    ingot_log_free(&log);
    if (status == INGOT_OK && c->r->yes) status = remove_expired(c, error);
    if (status == INGOT_OK) status = mark(c, error);
    if (status == INGOT_OK) {
        status = c->place->kind->list(c->place, "objects/", NULL, see_object, c, error);
    }
    if (status == INGOT_OK)
        status = c->place->kind->list(c->place, "log/", NULL, see_block, c, error);
    if (status == INGOT_OK) status = mark(c, error); /* what was archived meanwhile */
    json_object_foreach(c->unmarked, hex, size) {
        if (!json_object_get(c->marked, hex)) c->bytes += json_integer_value(size);
    }
    if (status == INGOT_OK && c->r->yes) status = remove_all(c, error);
    if (status == INGOT_OK) {
        status = c->place->kind->sweep(c->place, c->r->grace, !c->r->yes, &c->temporaries, error);
    }
    return status;
}

static void say(const collecting *c) {
    char bytes[32];
    const int yes = c->r->yes;
    json_t *summary = c->r->summary;
    size_t i;
    const json_t *stamp;
    ingot_bytes_text((uint64_t)c->bytes, bytes);
    json_object_set(summary, "artifacts", c->expired);
    json_object_set_new(summary, "objects",
                        json_integer((json_int_t)json_object_size(c->unmarked)));
    json_object_set_new(summary, "bytes", json_integer(c->bytes));
    json_object_set_new(summary, "young", json_integer(c->young));
    json_object_set_new(summary, "broken_off", json_integer(c->temporaries));
    json_object_set_new(summary, "dry_run", json_boolean(!yes));
    if (!c->r->out) return;
    json_array_foreach(c->expired, i, stamp) {
        fprintf(c->r->out, "artifact %.12s: %s\n", json_string_value(stamp),
                yes ? "removed" : "would be removed");
    }
    fprintf(c->r->out, "%zu objects (%s) and %lld files or uploads that were broken off %s\n",
            json_object_size(c->unmarked), bytes, (long long)c->temporaries,
            yes ? "were removed" : "would be removed");
    if (c->young > 0) {
        fprintf(c->r->out,
                "%lld objects that nothing refers to are younger than %.6g hours and stay\n",
                (long long)c->young, c->r->grace / 3600);
    }
    if (!yes) fputs("nothing was removed: --yes does it\n", c->r->out);
}

ingot_status ingot_word_gc(const ingot_archive_request *r, ingot_place *place, ingot_error *error) {
    ingot_status status = ingot_want_arguments(r, 0, 0, "no arguments", error);
    if (status != INGOT_OK) return status;
    collecting c = {.r = r,
                    .place = place,
                    .expired = json_array(),
                    .marked = json_object(),
                    .unmarked = json_object(),
                    .blocks = json_array()};
    status =
        c.expired && c.marked && c.unmarked && c.blocks ? collect(&c, error) : no_memory(error);
    if (status == INGOT_OK) say(&c);
    json_decref(c.expired);
    json_decref(c.marked);
    json_decref(c.unmarked);
    json_decref(c.blocks);
    return status;
}

/* ------------------------------------------------------------------ check */

typedef struct checking {
    const ingot_archive_request *r;
    ingot_place *place;
    const char **digests;
    int64_t count, done;
    uint64_t bytes;
    json_t *problems;
    pthread_mutex_t lock;
} checking;

/* A damaged object does not keep the others from being checked. */
static ingot_status check_object(void *user, int64_t index, int32_t worker, ingot_error *error) {
    checking *c = user;
    char *bytes = NULL;
    size_t size = 0;
    ingot_error problem = {""};
    (void)worker;
    (void)error;
    const ingot_status status = ingot_object_get(c->place, c->digests[index], INGOT_LARGEST_OBJECT,
                                                 &bytes, &size, &problem);
    free(bytes);
    pthread_mutex_lock(&c->lock);
    c->bytes += size;
    c->done++;
    if (status != INGOT_OK) json_array_append_new(c->problems, json_string(problem.text));
    if (c->r->progress) c->r->progress("checking", (uint64_t)c->done, (uint64_t)c->count);
    pthread_mutex_unlock(&c->lock);
    return INGOT_OK;
}

/* Records one by one, so that a damaged one is named and the others are checked all the same. */
static void mark_each(checking *c, const ingot_log *log, json_t *marked) {
    const char *key;
    json_t *entry;
    ingot_error problem = {""};
    const json_t *const sets[] = {log->artifacts, log->tools};
    for (int i = 0; i < 2; i++) {
        json_object_foreach((json_t *)(uintptr_t)sets[i], key, entry) {
            if (ingot_mark_record(c->place, ingot_entry_text(entry, "record"), marked, &problem) !=
                INGOT_OK) {
                json_array_append_new(c->problems, json_string(problem.text));
            }
        }
    }
}

static ingot_status check_all(checking *c, const json_t *marked, ingot_error *error) {
    const char *hex;
    json_t *size;
    c->digests = malloc((json_object_size(marked) + 1) * sizeof *c->digests);
    if (!c->digests) return no_memory(error);
    json_object_foreach((json_t *)(uintptr_t)marked, hex, size) c->digests[c->count++] = hex;
    pthread_mutex_init(&c->lock, NULL);
    ingot_status status = ingot_parallel(c->count, c->place->threads, check_object, c, error);
    pthread_mutex_destroy(&c->lock);
    free(c->digests);
    return status;
}

ingot_status ingot_word_check(const ingot_archive_request *r, ingot_place *place,
                              ingot_error *error) {
    ingot_log log = {0};
    json_t *marked = json_object();
    size_t i;
    const json_t *line;
    char bytes[32];
    checking c = {.r = r, .place = place, .problems = json_array()};
    ingot_status status = marked && c.problems ? INGOT_OK : no_memory(error);
    if (status == INGOT_OK) status = ingot_log_read(place, &log, error);
    if (status == INGOT_OK) mark_each(&c, &log, marked);
    if (status == INGOT_OK) status = check_all(&c, marked, error);
    const size_t artifacts = json_object_size(log.artifacts),
                 problems = json_array_size(c.problems);
    if (status == INGOT_OK && r->out) {
        json_array_foreach(c.problems, i, line) fprintf(r->out, "%s\n", json_string_value(line));
        ingot_bytes_text(c.bytes, bytes);
        fprintf(r->out, "%zu log entries, %zu artifacts, %lld objects, %s: %s\n",
                json_array_size(log.entries), artifacts, (long long)c.count, bytes,
                problems ? "damaged" : "all as they were");
    }
    json_object_set_new(r->summary, "objects", json_integer(c.count));
    json_object_set_new(r->summary, "artifacts", json_integer((json_int_t)artifacts));
    json_object_set(r->summary, "problems", c.problems);
    if (status == INGOT_OK && problems) {
        status = ingot_fail(error, INGOT_FAILED, "%s: %zu of its objects are damaged or missing",
                            place->name, problems);
    }
    json_decref(c.problems);
    json_decref(marked);
    ingot_log_free(&log);
    return status;
}
