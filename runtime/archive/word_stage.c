/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * word_stage.c: names and stages of artifacts: tag, untag, promote, rollback, policy (words.h). All
 * of them are entries of the log; what was, stays there.
 */
#include <stdlib.h>
#include <string.h>

#include "archive/record.h"
#include "archive/words.h"

static const char *const stages[] = {"staging", "production", "archived", "none"};

static ingot_status no_memory(ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

/* ------------------------------------------------------------------ tags */

typedef struct tagging {
    const ingot_archive_request *r;
    const char *reference, *tag;
    char stamp[65], was[65]; /* was: of the tag, when it was read first */
    int nothing;             /* 1: it was so already */
} tagging;

static int only_hex(const char *text) {
    return strspn(text, "0123456789abcdef") == strlen(text) && strlen(text) >= 6;
}

static ingot_status decide_tag(void *user, const ingot_log *log, int again, json_t **event,
                               ingot_error *error) {
    tagging *t = user;
    const json_t *artifact;
    const char *now = json_string_value(json_object_get(log->tags, t->tag));
    ingot_status status = ingot_log_find(log, t->reference, &artifact, error);
    if (status != INGOT_OK) return status;
    if (!again) snprintf(t->was, sizeof t->was, "%s", now ? now : "");
    snprintf(t->stamp, sizeof t->stamp, "%s", ingot_entry_text(artifact, "stamp"));
    t->nothing = now && strcmp(now, t->stamp) == 0;
    if (t->nothing) return INGOT_OK;
    if (now && !t->r->move) {
        return ingot_fail(error, INGOT_FAILED,
                          "tag %s names %.12s%s; --move gives it to another artifact", t->tag, now,
                          again && strcmp(t->was, now) != 0 ? " since a moment ago" : "");
    }
    *event = ingot_event(t->r, "tagged", json_pack("{s:s, s:s}", "tag", t->tag, "stamp", t->stamp));
    return *event ? INGOT_OK : no_memory(error);
}

ingot_status ingot_word_tag(const ingot_archive_request *r, ingot_place *place,
                            ingot_error *error) {
    ingot_log log = {0};
    ingot_status status = ingot_want_arguments(r, 2, 2, "tag REF NAME", error);
    if (status != INGOT_OK) return status;
    tagging t = {.r = r, .reference = r->arguments[0], .tag = r->arguments[1]};
    if (!ingot_is_word(t.tag) || only_hex(t.tag)) {
        return ingot_fail(
            error, INGOT_USAGE,
            "`%s` is no tag: letters, digits, . _ - are, and not what looks like a stamp", t.tag);
    }
    status = ingot_log_change(place, &log, decide_tag, &t, error);
    if (status == INGOT_OK) {
        json_object_set_new(r->summary, "tag", json_string(t.tag));
        json_object_set_new(r->summary, "stamp", json_string(t.stamp));
        if (r->out) {
            fprintf(r->out, "tag %s names %.12s%s\n", t.tag, t.stamp, t.nothing ? " already" : "");
        }
    }
    ingot_log_free(&log);
    return status;
}

static ingot_status decide_untag(void *user, const ingot_log *log, int again, json_t **event,
                                 ingot_error *error) {
    const tagging *t = user;
    (void)again;
    if (!json_object_get(log->tags, t->tag)) {
        return ingot_fail(error, INGOT_FAILED, "there is no tag `%s`", t->tag);
    }
    *event = ingot_event(t->r, "untagged", json_pack("{s:s}", "tag", t->tag));
    return *event ? INGOT_OK : no_memory(error);
}

ingot_status ingot_word_untag(const ingot_archive_request *r, ingot_place *place,
                              ingot_error *error) {
    ingot_log log = {0};
    ingot_status status = ingot_want_arguments(r, 1, 1, "untag NAME", error);
    if (status != INGOT_OK) return status;
    tagging t = {.r = r, .tag = r->arguments[0]};
    status = ingot_log_change(place, &log, decide_untag, &t, error);
    if (status == INGOT_OK && r->out) fprintf(r->out, "tag %s is gone\n", t.tag);
    ingot_log_free(&log);
    return status;
}

/* ------------------------------------------------------------------ stages */

typedef struct promoting {
    const ingot_archive_request *r;
    ingot_place *place;
    const char *reference, *stage, *name; /* name: rollback */
    char held[65], stage_was[128];        /* as they were read first */
    char stamp[65], before[65];
    char called[256];
    int nothing;
} promoting;

static const char *holder_of(const ingot_log *log, const char *name, const char *stage) {
    const char *stamp =
        json_string_value(json_object_get(json_object_get(log->stages, name), stage));
    return stamp ? stamp : "";
}

/* The last entry that gave a stage of a name away. */
static const json_t *last_promotion(const ingot_log *log, const char *name) {
    for (size_t i = json_array_size(log->entries); i-- > 0;) {
        const json_t *entry = json_array_get(log->entries, i);
        if (strcmp(ingot_entry_text(entry, "event"), "promoted") == 0 &&
            strcmp(ingot_entry_text(entry, "name"), name) == 0) {
            return entry;
        }
    }
    return NULL;
}

/* Another promotion of the same thing came first: its author knew something that ours did not. */
static ingot_status check_unchanged(promoting *p, const ingot_log *log, const char *name, int again,
                                    ingot_error *error) {
    const char *held = holder_of(log, name, p->stage);
    const char *stage = json_string_value(json_object_get(log->stage_of, p->stamp));
    if (!stage) stage = "none";
    if (!again) {
        snprintf(p->held, sizeof p->held, "%s", held);
        snprintf(p->stage_was, sizeof p->stage_was, "%s", stage);
        return INGOT_OK;
    }
    if (strcmp(p->held, held) == 0 && strcmp(p->stage_was, stage) == 0) return INGOT_OK;
    const json_t *by = last_promotion(log, name);
    return ingot_fail(
        error, INGOT_FAILED,
        "another promotion of %s came first: entry %lld by %s moved %.12s to %s; nothing "
        "was changed by this one (see `history %s`, then decide again)",
        name, by ? (long long)ingot_entry_number(by) : 0LL, by ? ingot_entry_text(by, "by") : "?",
        by ? ingot_entry_text(by, "stamp") : "?", by ? ingot_entry_text(by, "stage") : "?", name);
}

static int policy_wants_gate(const ingot_log *log, const char *stage) {
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(log->policy, "require_gate"), i, one) {
        if (strcmp(json_string_value(one), stage) == 0) return 1;
    }
    return 0;
}

