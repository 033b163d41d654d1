/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_mistakes.c: the wrong predictions that gave the true class the least probability.
 */
#include <math.h>

#include "report/sections.h"

static void card(ingot_html *html, const json_t *one) {
    const char *picture = json_string_value(json_object_get(one, "picture"));
    ingot_html_add(html, "<div class=\"card\">");
    if (picture) {
        ingot_html_add(html, "<img alt=\"\" src=\"");
        ingot_html_string(html, picture);
        ingot_html_add(html, "\">");
    }
    ingot_html_add(html, "<b>");
    ingot_html_string(html, json_string_value(json_object_get(one, "true")));
    ingot_html_add(html, "</b> <span class=\"soft\">%.2g %%</span><br>taken for <b class=\"bad\">",
                   100 * ingot_number_of(one, "true_probability"));
    ingot_html_string(html, json_string_value(json_object_get(one, "predicted")));
    ingot_html_add(html, "</b> <span class=\"soft\">%.1f %%</span><br><span class=\"soft\">",
                   100 * ingot_number_of(one, "probability"));
    ingot_html_string(html, json_string_value(json_object_get(one, "path")));
    if (isfinite(ingot_number_of(one, "from"))) {
        ingot_html_add(html, "<br>%.2f\xe2\x80\x93%.2f s", ingot_number_of(one, "from"),
                       ingot_number_of(one, "to"));
    }
    ingot_html_add(html, "</span>");
    const json_t *text = json_object_get(one, "text");
    if (text) {
        ingot_html_add(html, "<p>");
        ingot_html_text(html, json_string_value(text), json_string_length(text));
        ingot_html_add(html, "</p>");
    }
    ingot_html_add(html, "</div>\n");
}

static void render(ingot_html *html, const json_t *results) {
    const json_t *mistakes = json_object_get(results, "mistakes"), *one;
    const json_t *list = json_object_get(mistakes, "items");
    size_t i;
    if (!mistakes) return;
    const long long wrong = ingot_whole_of(mistakes, "wrong"),
                    rows = ingot_whole_of(mistakes, "rows");
    const char *split = json_string_value(json_object_get(mistakes, "split"));
    if (wrong == 0) {
        ingot_html_add(html, "<p>None: all %lld predictions on the %s split are right.</p>\n", rows,
                       split);
        return;
    }
    ingot_html_add(html, "<p class=\"soft\">%lld of %lld predictions on the %s split are wrong.",
                   wrong, rows, split);
    if ((long long)json_array_size(list) < wrong) {
        ingot_html_add(html, " These %zu gave the true class the least probability.",
                       json_array_size(list));
    }
    const int texts = json_object_get(json_array_get(list, 0), "text") != NULL;
    ingot_html_add(html, "</p>\n<div class=\"cards%s\">\n", texts ? " texts" : "");
    json_array_foreach(list, i, one) card(html, one);
    ingot_html_add(html, "</div>\n");
}

const ingot_section ingot_section_mistakes = {"mistakes", "Worst mistakes", render};
