/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_curves.c: ROC and precision-recall of each class against the rest, and the reliability
 * diagram.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/sections.h"

enum { NAMED = 10, DRAWN = 100, LABEL = 96 };

/* Copies an array of numbers; *count of them. NULL: none. */
static double *numbers_of(const json_t *array, size_t *count) {
    *count = json_array_size(array);
    double *values = *count ? malloc(*count * sizeof *values) : NULL;
    for (size_t i = 0; values && i < *count; i++) {
        values[i] = json_number_value(json_array_get(array, i));
    }
    return values;
}

/* One chart of all classes. */
static void one_chart(ingot_html *html, const json_t *split, const char *curve, const char *area,
                      ingot_chart *chart) {
    const json_t *classes = json_object_get(split, "classes"), *all, *one;
    ingot_line lines[DRAWN];
    char(*labels)[LABEL] = malloc(DRAWN * sizeof *labels);
    size_t i, count = 0;
    memset(lines, 0, sizeof lines);
    all = json_object_get(split, "curves");
    const int few = json_array_size(classes) <= NAMED;
    if (!labels) html->failed = 1;
    json_array_foreach(all, i, one) {
        const json_t *points = json_object_get(one, curve), *class = json_array_get(classes, i);
        size_t there;
        if (!labels || count == DRAWN) break;
        double *x = numbers_of(json_object_get(points, "x"), &there);
        double *y = numbers_of(json_object_get(points, "y"), &there);
        if (!x || !y) {
            free(x);
            free(y);
            continue;
        }
        snprintf(labels[count], LABEL, "%.60s %.4f",
                 json_string_value(json_object_get(class, "name")), ingot_number_of(class, area));
        lines[count] = (ingot_line){
            labels[count], (int)(i % INGOT_COLOURS), few && i >= INGOT_COLOURS, !few, there, x, y};
        count++;
    }
    char note[96];
    const double mean = ingot_number_of(json_object_get(split, "macro"), area);
    if (isfinite(mean)) {
        snprintf(note, sizeof note, "macro %s %.4f%s",
                 strcmp(area, "roc_auc") == 0 ? "AUC" : "average", mean,
                 few ? "" : "; a line is a class");
        chart->note = note;
    }
    chart->lines = lines;
    chart->count = count;
    chart->legend = few;
    if (count > 0) ingot_chart_lines(html, chart);
    for (size_t l = 0; l < count; l++) {
        free((void *)(uintptr_t)lines[l].x);
        free((void *)(uintptr_t)lines[l].y);
    }
    chart->lines = NULL; /* they are no longer there */
    chart->note = NULL;
    free(labels);
}

static void calibration(ingot_html *html, const json_t *split) {
    enum { MOST = 64 };
    const json_t *bins = json_object_get(split, "calibration");
    const size_t count = json_array_size(bins) < MOST ? json_array_size(bins) : MOST;
    const ingot_axis x = {0, 1, "confidence", 0}, y = {0, 1, "accuracy", 0};
    double values[MOST];
    char texts[MOST][160], note[96];
    const char *names[MOST];
    for (size_t i = 0; i < count; i++) {
        const json_t *bin = json_array_get(bins, i);
        values[i] = ingot_number_of(bin, "accuracy");
        snprintf(texts[i], sizeof texts[i],
                 "confidence %.2f to %.2f\n%lld rows\nmean confidence %.4f\naccuracy %.4f",
                 (double)i / (double)count, (double)(i + 1) / (double)count,
                 ingot_whole_of(bin, "rows"), ingot_number_of(bin, "confidence"), values[i]);
        names[i] = texts[i];
    }
    snprintf(note, sizeof note, "expected error %.4f, Brier score %.4f",
             ingot_number_of(split, "expected_calibration_error"), ingot_number_of(split, "brier"));
    if (count > 0) ingot_chart_bars(html, "Calibration", note, &x, &y, values, names, count, 1);
}

static void render(ingot_html *html, const json_t *results) {
    const char *name;
    const json_t *split = ingot_measured_split(results, &name);
    if (!json_object_get(split, "curves")) return;
    const ingot_axis rate = {0, 1, "false positive rate", 0};
    const ingot_axis hits = {0, 1, "true positive rate", 0};
    const ingot_axis recall = {0, 1, "recall", 0}, precision = {0, 1, "precision", 0};
    ingot_chart roc = {
        .title = "ROC", .x = rate, .y = hits, .square = 1, .diagonal = 1, .mark = NAN};
    ingot_chart pr = {.title = "Precision\xe2\x80\x93recall",
                      .x = recall,
                      .y = precision,
                      .square = 1,
                      .mark = NAN};
    ingot_html_add(html,
                   "<p class=\"soft\">Each class against the rest, on the %s split. A bar of the "
                   "calibration diagram is the accuracy of the predictions of that confidence: on "
                   "the diagonal they are as good as they claim.</p>\n<div class=\"grid\">\n",
                   name);
    one_chart(html, split, "roc", "roc_auc", &roc);
    one_chart(html, split, "pr", "average_precision", &pr);
    calibration(html, split);
    ingot_html_add(html, "</div>\n");
}

const ingot_section ingot_section_curves = {"curves", "Curves and calibration", render};