static ingot_status check_gate(const promoting *p, const ingot_log *log, const json_t *artifact,
                               ingot_error *error) {
    const int policy = policy_wants_gate(log, p->stage);
    if (!policy && !p->r->gate) return INGOT_OK;
    ingot_status status = ingot_gate_check(p->place, artifact, error);
    if (status == INGOT_OK) return INGOT_OK;
    return ingot_fail_in(error, status,
                         "%.12s is not promoted to %s, which requires a passed gate%s", p->stamp,
                         p->stage, policy ? " (policy of the archive)" : "");
}

static ingot_status promote(promoting *p, const ingot_log *log, const json_t *artifact, int again,
                            int rollback, json_t **event, ingot_error *error) {
    const char *name = ingot_entry_text(artifact, "name");
    snprintf(p->stamp, sizeof p->stamp, "%s", ingot_entry_text(artifact, "stamp"));
    snprintf(p->called, sizeof p->called, "%s", name);
    snprintf(p->before, sizeof p->before, "%s", holder_of(log, name, p->stage));
    ingot_status status = check_unchanged(p, log, name, again, error);
    if (status == INGOT_OK) status = check_gate(p, log, artifact, error);
    if (status != INGOT_OK) return status;
    const char *now = json_string_value(json_object_get(log->stage_of, p->stamp));
    p->nothing = strcmp(now ? now : "none", p->stage) == 0;
    if (p->nothing) return INGOT_OK;
    json_t *fields =
        json_pack("{s:s, s:s, s:s}", "name", name, "stamp", p->stamp, "stage", p->stage);
    if (fields && rollback) json_object_set_new(fields, "rollback", json_true());
    *event = ingot_event(p->r, "promoted", fields);
    return *event ? INGOT_OK : no_memory(error);
}

