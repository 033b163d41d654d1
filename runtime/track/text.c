/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * text.c: see text.h.
 */
#include "track/text.h"

#include <string.h>
#include <time.h>

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void date_of(const json_t *run, char text[32]) {
    const time_t seconds = (time_t)(json_integer_value(json_object_get(run, "started")) / 1000);
    struct tm parts;
    if (!localtime_r(&seconds, &parts) || strftime(text, 32, "%Y-%m-%d %H:%M:%S", &parts) == 0) {
        snprintf(text, 32, "-");
    }
}

static void value_of(const json_t *value, char *text, size_t size) {
    if (!value || json_is_null(value)) {
        snprintf(text, size, "-");
    } else if (json_is_string(value)) {
        snprintf(text, size, "%s", json_string_value(value));
    } else if (json_is_integer(value)) {
        snprintf(text, size, "%lld", (long long)json_integer_value(value));
    } else {
        snprintf(text, size, "%.6g", json_number_value(value));
    }
}

/* The metric that says most, where there is one. */
static const char *const telling[] = {"test.accuracy", "validation.accuracy",
                                      "epoch.validation_accuracy", "test.rmse", "epoch.loss"};

void ingot_text_list(FILE *to, const json_t *runs) {
    size_t i;
    const json_t *run;
    fprintf(to, "%-12s  %-20s %-11s  %-19s %9s  %s\n", "run", "name", "status", "started",
            "seconds", "result");
    json_array_foreach(runs, i, run) {
        char date[32], value[64] = "", line[256] = "";
        const json_t *metrics = json_object_get(run, "metrics");
        date_of(run, date);
        for (size_t m = 0; m < sizeof telling / sizeof *telling; m++) {
            const json_t *metric = json_object_get(metrics, telling[m]);
            if (!metric) continue;
            value_of(metric, value, sizeof value);
            snprintf(line, sizeof line, "%s %s", telling[m], value);
            break;
        }
        if (json_object_get(run, "cause")) {
            snprintf(line, sizeof line, "%.120s", text_of(run, "cause"));
        }
        fprintf(to, "%-12.12s  %-20.20s %-11s  %-19s %9.1f  %s\n", text_of(run, "id"),
                text_of(run, "name"), text_of(run, "status"), date,
                json_number_value(json_object_get(run, "seconds")), line);
    }
}

static void print_section(FILE *to, const json_t *run, const char *section) {
    const json_t *values = json_object_get(run, section);
    if (json_object_size(values) == 0) return;
    const char *name;
    json_t *value;
    char text[512];
    fprintf(to, "%s\n", section);
    json_object_foreach((json_t *)values, name, value) {
        value_of(json_is_object(value) ? json_object_get(value, "path") : value, text, sizeof text);
        fprintf(to, "  %-36s %s\n", name, text);
    }
}

void ingot_text_show(FILE *to, const json_t *run) {
    static const char *const facts[] = {"id",    "name",   "experiment", "status",
                                        "cause", "word",   "stamp",      "attempts",
                                        "data",  "folder", "threads"};
    static const char *const sections[] = {"tags",   "parameters", "metrics",    "stages",
                                           "inputs", "artifacts",  "environment"};
    char text[512];
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const json_t *value = json_object_get(run, facts[i]);
        if (!value) continue;
        value_of(value, text, sizeof text);
        fprintf(to, "%-11s %s\n", facts[i], text);
    }
    date_of(run, text);
    fprintf(to, "%-11s %s, %.1f s\n", "started", text,
            json_number_value(json_object_get(run, "seconds")));
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        print_section(to, run, sections[i]);
    }
}

void ingot_text_compare(FILE *to, const json_t *all) {
    static const char *const sections[] = {"spec",    "parameters", "data",        "code",
                                           "metrics", "stages",     "environment", "tags"};
    const json_t *runs = json_object_get(all, "runs"), *differs = json_object_get(all, "differs");
    size_t i;
    const json_t *run;
    fprintf(to, "%-36s", "");
    json_array_foreach(runs, i, run) fprintf(to, " %-20.12s", text_of(run, "id"));
    fprintf(to, "\n%-36s", "");
    json_array_foreach(runs, i, run) fprintf(to, " %-20.20s", text_of(run, "name"));
    fputc('\n', to);
    size_t found = 0;
    for (size_t s = 0; s < sizeof sections / sizeof *sections; s++) {
        const json_t *section = json_object_get(differs, sections[s]);
        const char *name;
        json_t *values;
        if (json_object_size(section) == 0) continue;
        fprintf(to, "%s\n", sections[s]);
        json_object_foreach((json_t *)section, name, values) {
            const json_t *value;
            fprintf(to, "  %-34s", name);
            json_array_foreach(values, i, value) {
                char text[512];
                value_of(value, text, sizeof text);
                fprintf(to, " %-20.20s", text);
            }
            fputc('\n', to);
            found++;
        }
    }
    if (found == 0) fputs("no difference\n", to);
}
