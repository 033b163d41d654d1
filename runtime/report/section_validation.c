/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_validation.c: what the data had to be, what it was found to be, and its files and columns
 * (validation.json, as cli/validate.c writes it).
 */
#include <stdio.h>

#include "report/sections.h"

static void text_cell(ingot_html *html, const json_t *object, const char *key) {
    ingot_html_add(html, "<td class=\"name\">");
    ingot_html_string(html, json_string_value(json_object_get(object, key)));
    ingot_html_add(html, "</td>");
}

/* What a rule is about: the names the lock has, and how many more there are. */
static void concerned(ingot_html *html, const json_t *rule) {
    const json_t *names = json_object_get(rule, "names"), *name;
    const long long more = ingot_whole_of(rule, "total") - (long long)json_array_size(names);
    size_t i;
    ingot_html_add(html, "<td class=\"name\">");
    if (json_array_size(names) == 0) {
        ingot_html_string(html, json_string_value(json_object_get(rule, "text")));
    }
    json_array_foreach(names, i, name) {
        if (i > 0) ingot_html_add(html, ", ");
        ingot_html_string(html, json_string_value(name));
    }
    if (more > 0) {
        ingot_html_add(html, "%s%lld%s", json_array_size(names) ? " and " : " (", more,
                       json_array_size(names) ? " more" : ")");
    }
    ingot_html_add(html, "</td>");
}

static void rules_table(ingot_html *html, const json_t *rules) {
    const json_t *one;
    size_t i;
    if (json_array_size(rules) == 0) return;
    ingot_html_add(html, "<div class=\"wide\"><table><thead><tr><th>rule</th><th "
                         "class=\"name\">beyond it</th><th>limit</th><th>found</th><th "
                         "class=\"name\"></th><th class=\"name\">concerned</th></tr></thead>"
                         "<tbody>\n");
    json_array_foreach(rules, i, one) {
        const char *status = json_string_value(json_object_get(one, "status"));
        const int good = !json_object_get(one, "text");
        ingot_html_row(html, json_string_value(json_object_get(one, "rule")));
        text_cell(html, one, "level");
        ingot_html_number(html, ingot_number_of(one, "limit"), "%.6g");
        ingot_html_number(html, ingot_number_of(one, "found"), "%.6g");
        ingot_html_add(html, "<td class=\"name %s\">", good ? "good" : "bad");
        ingot_html_string(html, status);
        ingot_html_add(html, "</td>");
        concerned(html, one);
        ingot_html_add(html, "</tr>\n");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

static void files_table(ingot_html *html, const json_t *files) {
    static const char *const spread[] = {"min", "median", "max"};
    const json_t *one, *first = json_array_get(files, 0);
    size_t i;
    if (!first) return;
    const char *what = json_object_get(first, "seconds")  ? "seconds"
                       : json_object_get(first, "pixels") ? "pixels"
                                                          : NULL;
    ingot_html_add(html,
                   "<div class=\"%s\"><table><thead><tr><th>files</th><th>count</th>"
                   "<th>size</th>",
                   json_array_size(files) > 20 ? "long" : "wide");
    for (size_t s = 0; what && s < sizeof spread / sizeof *spread; s++) {
        ingot_html_add(html, "<th>%s %s</th>", spread[s], what);
    }
    ingot_html_add(html, "</tr></thead><tbody>\n");
    json_array_foreach(files, i, one) {
        ingot_html_row(html, json_string_value(json_object_get(one, "name")));
        ingot_html_add(html, "<td>");
        ingot_html_count(html, ingot_whole_of(one, "files"));
        ingot_html_add(html, "</td><td>");
        ingot_html_bytes(html, ingot_number_of(one, "bytes"));
        ingot_html_add(html, "</td>");
        for (size_t s = 0; what && s < sizeof spread / sizeof *spread; s++) {
            ingot_html_number(html, ingot_number_of(json_object_get(one, what), spread[s]), "%.5g");
        }
        ingot_html_add(html, "</tr>\n");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

static void columns_table(ingot_html *html, const json_t *columns) {
    const json_t *one;
    size_t i;
    if (json_array_size(columns) == 0) return;
    ingot_html_add(html,
                   "<div class=\"%s\"><table><thead><tr><th>column</th><th class=\"name\">type</th>"
                   "<th>missing, %%</th><th>categories</th><th class=\"name\"></th></tr></thead>"
                   "<tbody>\n",
                   json_array_size(columns) > 20 ? "long" : "wide");
    json_array_foreach(columns, i, one) {
        ingot_html_row(html, json_string_value(json_object_get(one, "name")));
        text_cell(html, one, "type");
        ingot_html_number(html, 100 * ingot_number_of(one, "missing"), "%.2f");
        ingot_html_number(html, ingot_number_of(one, "categories"), "%.0f");
        ingot_html_add(html, "<td class=\"name\">%s</td></tr>\n",
                       json_is_true(json_object_get(one, "constant")) ? "constant" : "");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

static void render(ingot_html *html, const json_t *results) {
    const json_t *tables = json_object_get(results, "validation");
    rules_table(html, json_object_get(tables, "rules"));
    files_table(html, json_object_get(tables, "files"));
    columns_table(html, json_object_get(tables, "columns"));
}

const ingot_section ingot_section_validation = {"validation", "Validation", render};
