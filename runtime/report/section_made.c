/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_made.c: the target and the libraries of the executable, and the digest of the weights.
 */
#include "report/sections.h"

static void text_cell(ingot_html *html, const json_t *one, const char *key) {
    ingot_html_add(html, "<td class=\"name\">");
    ingot_html_string(html, json_string_value(json_object_get(one, key)));
    ingot_html_add(html, "</td>");
}

static void render(ingot_html *html, const json_t *results) {
    const json_t *program = json_object_get(results, "program"), *one;
    const json_t *weights = json_object_get(json_object_get(results, "metrics"), "weights");
    size_t i;
    if (!program) return;
    ingot_html_add(html, "<p>Built for ");
    ingot_html_string(html, json_string_value(json_object_get(program, "isa")));
    ingot_html_add(html, ", %lld threads.", ingot_whole_of(program, "threads"));
    if (weights) {
        ingot_html_add(html, " SHA-256 of the weights that were measured: <code>");
        ingot_html_string(html, json_string_value(weights));
        ingot_html_add(html, "</code>");
    }
    ingot_html_add(html, "</p>\n<div class=\"wide\"><table><thead><tr><th>library</th><th "
                         "class=\"name\">version</th><th class=\"name\">licence</th></tr></thead>"
                         "<tbody>\n");
    json_array_foreach(json_object_get(program, "libraries"), i, one) {
        ingot_html_row(html, json_string_value(json_object_get(one, "name")));
        text_cell(html, one, "version");
        text_cell(html, one, "licence");
        ingot_html_add(html, "</tr>\n");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

const ingot_section ingot_section_made = {"made", "Made with", render};
