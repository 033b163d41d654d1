/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_words.c: the terms that speak for each class (words.h).
 */
#include "report/sections.h"

static void words(ingot_html *html, const json_t *list) {
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one) {
        ingot_html_add(html, "%s<span title=\"in %lld texts, mean probability %.3f, score %.1f\">",
                       i > 0 ? ", " : "", ingot_whole_of(one, "texts"),
                       ingot_number_of(one, "probability"), ingot_number_of(one, "score"));
        ingot_html_string(html, json_string_value(json_object_get(one, "term")));
        ingot_html_add(html, "</span>");
    }
}

static void render(ingot_html *html, const json_t *results) {
    const json_t *mistakes = json_object_get(results, "mistakes");
    const json_t *classes = json_object_get(mistakes, "words"), *one;
    size_t i;
    if (!classes) return;
    ingot_html_add(
        html,
        "<p class=\"soft\">Terms whose texts, on the %s split, the model takes for a class "
        "the most above the average, by standard errors.</p>\n<table>\n"
        "<tr><th>class</th><th class=\"words\">most telling terms</th></tr>\n",
        json_string_value(json_object_get(mistakes, "split")));
    json_array_foreach(classes, i, one) {
        ingot_html_row(html, json_string_value(json_object_get(one, "class")));
        ingot_html_add(html, "<td class=\"words\">");
        words(html, json_object_get(one, "words"));
        ingot_html_add(html, "</td></tr>\n");
    }
    ingot_html_add(html, "</table>\n");
}

const ingot_section ingot_section_words = {"words", "Telling words", render};
