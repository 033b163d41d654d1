/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * gate_check.c: did an artifact pass its gate? (words.h) Its results must say so of themselves
 * (runtime/report/gate.h), and must be those of this artifact: of its stamp, which covers the lock
 * and with it the test split, and of the weights that lie in it; every rule of the spec, as its
 * manifest has them, must be there, and each is computed again from the value beside it.
 */
#include <stdlib.h>
#include <string.h>

#include "archive/record.h"
#include "archive/words.h"
#include "base/json.h"

enum { LARGEST = 16 << 20 };

typedef struct judged {
    ingot_place *place;
    const json_t *record;
    json_t *gate, *metrics, *manifest;
} judged;

static ingot_status refuse(const char *why, ingot_error *error) {
    return ingot_fail(error, INGOT_GATE, "%s", why);
}

static ingot_status read_json(const judged *j, const char *role, json_t **value,
                              ingot_error *error) {
    char *text = NULL;
    const json_t *member = ingot_record_member(j->record, role);
    if (!member) {
        return ingot_fail(
            error, INGOT_GATE, "the artifact holds no %s%s", role,
            strcmp(role, "gate") == 0
                ? ": the spec has no gate, or the artifact was archived before it was "
                  "evaluated"
                : "");
    }
    ingot_status status = ingot_member_read(j->place, member, LARGEST, &text, error);
    if (status == INGOT_OK) {
        status =
            ingot_json_parse(text, strlen(text), ingot_member_text(member, "path"), value, error);
    }
    free(text);
    return status;
}

/* ">= 0.9" of a value. -1: no rule. */
static int holds(const char *rule, double value) {
    char *end;
    const char *number = rule + strspn(rule, "<>= ");
    const double bound = strtod(number, &end);
    if (end == number || *end) return -1;
    if (strncmp(rule, ">=", 2) == 0) return value >= bound;
    if (strncmp(rule, "<=", 2) == 0) return value <= bound;
    if (rule[0] == '>') return value > bound;
    if (rule[0] == '<') return value < bound;
    return -1;
}

static ingot_status check_rules(const judged *j, ingot_error *error) {
    size_t i;
    const json_t *rule, *rules = json_object_get(j->gate, "rules");
    if (json_array_size(rules) == 0) return refuse("its gate has no rules", error);
    json_array_foreach(rules, i, rule) {
        const char *metric = json_string_value(json_object_get(rule, "metric"));
        const char *text = json_string_value(json_object_get(rule, "rule"));
        const json_t *value = json_object_get(rule, "value");
        if (!metric || !text) return refuse("its gate has a rule without metric or rule", error);
        const int met = json_is_number(value) ? holds(text, json_number_value(value)) : 0;
        if (met == 1 && json_is_true(json_object_get(rule, "met"))) continue;
        if (!json_is_number(value)) {
            return ingot_fail(error, INGOT_GATE, "%s is undefined, not %s", metric, text);
        }
        return ingot_fail(error, INGOT_GATE, "%s is %.6g, not %s", metric, json_number_value(value),
                          text);
    }
    return INGOT_OK;
}

static const char *rule_of(const json_t *gate, const char *metric) {
    size_t i;
    const json_t *rule;
    json_array_foreach(json_object_get(gate, "rules"), i, rule) {
        const char *name = json_string_value(json_object_get(rule, "metric"));
        if (name && strcmp(name, metric) == 0)
            return json_string_value(json_object_get(rule, "rule"));
    }
    return NULL;
}

/* Two rules but for blanks. */
static int same_rule(const char *a, const char *b) {
    while (1) {
        a += strspn(a, " ");
        b += strspn(b, " ");
        if (*a != *b) return 0;
        if (!*a) return 1;
        a++;
        b++;
    }
}

/* The rules of the spec are the parameters gate.<n>.name and gate.<n>.value of the manifest. */
static ingot_status check_spec(const judged *j, ingot_error *error) {
    const json_t *parameters = json_object_get(j->manifest, "parameters");
    for (int i = 1;; i++) {
        char key[32];
        snprintf(key, sizeof key, "gate.%d.name", i);
        const char *metric = json_string_value(json_object_get(parameters, key));
        snprintf(key, sizeof key, "gate.%d.value", i);
        const char *wanted = json_string_value(json_object_get(parameters, key));
        if (!metric || !wanted) return i > 1 ? INGOT_OK : refuse("its spec has no gate", error);
        const char *found = rule_of(j->gate, metric);
        if (!found || !same_rule(found, wanted)) {
            return ingot_fail(error, INGOT_GATE, "its results do not say whether %s is %s", metric,
                              wanted);
        }
    }
}

static ingot_status check_identity(const judged *j, ingot_error *error) {
    const json_t *weights = ingot_record_member(j->record, "weights");
    const char *stamp = ingot_entry_text(j->record, "stamp");
    const json_t *const said[] = {j->gate, j->metrics};
    const char *const names[] = {"gate", "metrics"};
    if (!weights) {
        return refuse(
            "the artifact holds no weights, so nothing says which ones passed (archive it "
            "with --with-weights)",
            error);
    }
    for (int i = 0; i < 2; i++) {
        const char *of = json_string_value(json_object_get(said[i], "stamp"));
        const char *with = json_string_value(json_object_get(said[i], "weights"));
        if (!of || strcmp(of, stamp) != 0) {
            return ingot_fail(error, INGOT_GATE, "its %s are results of another stamp", names[i]);
        }
        if (!with || strcmp(with, ingot_member_text(weights, "sha256")) != 0) {
            return ingot_fail(error, INGOT_GATE,
                              "its %s are results of other weights than those it holds", names[i]);
        }
    }
    const char *split = json_string_value(json_object_get(j->gate, "split"));
    if (!split || strcmp(split, "test") != 0)
        return refuse("its gate is not of the test split", error);
    const char *built = json_string_value(json_object_get(j->manifest, "stamp"));
    if (!built || strcmp(built, stamp) != 0)
        return refuse("its manifest is of another stamp", error);
    return INGOT_OK;
}

ingot_status ingot_gate_check(ingot_place *place, const json_t *artifact, ingot_error *error) {
    json_t *record = NULL;
    ingot_status status = ingot_artifact_record(place, artifact, &record, error);
    judged j = {.place = place, .record = record};
    if (status == INGOT_OK) status = read_json(&j, "gate", &j.gate, error);
    if (status == INGOT_OK) status = read_json(&j, "metrics", &j.metrics, error);
    if (status == INGOT_OK) status = read_json(&j, "manifest", &j.manifest, error);
    if (status == INGOT_OK) status = check_identity(&j, error);
    if (status == INGOT_OK) status = check_spec(&j, error);
    if (status == INGOT_OK) status = check_rules(&j, error);
    if (status == INGOT_OK && !json_is_true(json_object_get(j.gate, "met"))) {
        status = refuse("its gate was not met", error);
    }
    json_decref(j.gate);
    json_decref(j.metrics);
    json_decref(j.manifest);
    json_decref(record);
    return status;
}
