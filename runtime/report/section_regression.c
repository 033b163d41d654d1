/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_regression.c: errors of predicted numbers, predicted against true, residuals.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/chart.h"
#include "report/sections.h"

static const char *const keys[] = {"mae", "mse", "rmse", "r2"};
enum { KEYS = 4, SHOWN = 12 }; /* outputs with charts */

static void row(ingot_html *html, const char *name, const json_t *numbers) {
    ingot_html_row(html, name);
    for (int k = 0; k < KEYS; k++) {
        ingot_html_number(html, ingot_number_of(numbers, keys[k]), "%.5g");
    }
    ingot_html_add(html, "</tr>\n");
}

static void scatter(ingot_html *html, const json_t *output, const char *name) {
    const json_t *points = json_object_get(output, "points");
    const size_t count = json_array_size(points);
    double *x = calloc(count + 1, sizeof *x), *y = calloc(count + 1, sizeof *y);
    char title[256];
    if (!x || !y) html->failed = 1;
    for (size_t i = 0; x && y && i < count; i++) {
        const json_t *point = json_array_get(points, i);
        x[i] = json_number_value(json_array_get(point, 0));
        y[i] = json_number_value(json_array_get(point, 1));
    }
    snprintf(title, sizeof title, "%s: predicted against true", name);
    if (x && y) ingot_chart_scatter(html, title, "true", "predicted", x, y, count);
    free(x);
    free(y);
}

static void residuals(ingot_html *html, const json_t *output, const char *name) {
    enum { MOST = 128 };
    const json_t *all = json_object_get(output, "residuals");
    const json_t *counts = json_object_get(all, "counts");
    const size_t count = json_array_size(counts) < MOST ? json_array_size(counts) : MOST;
    const ingot_axis x = {ingot_number_of(all, "low"), ingot_number_of(all, "high"),
                          "predicted \xe2\x88\x92 true", 0};
    const ingot_axis y = {NAN, NAN, "rows", 0};
    double values[MOST];
    char texts[MOST][96], title[256];
    const char *names[MOST];
    for (size_t i = 0; i < count; i++) {
        const double width = (x.high - x.low) / (double)count, from = x.low + width * (double)i;
        values[i] = json_number_value(json_array_get(counts, i));
        snprintf(texts[i], sizeof texts[i], "%.4g to %.4g\n%.0f rows", from, from + width,
                 values[i]);
        names[i] = texts[i];
    }
    snprintf(title, sizeof title, "%s: residuals", name);
    if (count > 0) ingot_chart_bars(html, title, NULL, &x, &y, values, names, count, 0);
}

static void render(ingot_html *html, const json_t *results) {
    const char *name;
    const json_t *split = ingot_measured_split(results, &name), *one;
    const json_t *outputs = json_object_get(split, "outputs");
    size_t i;
    if (!outputs) return;
    ingot_html_add(html,
                   "<div class=\"wide\"><table><thead><tr><th>output (%s, %lld rows)</th><th>MAE"
                   "</th><th>MSE</th><th>RMSE</th><th>R\xc2\xb2</th></tr></thead><tbody>\n",
                   name, ingot_whole_of(split, "rows"));
    json_array_foreach(outputs, i, one) {
        row(html, json_string_value(json_object_get(one, "name")), one);
    }
    if (json_array_size(outputs) > 1) row(html, "mean", split);
    ingot_html_add(html, "</tbody></table></div>\n<div class=\"grid\">\n");
    json_array_foreach(outputs, i, one) {
        if (i == SHOWN) break;
        const char *output = json_string_value(json_object_get(one, "name"));
        scatter(html, one, output);
        residuals(html, one, output);
    }
    ingot_html_add(html, "</div>\n");
}

const ingot_section ingot_section_regression = {"regression", "Results", render};
