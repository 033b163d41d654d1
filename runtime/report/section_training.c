/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_training.c: loss, metrics, learning rate and speed over the epochs. What an epoch has a
 * number for is drawn: "loss" and "accuracy" side by side with those of the validation split, any
 * other number of an epoch in a chart of its own.
 */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/sections.h"

enum { MOST = 1000 }; /* epochs drawn; of more, every nth and the last */

typedef struct epochs {
    const json_t *list; /* of history.json */
    size_t count;       /* drawn */
    size_t *index;      /* [count] into list */
    double *number;     /* [count] from 1 */
} epochs;

static int epochs_new(const json_t *list, epochs *e) {
    const size_t all = json_array_size(list), every = (all + MOST - 1) / MOST;
    memset(e, 0, sizeof *e);
    e->list = list;
    e->index = calloc(all + 1, sizeof *e->index);
    e->number = calloc(all + 1, sizeof *e->number);
    if (!e->index || !e->number) return 0;
    for (size_t i = 0; i < all; i++) {
        if (i % every != 0 && i + 1 != all) continue;
        e->number[e->count] = (double)(i + 1);
        e->index[e->count++] = i;
    }
    return 1;
}

/* A number of each epoch, of its part `part` where that is not NULL. 1: at least one has it. */
static int column(const epochs *e, const json_t *list, const char *part, const char *key,
                  double *to) {
    int any = 0;
    for (size_t i = 0; i < e->count; i++) {
        const json_t *epoch = json_array_get(list, e->index[i]);
        to[i] = ingot_number_of(part ? json_object_get(epoch, part) : epoch, key);
        any = any || isfinite(to[i]);
    }
    return any;
}

typedef struct plot {
    const char *title, *key;
    int compared; /* with the validation split's */
    const json_t *list;
} plot;

static void draw(ingot_html *html, const epochs *e, const plot *p, double best,
                 const char *best_name) {
    double *values = malloc((2 * e->count + 1) * sizeof *values);
    if (!values) {
        html->failed = 1;
        return;
    }
    ingot_line lines[2];
    size_t count = 0;
    if (column(e, p->list, NULL, p->key, values)) {
        lines[count++] =
            (ingot_line){p->compared ? "training" : p->title, 0, 0, 0, e->count, e->number, values};
    }
    if (p->compared && column(e, p->list, "validation", p->key, values + e->count)) {
        lines[count++] =
            (ingot_line){"validation", 1, 1, 0, e->count, e->number, values + e->count};
    }
    const ingot_axis x = {e->count > 1 ? 1 : 0.5, e->count > 1 ? e->number[e->count - 1] : 1.5,
                          "epoch", 1};
    const ingot_axis y = {NAN, NAN, NULL, 0};
    const ingot_chart chart = {.title = p->title,
                               .x = x,
                               .y = y,
                               .legend = count > 1,
                               .by_column = 1,
                               .mark = best,
                               .mark_name = best_name,
                               .lines = lines,
                               .count = count};
    if (count > 0) ingot_chart_lines(html, &chart);
    free(values);
}

/* Numbers of an epoch that have no chart above, by name. */
static void draw_others(ingot_html *html, const epochs *e, double best, const char *best_name) {
    static const char *const known[] = {"accuracy", "epoch", "learning_rate", "loss"};
    const json_t *last = json_array_get(e->list, json_array_size(e->list) - 1), *value;
    const char *key;
    json_object_foreach((json_t *)(uintptr_t)last, key, value) {
        int drawn = !json_is_number(value);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            drawn = drawn || strcmp(key, known[i]) == 0;
        }
        char title[128];
        snprintf(title, sizeof title, "%s", key);
        for (char *c = title; *c; c++) {
            if (*c == '_') *c = ' ';
        }
        title[0] = (char)toupper((unsigned char)title[0]);
        const plot p = {title, key, 1, e->list};
        if (!drawn) draw(html, e, &p, best, best_name);
    }
}

static void told(ingot_html *html, const json_t *history, size_t count) {
    const json_t *best = json_object_get(history, "best");
    ingot_html_add(html, "<p>%zu epoch%s, ", count, count == 1 ? "" : "s");
    ingot_html_count(html, ingot_whole_of(history, "steps"));
    ingot_html_add(html, " steps.");
    if (json_is_true(json_object_get(history, "stopped_early"))) {
        ingot_html_add(html, " Stopped early: the metric no longer improved.");
    }
    if (best) {
        ingot_html_add(html, " The weights are those of epoch <b>%lld</b>, the best by ",
                       ingot_whole_of(best, "epoch"));
        ingot_html_string(html, json_string_value(json_object_get(best, "metric")));
        ingot_html_add(html, " (%.5g).", ingot_number_of(best, "value"));
    }
    ingot_html_add(html,
                   "</p>\n<p class=\"soft\">Training values are taken batch by batch before each "
                   "update, so they lag behind the validation of the same epoch. Both are per "
                   "sample (segment).</p>\n<div class=\"grid\">\n");
}

static void render(ingot_html *html, const json_t *results) {
    const json_t *history = json_object_get(results, "history");
    const json_t *list = json_object_get(history, "epochs");
    const json_t *timing = json_object_get(results, "timing");
    epochs e;
    if (json_array_size(list) == 0) return;
    if (!epochs_new(list, &e)) html->failed = 1;
    const double best = ingot_number_of(json_object_get(history, "best"), "epoch");
    char best_name[64] = "";
    if (isfinite(best)) snprintf(best_name, sizeof best_name, "best epoch: %.0f", best);
    const plot plots[] = {{"Loss", "loss", 1, list},
                          {"Accuracy", "accuracy", 1, list},
                          {"Learning rate", "learning_rate", 0, list},
                          {"Samples per second", "samples_per_second", 0, timing}};
    told(html, history, json_array_size(list));
    for (size_t i = 0; !html->failed && i < sizeof plots / sizeof *plots; i++) {
        draw(html, &e, &plots[i], best, best_name);
    }
    if (!html->failed) draw_others(html, &e, best, best_name);
    ingot_html_add(html, "</div>\n");
    free(e.index);
    free(e.number);
}

const ingot_section ingot_section_training = {"training", "Training", render};
