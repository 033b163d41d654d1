/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_results.c: the metrics of the splits side by side, and those of each class.
 */
#include <math.h>
#include <string.h>

#include "report/sections.h"

static const struct {
    const char *name, *group, *key; /* group NULL: the number lies in the split itself */
} rows[] = {
    {"accuracy", NULL, "accuracy"},
    {"balanced accuracy", NULL, "balanced_accuracy"},
    {"top-5 accuracy", NULL, "top_5_accuracy"},
    {"precision, macro", "macro", "precision"},
    {"recall, macro", "macro", "recall"},
    {"F1, macro", "macro", "f1"},
    {"F1, weighted", "weighted", "f1"},
    {"F1, micro", "micro", "f1"},
    {"ROC AUC, macro", "macro", "roc_auc"},
    {"average precision, macro", "macro", "average_precision"},
    {"log loss", NULL, "log_loss"},
    {"Brier score", NULL, "brier"},
    {"expected calibration error", NULL, "expected_calibration_error"},
};

static double value_of(const json_t *split, size_t row) {
    const json_t *from = rows[row].group ? json_object_get(split, rows[row].group) : split;
    return ingot_number_of(from, rows[row].key);
}

static void summary(ingot_html *html, const json_t *const *columns, const char *const *names,
                    size_t count) {
    ingot_html_add(html, "<div class=\"wide\"><table><thead><tr><th></th>");
    for (size_t c = 0; c < count; c++) ingot_html_add(html, "<th>%s</th>", names[c]);
    ingot_html_add(html, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        int any = 0;
        for (size_t c = 0; c < count; c++) {
            any = any || isfinite(value_of(columns[c], r)) ||
                  json_object_get(rows[r].group ? json_object_get(columns[c], rows[r].group)
                                                : columns[c],
                                  rows[r].key);
        }
        if (!any) continue;
        ingot_html_row(html, rows[r].name);
        for (size_t c = 0; c < count; c++) {
            ingot_html_number(html, value_of(columns[c], r), "%.4f");
        }
        ingot_html_add(html, "</tr>\n");
    }
    ingot_html_add(html, "<tr><th scope=\"row\">rows</th>");
    for (size_t c = 0; c < count; c++) {
        ingot_html_add(html, "<td>");
        ingot_html_count(html, ingot_whole_of(columns[c], "rows"));
        ingot_html_add(html, "</td>");
    }
    ingot_html_add(html, "</tr>\n</tbody></table></div>\n");
}

static void by_class(ingot_html *html, const json_t *split, const char *name) {
    const json_t *classes = json_object_get(split, "classes"), *one;
    const json_t *macro = json_object_get(split, "macro");
    static const char *const keys[] = {"precision", "recall", "f1", "roc_auc", "average_precision"};
    const size_t many = json_array_size(classes) > 16;
    size_t i, absent = 0;
    ingot_html_add(html,
                   "<div><div class=\"%s\"><table><thead><tr><th>class (%s)</th><th>precision</th>"
                   "<th>recall</th><th>F1</th><th>ROC AUC</th><th>avg. prec.</th><th>support</th>"
                   "</tr></thead><tbody>\n",
                   many ? "long" : "wide", name);
    json_array_foreach(classes, i, one) {
        ingot_html_row(html, json_string_value(json_object_get(one, "name")));
        for (size_t k = 0; k < 5; k++) {
            ingot_html_number(html, ingot_number_of(one, keys[k]), "%.4f");
        }
        absent += ingot_whole_of(one, "support") == 0;
        ingot_html_add(html, "<td>%lld</td></tr>\n", ingot_whole_of(one, "support"));
    }
    ingot_html_add(html, "<tr class=\"total\"><th scope=\"row\">macro average</th>");
    for (size_t k = 0; k < 5; k++) ingot_html_number(html, ingot_number_of(macro, keys[k]), "%.4f");
    ingot_html_add(html, "<td>%lld</td></tr>\n</tbody></table></div>\n",
                   ingot_whole_of(split, "rows"));
    if (absent > 0) {
        ingot_html_add(html,
                       "<p class=\"soft small\">%zu class%s not occur in the %s split: ROC AUC and "
                       "average precision are undefined there, and so are their means.</p>\n",
                       absent, absent == 1 ? " does" : "es do", name);
    }
    ingot_html_add(html, "</div>\n");
}

static void render(ingot_html *html, const json_t *results) {
    const json_t *metrics = json_object_get(json_object_get(results, "metrics"), "metrics");
    const char *name;
    const json_t *measured = ingot_measured_split(results, &name);
    if (!json_object_get(measured, "confusion")) return; /* a regression has its own section */
    static const char *const splits[] = {"test", "validation"};
    static const char *const headings[] = {"test", "validation", "test, per segment"};
    const json_t *columns[3];
    const char *names[3];
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        const json_t *split = json_object_get(metrics, splits[i]);
        if (!split) continue;
        names[count] = headings[i];
        columns[count++] = split;
    }
    const json_t *samples = json_object_get(measured, "per_sample");
    const int segments =
        samples && ingot_whole_of(samples, "rows") != ingot_whole_of(measured, "rows");
    if (segments) {
        names[count] = strcmp(name, "test") == 0 ? headings[2] : "validation, per segment";
        columns[count++] = samples;
    }
    if (segments) {
        ingot_html_add(html, "<p class=\"soft\">A file is judged by the mean of the probabilities "
                             "over its segments.</p>\n");
    }
    ingot_html_add(html, "<div class=\"two\">\n");
    summary(html, columns, names, count);
    by_class(html, measured, name);
    ingot_html_add(html, "</div>\n");
}

const ingot_section ingot_section_results = {"results", "Results", render};