static ingot_status decide_promote(void *user, const ingot_log *log, int again, json_t **event,
                                   ingot_error *error) {
    promoting *p = user;
    const json_t *artifact;
    ingot_status status = ingot_log_find(log, p->reference, &artifact, error);
    if (status != INGOT_OK) return status;
    return promote(p, log, artifact, again, 0, event, error);
}

/* Who held the stage before the one who holds it (or held it last): promotions are pushed, a
 * rollback pops; who was moved elsewhere by hand is no longer on the way back. Borrowed, or NULL.
 */
static const char *holder_before(const ingot_log *log, const char *name, const char *stage) {
    size_t i;
    const json_t *entry;
    const char *held = holder_of(log, name, stage), *found = NULL;
    json_t *stack = json_array();
    json_array_foreach(log->entries, i, entry) {
        const char *of = ingot_entry_text(entry, "name"), *to = ingot_entry_text(entry, "stage");
        const char *stamp = ingot_entry_text(entry, "stamp");
        size_t j = json_array_size(stack);
        if (strcmp(ingot_entry_text(entry, "event"), "promoted") != 0 || strcmp(of, name) != 0)
            continue;
        if (json_is_true(json_object_get(entry, "rollback")) && strcmp(to, stage) == 0) {
            while (j > 0 && strcmp(json_string_value(json_array_get(stack, j - 1)), stamp) != 0) {
                json_array_remove(stack, --j);
            }
            continue;
        }
        while (j-- > 0) {
            if (strcmp(json_string_value(json_array_get(stack, j)), stamp) == 0) {
                json_array_remove(stack, j);
            }
        }
        if (strcmp(to, stage) == 0) json_array_append(stack, json_object_get(entry, "stamp"));
    }
    for (size_t j = json_array_size(stack); !found && j-- > 0;) {
        const char *stamp = json_string_value(json_array_get(stack, j));
        const json_t *artifact = ingot_log_artifact(log, stamp);
        if (artifact && strcmp(stamp, held) != 0) found = ingot_entry_text(artifact, "stamp");
    }
    json_decref(stack);
    return found;
}

static ingot_status decide_rollback(void *user, const ingot_log *log, int again, json_t **event,
                                    ingot_error *error) {
    promoting *p = user;
    const char *stamp = holder_before(log, p->name, p->stage);
    if (!again) snprintf(p->before, sizeof p->before, "%s", holder_of(log, p->name, p->stage));
    if (!stamp) {
        return ingot_fail(
            error, INGOT_FAILED,
            "%s: nothing to go back to: no other artifact of that name was in %s before", p->name,
            p->stage);
    }
    return promote(p, log, ingot_log_artifact(log, stamp), again, 1, event, error);
}

static ingot_status check_stage(const char *stage, ingot_error *error) {
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        if (strcmp(stages[i], stage) == 0) return INGOT_OK;
    }
    return ingot_fail(error, INGOT_USAGE,
                      "`%s` is no stage; they are staging, production, archived, and none", stage);
}

static ingot_status check_author(const ingot_archive_request *r, ingot_error *error) {
    if (r->by && *r->by && r->note && *r->note) return INGOT_OK;
    return ingot_fail(error, INGOT_USAGE,
                      "--by NAME and --note TEXT are wanted: they stay in the history");
}

static void say(const promoting *p, const char *verb) {
    json_t *summary = p->r->summary;
    json_object_set_new(summary, "name", json_string(p->called));
    json_object_set_new(summary, "stamp", json_string(p->stamp));
    json_object_set_new(summary, "stage", json_string(p->stage));
    json_object_set_new(summary, "before", p->before[0] ? json_string(p->before) : json_null());
    json_object_set_new(summary, "changed", json_boolean(!p->nothing));
    if (!p->r->out) return;
    fprintf(p->r->out, "%s %.12s %s %s", p->called, p->stamp, p->nothing ? "is already in" : verb,
            p->stage);
    if (p->before[0] && strcmp(p->before, p->stamp) != 0) {
        fprintf(p->r->out, "; before it: %.12s", p->before);
    }
    fputc('\n', p->r->out);
}

