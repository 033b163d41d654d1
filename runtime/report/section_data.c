/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_data.c: how many samples of each class are in each split.
 */
#include <math.h>

#include "report/sections.h"

static const char *const splits[] = {"train", "validation", "test"};
enum { SPLITS = 3 };

static long long count_of(const json_t *data, size_t split, size_t class) {
    const json_t *one = json_object_get(json_object_get(data, "splits"), splits[split]);
    return (long long)json_integer_value(json_array_get(json_object_get(one, "per_class"), class));
}

/* The splits of a class one behind the other, as long as its share of the largest class. */
static void bar(ingot_html *html, const json_t *data, size_t class, double most) {
    ingot_html_add(html, "<td><span class=\"bars\">");
    for (size_t s = 0; s < SPLITS && most > 0; s++) {
        const long long n = count_of(data, s, class);
        if (n == 0) continue;
        ingot_html_add(html, "<i class=\"c%zu\" style=\"width:%.2f%%\" title=\"%s: %lld\"></i>", s,
                       100 * (double)n / most, splits[s], n);
    }
    ingot_html_add(html, "</span></td>");
}

static void totals(ingot_html *html, const json_t *data, const char *name, const char *key) {
    ingot_html_add(html, "<tr class=\"total\"><th scope=\"row\">%s</th>", name);
    for (size_t s = 0; s < SPLITS; s++) {
        const json_t *split = json_object_get(json_object_get(data, "splits"), splits[s]);
        ingot_html_add(html, "<td>");
        ingot_html_count(html, ingot_whole_of(split, key));
        ingot_html_add(html, "</td>");
    }
    ingot_html_add(html, "<td></td></tr>\n");
}

static void render(ingot_html *html, const json_t *results) {
    const json_t *data = json_object_get(results, "data");
    const json_t *classes = json_object_get(data, "classes");
    const size_t count = json_array_size(classes);
    double most = 0;
    if (!data) return;
    for (size_t c = 0; c < count; c++) {
        double sum = 0;
        for (size_t s = 0; s < SPLITS; s++) sum += (double)count_of(data, s, c);
        most = fmax(most, sum);
    }
    ingot_html_add(html, "<div class=\"%s\"><table><thead><tr><th>samples</th>",
                   count > 20 ? "long" : "wide");
    for (size_t s = 0; s < SPLITS; s++) {
        ingot_html_add(html, "<th><span class=\"key c%zu\">%s</span></th>", s, splits[s]);
    }
    ingot_html_add(html, "<th class=\"name\">balance</th></tr></thead><tbody>\n");
    for (size_t c = 0; c < count; c++) {
        ingot_html_row(html, json_string_value(json_array_get(classes, c)));
        for (size_t s = 0; s < SPLITS; s++) {
            const json_t *split = json_object_get(json_object_get(data, "splits"), splits[s]);
            const double all = ingot_number_of(split, "samples");
            const long long n = count_of(data, s, c);
            ingot_html_add(html, "<td title=\"%.1f %% of the split\">",
                           all > 0 ? 100 * (double)n / all : 0);
            ingot_html_count(html, n);
            ingot_html_add(html, "</td>");
        }
        bar(html, data, c, most);
        ingot_html_add(html, "</tr>\n");
    }
    totals(html, data, "all samples", "samples");
    totals(html, data, "items", "items");
    ingot_html_add(html, "</tbody></table></div>\n");
}

const ingot_section ingot_section_data = {"data", "Data", render};
