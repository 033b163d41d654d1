/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_resources.c: time and memory: what the stages took, what was planned, the entries.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "report/sections.h"

static void stage_row(ingot_html *html, const char *name, const json_t *stage) {
    ingot_html_row(html, name);
    ingot_html_add(html, "<td>");
    if (isfinite(ingot_number_of(stage, "seconds"))) {
        ingot_html_duration(html, ingot_number_of(stage, "seconds"));
    }
    ingot_html_add(html, "</td><td>");
    if (isfinite(ingot_number_of(stage, "peak_rss_bytes"))) {
        ingot_html_bytes(html, ingot_number_of(stage, "peak_rss_bytes"));
    }
    ingot_html_add(html, "</td><td class=\"name soft\">%s",
                   json_is_true(json_object_get(stage, "cached")) ? "from the cache" : "");
    const long long threads = ingot_whole_of(stage, "threads");
    if (threads > 0) ingot_html_add(html, "%lld thread%s", threads, threads == 1 ? "" : "s");
    ingot_html_add(html, "</td></tr>\n");
}

/* The stages in their order, then any other by name. */
static void stages(ingot_html *html, const json_t *all) {
    static const char *const order[] = {"ingest", "features", "train", "evaluate"};
    enum { ORDERED = sizeof order / sizeof *order };
    const char *key;
    const json_t *stage;
    if (json_object_size(all) == 0) return;
    ingot_html_add(html, "<div class=\"wide\"><table><thead><tr><th>stage</th><th>time</th><th>"
                         "peak memory</th><th></th></tr></thead><tbody>\n");
    for (size_t i = 0; i < ORDERED; i++) {
        stage = json_object_get(all, order[i]);
        if (stage) stage_row(html, order[i], stage);
    }
    json_object_foreach((json_t *)(uintptr_t)all, key, stage) {
        int known = !json_is_object(stage);
        for (size_t i = 0; i < ORDERED; i++) known = known || strcmp(key, order[i]) == 0;
        if (!known) stage_row(html, key, stage);
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

static void memory(ingot_html *html, const json_t *program) {
    static const char *const names[][2] = {
        {"parameters, buffers, optimizer state", "state_bytes"},
        {"activations and gradients, training", "training_arena_bytes"},
        {"activations, prediction", "predict_arena_bytes"},
        {"weights prepared for inference", "prepared_bytes"},
        {"kept by the training loop", "training_kept_bytes"}};
    const json_t *planned = json_object_get(program, "memory");
    if (!planned) return;
    ingot_html_add(html, "<div class=\"wide\"><table><thead><tr><th>memory</th><th>planned</th>"
                         "</tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ingot_html_row(html, names[i][0]);
        ingot_html_add(html, "<td>");
        ingot_html_bytes(html, ingot_number_of(planned, names[i][1]));
        ingot_html_add(html, "</td></tr>\n");
    }
    const double training = ingot_number_of(planned, "state_bytes") +
                            ingot_number_of(planned, "training_arena_bytes") +
                            ingot_number_of(planned, "training_kept_bytes");
    ingot_html_add(html, "<tr class=\"total\"><th scope=\"row\">training in all</th><td>");
    ingot_html_bytes(html, training);
    ingot_html_add(html, "</td></tr>\n</tbody></table></div>\n");
}

static void entries(ingot_html *html, const json_t *program) {
    static const char *const order[] = {"train_step", "train_step_tail", "evaluate_step",
                                        "predict"};
    const json_t *all = json_object_get(program, "entries");
    if (!all) return;
    ingot_html_add(html, "<div class=\"wide\"><table><thead><tr><th>entry</th><th>batch</th><th>"
                         "MFLOP per sample</th><th>nodes</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const json_t *entry = json_object_get(all, order[i]);
        if (!json_is_object(entry)) continue;
        ingot_html_row(html, order[i]);
        ingot_html_add(html, "<td>%lld</td>", ingot_whole_of(entry, "batch"));
        ingot_html_number(html, ingot_number_of(entry, "flops_per_sample") * 1e-6, "%.4g");
        ingot_html_add(html, "<td>%lld</td></tr>\n", ingot_whole_of(entry, "nodes"));
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

static void render(ingot_html *html, const json_t *results) {
    const json_t *program = json_object_get(results, "program");
    const json_t *ran = json_object_get(results, "stages");
    if (json_object_size(ran) > 0) {
        ingot_html_add(html, "<p class=\"soft\">Peak memory is the most the whole process had held "
                             "when the stage ended: besides the plan its libraries, their "
                             "scratchpads, and the pages of the cached features that were read."
                             "</p>\n");
    }
    ingot_html_add(html, "<div class=\"two\">\n");
    stages(html, ran);
    memory(html, program);
    entries(html, program);
    ingot_html_add(html, "</div>\n");
}

const ingot_section ingot_section_resources = {"resources", "Time and memory", render};