ingot_status ingot_word_promote(const ingot_archive_request *r, ingot_place *place,
                                ingot_error *error) {
    ingot_log log = {0};
    ingot_status status = ingot_want_arguments(
        r, 2, 2, "promote REF staging|production|archived|none --by NAME --note TEXT", error);
    if (status == INGOT_OK) status = check_stage(r->arguments[1], error);
    if (status == INGOT_OK) status = check_author(r, error);
    if (status != INGOT_OK) return status;
    promoting p = {.r = r, .place = place, .reference = r->arguments[0], .stage = r->arguments[1]};
    status = ingot_log_change(place, &log, decide_promote, &p, error);
    if (status == INGOT_OK) say(&p, "promoted to");
    ingot_log_free(&log);
    return status;
}

ingot_status ingot_word_rollback(const ingot_archive_request *r, ingot_place *place,
                                 ingot_error *error) {
    ingot_log log = {0};
    ingot_status status = ingot_want_arguments(
        r, 1, 2, "rollback NAME [staging|production] --by NAME --note TEXT", error);
    if (status == INGOT_OK) status = check_author(r, error);
    if (status != INGOT_OK) return status;
    promoting p = {.r = r, .place = place, .name = r->arguments[0]};
    p.stage = r->argument_count > 1 ? r->arguments[1] : "production";
    if (strcmp(p.stage, "staging") != 0 && strcmp(p.stage, "production") != 0) {
        return ingot_fail(error, INGOT_USAGE, "`%s`: only staging and production go back", p.stage);
    }
    status = ingot_log_change(place, &log, decide_rollback, &p, error);
    if (status == INGOT_OK) say(&p, "is back in");
    ingot_log_free(&log);
    return status;
}

/* ------------------------------------------------------------------ policy */

static ingot_status decide_policy(void *user, const ingot_log *log, int again, json_t **event,
                                  ingot_error *error) {
    const ingot_archive_request *r = user;
    json_t *list = json_array();
    (void)log;
    (void)again;
    for (int i = 0; i < r->require_gate_count; i++) {
        if (strcmp(r->require_gate[i], "none") != 0) {
            json_array_append_new(list, json_string(r->require_gate[i]));
        }
    }
    *event = ingot_event(r, "policy", json_pack("{s:o}", "require_gate", list));
    return *event ? INGOT_OK : no_memory(error);
}

ingot_status ingot_word_policy(const ingot_archive_request *r, ingot_place *place,
                               ingot_error *error) {
    ingot_log log = {0};
    size_t i;
    const json_t *stage;
    ingot_status status =
        ingot_want_arguments(r, 0, 0, "policy [--require-gate STAGE|none]", error);
    for (int k = 0; status == INGOT_OK && k < r->require_gate_count; k++) {
        status = check_stage(r->require_gate[k], error);
    }
    if (status == INGOT_OK && r->require_gate_count > 0) {
        status = ingot_log_change(place, &log, decide_policy, (void *)(uintptr_t)r, error);
    } else if (status == INGOT_OK) {
        status = ingot_log_read(place, &log, error);
    }
    if (status != INGOT_OK) return status;
    json_t *wanted = json_object_get(log.policy, "require_gate");
    if (r->out) {
        fputs("a gate that passed is required for:", r->out);
        json_array_foreach(wanted, i, stage) fprintf(r->out, " %s", json_string_value(stage));
        fputs(json_array_size(wanted) ? "\n" : " no stage\n", r->out);
    }
    json_object_set_new(r->summary, "require_gate", wanted ? json_incref(wanted) : json_array());
    ingot_log_free(&log);
    return INGOT_OK;
}
