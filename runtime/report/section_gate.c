/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_gate.c: what the test split had to reach, and whether it did.
 */
#include <math.h>

#include "report/sections.h"

static void render(ingot_html *html, const json_t *results) {
    const json_t *gate = json_object_get(results, "gate"), *latency, *one;
    size_t i;
    if (!gate) return;
    const int met = json_is_true(json_object_get(gate, "met"));
    ingot_html_add(html,
                   "<p><span class=\"badge %s\">%s</span></p>\n<div class=\"wide\"><table><thead>"
                   "<tr><th>metric</th><th class=\"name\">wanted</th><th>on the test split</th>"
                   "<th class=\"name\"></th></tr></thead><tbody>\n",
                   met ? "good" : "bad", met ? "met" : "not met");
    json_array_foreach(json_object_get(gate, "rules"), i, one) {
        const int good = json_is_true(json_object_get(one, "met"));
        ingot_html_row(html, json_string_value(json_object_get(one, "metric")));
        ingot_html_add(html, "<td class=\"name\">");
        ingot_html_string(html, json_string_value(json_object_get(one, "rule")));
        ingot_html_add(html, "</td>");
        ingot_html_number(html, ingot_number_of(one, "value"), "%.5g");
        ingot_html_add(html, "<td class=\"name %s\">%s</td></tr>\n", good ? "good" : "bad",
                       good ? "met" : "not met");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
    latency = json_object_get(gate, "latency");
    if (latency) {
        ingot_html_add(html,
                       "<p class=\"soft small\">Latency of a prediction of %lld, without decoding "
                       "and features, over %lld calls: mean %.4g ms, median %.4g, 90th percentile "
                       "%.4g, 99th %.4g, longest %.4g.</p>\n",
                       ingot_whole_of(latency, "batch"), ingot_whole_of(latency, "calls"),
                       ingot_number_of(latency, "mean_ms"), ingot_number_of(latency, "p50_ms"),
                       ingot_number_of(latency, "p90_ms"), ingot_number_of(latency, "p99_ms"),
                       ingot_number_of(latency, "max_ms"));
    }
}

const ingot_section ingot_section_gate = {"gate", "Gate", render};
