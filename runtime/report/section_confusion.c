/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_confusion.c: which class was taken for which. As a table while numbers can be read, as a
 * heat map beyond that, and the most frequent confusions as a list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/sections.h"

enum { FEW = 5, TABLE = 25, UPRIGHT = 8, MAP = 200, LISTED = 12, CELLS = 6000 };

static const char *name_of(const json_t *classes, size_t c) {
    return json_string_value(json_object_get(json_array_get(classes, c), "name"));
}

static long long cell(const json_t *rows, size_t r, size_t c) {
    return (long long)json_integer_value(json_array_get(json_array_get(rows, r), c));
}

static double share_of(const json_t *classes, const json_t *rows, size_t r, size_t c) {
    const double support = ingot_number_of(json_array_get(classes, r), "support");
    return support > 0 ? (double)cell(rows, r, c) / support : 0;
}

/* Whether a name is too long to stand over a narrow column. */
static int is_tall(const json_t *classes) {
    for (size_t c = 0; c < json_array_size(classes); c++) {
        const char *name = name_of(classes, c);
        if (name && strlen(name) > 4) return 1;
    }
    return 0;
}

static void matrix(ingot_html *html, const json_t *classes, const json_t *rows, size_t count) {
    ingot_html_add(html,
                   "<input type=\"radio\" name=\"confusion\" id=\"counts\" checked class=\"count\">"
                   "<label for=\"counts\"> rows</label> &nbsp; <input type=\"radio\" "
                   "name=\"confusion\" id=\"shares\" class=\"percent\"><label for=\"shares\"> "
                   "percent of the true class</label>\n<div class=\"wide\"><table class=\"matrix%s"
                   "\"><thead><tr><th>true \\ predicted</th>",
                   count <= UPRIGHT   ? ""
                   : is_tall(classes) ? " many tall"
                                      : " many");
    for (size_t c = 0; c < count; c++) {
        ingot_html_add(html, "<th>");
        ingot_html_string(html, name_of(classes, c));
        ingot_html_add(html, "</th>");
    }
    ingot_html_add(html, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < count; r++) {
        ingot_html_row(html, name_of(classes, r));
        for (size_t c = 0; c < count; c++) {
            const double share = share_of(classes, rows, r, c);
            const long long n = cell(rows, r, c);
            ingot_html_add(html, "<td class=\"%s\" style=\"--s:%.3f\" title=\"",
                           r == c ? "hit" : "miss", n ? 0.08 + 0.55 * share : 0.0);
            ingot_html_string(html, name_of(classes, r));
            ingot_html_add(html, " taken for ");
            ingot_html_string(html, name_of(classes, c));
            ingot_html_add(html,
                           "&#10;%lld, %.1f %%\"><span class=\"absolute\">%lld</span><span "
                           "class=\"share\">%.*f</span></td>",
                           n, 100 * share, n, count > UPRIGHT ? 0 : 1, 100 * share);
        }
        ingot_html_add(html, "</tr>\n");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

static void heat_map(ingot_html *html, const json_t *classes, const json_t *rows, size_t count) {
    ingot_cell *cells = calloc(CELLS, sizeof *cells);
    char *texts = malloc((size_t)CELLS * 160);
    size_t used = 0;
    if (!cells || !texts) html->failed = 1;
    for (size_t r = 0; cells && texts && r < count; r++) {
        for (size_t c = 0; c < count && used < CELLS; c++) {
            if (cell(rows, r, c) == 0) continue;
            char *text = texts + used * 160;
            const double share = share_of(classes, rows, r, c);
            snprintf(text, 160, "%.48s taken for %.48s\n%lld, %.1f %%", name_of(classes, r),
                     name_of(classes, c), cell(rows, r, c), 100 * share);
            cells[used++] = (ingot_cell){r, c, share, text};
        }
    }
    if (cells && texts) {
        ingot_html_add(html, "<p class=\"soft small\">Rows are true classes from the top, columns "
                             "predicted ones from the left, in the order of the table above; the "
                             "colour is the share of the true class.</p>\n");
        ingot_chart_heat(html, "confusion matrix", count, cells, used);
    }
    free(cells);
    free(texts);
}

/* The most frequent confusions, by selection: there are few to show. */
static void frequent(ingot_html *html, const json_t *classes, const json_t *rows, size_t count) {
    long long before = -1;
    size_t last_r = 0, last_c = 0, shown = 0;
    while (shown < LISTED) {
        long long best = 0;
        size_t best_r = 0, best_c = 0;
        for (size_t r = 0; r < count; r++) {
            for (size_t c = 0; c < count; c++) {
                const long long n = cell(rows, r, c);
                const int later = before < 0 || n < before ||
                                  (n == before && (r > last_r || (r == last_r && c > last_c)));
                if (r == c || !later || n <= best) continue;
                best = n;
                best_r = r;
                best_c = c;
            }
        }
        if (best == 0) break;
        if (shown++ == 0) {
            ingot_html_add(html, "<div><h3>Most frequent confusions</h3>\n<div class=\"wide\">"
                                 "<table><thead><tr><th>true</th><th class=\"name\">predicted</th>"
                                 "<th>rows</th><th>of the class</th></tr></thead><tbody>\n");
        }
        ingot_html_row(html, name_of(classes, best_r));
        ingot_html_add(html, "<td class=\"name\">");
        ingot_html_string(html, name_of(classes, best_c));
        ingot_html_add(html, "</td><td>%lld</td><td>%.1f %%</td></tr>\n", best,
                       100 * share_of(classes, rows, best_r, best_c));
        before = best;
        last_r = best_r;
        last_c = best_c;
    }
    if (shown > 0) ingot_html_add(html, "</tbody></table></div></div>\n");
}

static void render(ingot_html *html, const json_t *results) {
    const char *name;
    const json_t *split = ingot_measured_split(results, &name);
    const json_t *classes = json_object_get(split, "classes");
    const json_t *rows = json_object_get(split, "confusion");
    const size_t count = json_array_size(classes);
    if (!rows || count == 0) return;
    ingot_html_add(html, "<div class=\"two\"><div%s>\n", count > TABLE ? " class=\"map\"" : "");
    if (count <= TABLE) {
        matrix(html, classes, rows, count);
    } else if (count <= MAP) {
        heat_map(html, classes, rows, count);
    }
    ingot_html_add(html, "</div>\n");
    if (count > FEW) frequent(html, classes, rows, count);
    ingot_html_add(html, "</div>\n");
}

const ingot_section ingot_section_confusion = {"confusion", "Confusion matrix", render};
