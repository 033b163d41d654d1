/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * validate.c: what the generator found when it judged the lock by the rules of the spec, which the
 * manifest carries (summary.validation, as generator/validate.lua makes it): into validation.json,
 * onto the terminal.
 *
 * Nothing is judged here: the data is compared with the lock file by file, so what was true of the
 * lock is true of the data. Programs without a manifest (those of tests) have no tables.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/stages.h"
#include "cli/words.h"

/* The tables of the manifest, new; *tables is NULL where it has none. */
static ingot_status carried(const ingot_program *program, json_t **tables, ingot_error *error) {
    const size_t size = (size_t)(program->manifest.end - program->manifest.begin);
    json_t *manifest = NULL;
    *tables = NULL;
    if (size == 0) return INGOT_OK;
    const ingot_status status = ingot_json_parse((const char *)program->manifest.begin, size,
                                                 "the carried manifest", &manifest, error);
    if (status != INGOT_OK) return status;
    *tables = json_incref(json_object_get(json_object_get(manifest, "summary"), "validation"));
    json_decref(manifest);
    return INGOT_OK;
}

ingot_status ingot_validation_write(ingot_session *session, ingot_error *error) {
    json_t *tables;
    ingot_status status = carried(session->program, &tables, error);
    const json_t *one;
    size_t i;
    if (status != INGOT_OK || !tables) return status;
    json_array_foreach(json_object_get(tables, "rules"), i, one) {
        const char *text = json_string_value(json_object_get(one, "text"));
        if (!text) continue;
        ingot_session_note(session, "warning: validate.%s: %s",
                           json_string_value(json_object_get(one, "rule")), text);
    }
    return ingot_session_write(session, "validation.json", tables, error);
}

/* ------------------------------------------------------------------ for people */

/* A number in a column of this width, or a dash where there is none. */
static void print_number(FILE *to, const json_t *value, int width) {
    if (json_is_number(value)) {
        fprintf(to, " %*.6g", width, json_number_value(value));
    } else {
        fprintf(to, " %*s", width, "-");
    }
}

enum { IN_TEXT = 3 }; /* names that the text of a rule holds already */

static void print_rules(FILE *to, const json_t *rules) {
    const json_t *one, *name;
    size_t i, n;
    if (json_array_size(rules) == 0) {
        fputs("rules: none (the spec has no `validate`)\n", to);
        return;
    }
    fprintf(to, "%-14s %-5s %11s %11s %-6s  %s\n", "rule", "level", "limit", "found", "status",
            "concerned");
    json_array_foreach(rules, i, one) {
        const json_t *names = json_object_get(one, "names");
        const json_int_t total = json_integer_value(json_object_get(one, "total"));
        fprintf(to, "%-14s %-5s", json_string_value(json_object_get(one, "rule")),
                json_string_value(json_object_get(one, "level")));
        print_number(to, json_object_get(one, "limit"), 11);
        print_number(to, json_object_get(one, "found"), 11);
        fprintf(to, " %-6s  %lld\n", json_string_value(json_object_get(one, "status")),
                (long long)total);
        const char *text = json_string_value(json_object_get(one, "text"));
        if (text) fprintf(to, "    %s\n", text);
        if (text && total <= IN_TEXT) continue;
        json_array_foreach(names, n, name) fprintf(to, "    %s\n", json_string_value(name));
        if (total > (json_int_t)json_array_size(names)) {
            fprintf(to, "    and %lld more\n",
                    (long long)(total - (json_int_t)json_array_size(names)));
        }
    }
}

static void print_spread(FILE *to, const json_t *of) {
    print_number(to, json_object_get(of, "min"), 9);
    print_number(to, json_object_get(of, "median"), 9);
    print_number(to, json_object_get(of, "max"), 9);
}

static void print_files(FILE *to, const json_t *files) {
    const json_t *one, *first = json_array_get(files, 0);
    size_t i;
    if (!first) return;
    const char *what = json_object_get(first, "seconds")  ? "seconds"
                       : json_object_get(first, "pixels") ? "pixels"
                                                          : NULL;
    fprintf(to, "\n%-20s %8s %14s", "files", "count", "bytes");
    if (what) fprintf(to, " %9s %9s %9s  (%s)", "min", "median", "max", what);
    fputc('\n', to);
    json_array_foreach(files, i, one) {
        fprintf(to, "%-20.20s %8lld %14lld", json_string_value(json_object_get(one, "name")),
                (long long)json_integer_value(json_object_get(one, "files")),
                (long long)json_integer_value(json_object_get(one, "bytes")));
        if (what) print_spread(to, json_object_get(one, what));
        fputc('\n', to);
    }
}

static void print_columns(FILE *to, const json_t *columns) {
    const json_t *one;
    size_t i;
    if (json_array_size(columns) == 0) return;
    fprintf(to, "\n%-24s %-9s %9s %11s\n", "column", "type", "missing", "categories");
    json_array_foreach(columns, i, one) {
        fprintf(to, "%-24.24s %-9s %7.2f %%", json_string_value(json_object_get(one, "name")),
                json_string_value(json_object_get(one, "type")),
                100 * json_number_value(json_object_get(one, "missing")));
        print_number(to, json_object_get(one, "categories"), 11);
        fprintf(to, "%s\n",
                json_is_true(json_object_get(one, "constant")) ? "  the same value in every row"
                                                               : "");
    }
}

ingot_status ingot_word_validate(ingot_session *session, ingot_error *error) {
    json_t *tables = NULL;
    FILE *out = ingot_session_out(session);
    ingot_status status = ingot_stage_validate(session, error);
    if (status == INGOT_OK) status = carried(session->program, &tables, error);
    if (status != INGOT_OK || !tables) return status;
    if (out) {
        print_rules(out, json_object_get(tables, "rules"));
        print_files(out, json_object_get(tables, "files"));
        print_columns(out, json_object_get(tables, "columns"));
    }
    json_object_set_new(session->summary, "validation", tables);
    return INGOT_OK;
}
