/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * report.c: see report.h. The sections are found in the table below, in the order of the page; a
 * new one is a file of its own (sections.h) and a row here.
 */
#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "report/sections.h"

static const ingot_section *const sections[] = {
    &ingot_section_gate,      &ingot_section_results,    &ingot_section_regression,
    &ingot_section_slices,    &ingot_section_confusion,  &ingot_section_curves,
    &ingot_section_words,     &ingot_section_mistakes,   &ingot_section_training,
    &ingot_section_data,      &ingot_section_validation, &ingot_section_spec,
    &ingot_section_resources, &ingot_section_made,       NULL,
};

/* ------------------------------------------------------------------ the top of the page */

static void tile(ingot_html *html, const char *name, double value, const char *format) {
    char text[64];
    if (!isfinite(value)) return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, format, value);
#pragma GCC diagnostic pop
    ingot_html_add(html, "<div class=\"tile\"><span>%s</span><b>%s</b></div>\n", name, text);
}

static void count_tile(ingot_html *html, const char *name, const json_t *object, const char *key) {
    if (!json_object_get(object, key)) return;
    ingot_html_add(html, "<div class=\"tile\"><span>%s</span><b>", name);
    ingot_html_count(html, ingot_whole_of(object, key));
    ingot_html_add(html, "</b></div>\n");
}

static void tiles(ingot_html *html, const json_t *results) {
    const char *split;
    const json_t *measured = ingot_measured_split(results, &split);
    const json_t *macro = json_object_get(measured, "macro");
    char name[64];
    ingot_html_add(html, "<div class=\"tiles\">\n");
    snprintf(name, sizeof name, "%s accuracy", split);
    tile(html, name, ingot_number_of(measured, "accuracy"), "%.4f");
    tile(html, "macro F1", ingot_number_of(macro, "f1"), "%.4f");
    tile(html, "macro ROC AUC", ingot_number_of(macro, "roc_auc"), "%.4f");
    tile(html, "log loss", ingot_number_of(measured, "log_loss"), "%.4f");
    tile(html, "R\xc2\xb2", ingot_number_of(measured, "r2"), "%.4f");
    tile(html, "RMSE", ingot_number_of(measured, "rmse"), "%.5g");
    tile(html, "MAE", ingot_number_of(measured, "mae"), "%.5g");
    snprintf(name, sizeof name, "%s items", split);
    count_tile(html, name, measured, "rows");
    count_tile(html, "parameters", json_object_get(results, "program"), "parameters");
    const double trained =
        ingot_number_of(json_object_get(json_object_get(results, "stages"), "train"), "seconds");
    if (isfinite(trained)) {
        ingot_html_add(html, "<div class=\"tile\"><span>training time</span><b>");
        ingot_html_duration(html, trained);
        ingot_html_add(html, "</b></div>\n");
    }
    ingot_html_add(html, "</div>\n");
}

static void header(ingot_html *html, const json_t *results, const char *links) {
    const json_t *program = json_object_get(results, "program");
    const json_t *gate = json_object_get(results, "gate");
    const char *name = json_string_value(json_object_get(program, "name"));
    ingot_html_add(html, "<!doctype html>\n<html lang=\"en\">\n<head>\n");
    ingot_page_head(html);
    ingot_html_add(html, "<title>");
    ingot_html_string(html, name);
    ingot_html_add(html, "</title>\n</head>\n<body>\n<header>\n<div class=\"top\"><h1>");
    ingot_html_string(html, name);
    ingot_html_add(html, "</h1>");
    if (gate) {
        const int met = json_is_true(json_object_get(gate, "met"));
        ingot_html_add(html, "<span class=\"badge %s\">gate %s</span>", met ? "good" : "bad",
                       met ? "met" : "not met");
    }
    ingot_html_add(html, "</div>\n<p class=\"soft small\">stamp <code>");
    ingot_html_string(html, json_string_value(json_object_get(program, "stamp")));
    ingot_html_add(html, "</code></p>\n");
    tiles(html, results);
    ingot_html_add(html, "<nav>%s</nav>\n</header>\n", links ? links : "");
}

/* ------------------------------------------------------------------ the page */

/* Each section into text of its own first: the links at the top are to those that hold something.
 */
static void body(ingot_html *html, ingot_html *links, const json_t *results) {
    for (size_t i = 0; sections[i]; i++) {
        ingot_html inner = {NULL, 0, 0, 0};
        sections[i]->render(&inner, results);
        html->failed |= inner.failed;
        if (inner.size > 0 && !html->failed) {
            ingot_html_add(links, "<a href=\"#%s\">%s</a>\n", sections[i]->id, sections[i]->title);
            ingot_html_add(html, "<section id=\"%s\">\n<h2>%s</h2>\n%s</section>\n",
                           sections[i]->id, sections[i]->title, inner.text);
        }
        free(inner.text);
    }
}

ingot_status ingot_report_html(const json_t *results, char **text, size_t *size,
                               ingot_error *error) {
    ingot_html html = {NULL, 0, 0, 0}, links = {NULL, 0, 0, 0}, inner = {NULL, 0, 0, 0};
    body(&inner, &links, results);
    header(&html, results, links.text);
    if (inner.text) ingot_html_add(&html, "%s", inner.text);
    ingot_html_add(&html, "<footer>Made by the executable itself. The same numbers are in "
                          "<code>report.json</code>.</footer>\n");
    ingot_page_script(&html);
    ingot_html_add(&html, "</body>\n</html>\n");
    const int failed = html.failed || links.failed || inner.failed;
    free(links.text);
    free(inner.text);
    if (failed) {
        free(html.text);
        return ingot_fail(error, INGOT_FAILED, "out of memory for the report");
    }
    *text = html.text;
    *size = html.size;
    return INGOT_OK;
}
