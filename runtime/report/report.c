/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * report.c: see report.h. One function per section, in the order of the page.
 */
#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"

static const char head[] =
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n"
    "<style>\n"
    ":root{--back:#fff;--card:#f6f7f9;--text:#1c2330;--soft:#5b6575;--line:#d9dee6;"
    "--a:#1f6feb;--b:#c2410c;--cell:31,111,235;--bad:194,65,12}\n"
    "@media (prefers-color-scheme:dark){:root{--back:#12161d;--card:#1a2029;--text:#e4e8ee;"
    "--soft:#98a3b3;--line:#2e3743;--a:#6ba6ff;--b:#ff9d5c;--cell:90,150,255;--bad:255,130,70}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--back);color:var(--text);"
    "font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",sans-serif}\n"
    "h1{font-size:1.6rem;margin:.5rem 0 0}h2{font-size:1.15rem;margin:2rem 0 .6rem}\n"
    "p{margin:.3rem 0}.soft{color:var(--soft)}code,pre{font:13px/1.45 ui-monospace,Consolas,"
    "\"DejaVu Sans Mono\",monospace}\n"
    "code{overflow-wrap:anywhere}pre{background:var(--card);padding:.8rem;overflow-x:auto;"
    "border-radius:6px;tab-size:4}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.7rem;"
    "margin:1rem 0}\n"
    ".tile{background:var(--card);border-radius:6px;padding:.7rem .9rem}"
    ".tile b{display:block;font-size:1.5rem;line-height:1.3;font-variant-numeric:tabular-nums}\n"
    ".pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));"
    "gap:1rem}\n"
    "figure{margin:0;background:var(--card);border-radius:6px;padding:.7rem}"
    "figcaption{font-weight:600;margin-bottom:.3rem}\n"
    "svg{width:100%;height:auto;display:block;font:12px system-ui,sans-serif}"
    "svg text{fill:var(--soft)}.grid{stroke:var(--line);stroke-width:1}\n"
    "polyline{fill:none;stroke-width:2;stroke-linejoin:round}polyline.a{stroke:var(--a)}"
    "polyline.b{stroke:var(--b);stroke-dasharray:6 3}circle.a{fill:var(--a)}"
    "circle.b{fill:var(--b)}\n"
    ".key{font-weight:400;font-size:.85rem;margin-left:.8rem}.key::before{content:\"\";"
    "display:inline-block;width:1.4em;margin-right:.35em;vertical-align:.25em;"
    "border-top:2px solid}.key.a::before{border-color:var(--a)}"
    ".key.b::before{border-color:var(--b);border-top-style:dashed}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.92rem;"
    "font-variant-numeric:tabular-nums}th,td{padding:.28rem .7rem;text-align:right;"
    "border-bottom:1px solid var(--line);white-space:nowrap}th:first-child,th.name,td.name,"
    ".matrix td.name{text-align:left}thead th{color:var(--soft);font-weight:600}\n"
    ".matrix td:not(.name){text-align:center;min-width:3rem;border:1px solid var(--back)}"
    ".hit{background:rgba(var(--cell),var(--s))}.miss{background:rgba(var(--bad),var(--s))}\n"
    "@media print{body{max-width:none;font-size:11pt}.tile,figure,pre{background:none;"
    "border:1px solid #bbb}h2,figure,tr{break-inside:avoid}h2{break-after:avoid}"
    "pre{white-space:pre-wrap}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
    "</style>\n";

/* ------------------------------------------------------------------ small helpers */

static const json_t *at(const json_t *object, const char *key) {
    return json_object_get(object, key);
}

static double number(const json_t *object, const char *key) {
    const json_t *value = at(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static long long whole(const json_t *object, const char *key) {
    return (long long)json_integer_value(at(object, key));
}

static void section(ingot_html *html, const char *title) {
    ingot_html_add(html, "<h2>%s</h2>\n", title);
}

static void tile(ingot_html *html, const char *name, const char *format, double value) {
    if (!isfinite(value)) return;
    ingot_html_add(html, "<div class=\"tile\"><span class=\"soft\">%s</span><b>", name);
    char text[64];
    snprintf(text, sizeof text, format, value);
    ingot_html_string(html, text);
    ingot_html_add(html, "</b></div>\n");
}

static void name_cell(ingot_html *html, const char *name) {
    ingot_html_add(html, "<tr><td class=\"name\">");
    ingot_html_string(html, name);
    ingot_html_add(html, "</td>");
}

/* A size for people. */
static void bytes_cell(ingot_html *html, double bytes) {
    if (bytes >= 1 << 20) {
        ingot_html_add(html, "<td>%.2f MiB</td>", bytes / (1 << 20));
    } else {
        ingot_html_add(html, "<td>%.1f KiB</td>", bytes / 1024);
    }
}

/* ------------------------------------------------------------------ sections */

static const char *const splits[] = {"train", "validation", "test"};
enum { SPLITS = 3 };

static void top(ingot_html *html, const json_t *results) {
    const json_t *program = at(results, "program"), *metrics = at(results, "metrics");
    const json_t *test = at(at(metrics, "metrics"), "test");
    ingot_html_add(html, "<!doctype html>\n<html lang=\"en\">\n<head>\n%s<title>", head);
    ingot_html_string(html, json_string_value(at(program, "name")));
    ingot_html_add(html, "</title>\n</head>\n<body>\n<h1>");
    ingot_html_string(html, json_string_value(at(program, "name")));
    ingot_html_add(html, "</h1>\n<p class=\"soft\">stamp <code>");
    ingot_html_string(html, json_string_value(at(program, "stamp")));
    ingot_html_add(html, "</code></p>\n<div class=\"tiles\">\n");
    tile(html, "test accuracy", "%.4f", number(test, "accuracy"));
    tile(html, "macro F1", "%.4f", number(at(test, "macro"), "f1"));
    tile(html, "log loss", "%.4f", number(test, "log_loss"));
    tile(html, "test items", "%.0f", number(test, "rows"));
    tile(html, "parameters", "%.0f", number(program, "parameters"));
    const double trained = number(at(at(results, "stages"), "train"), "seconds");
    tile(html, "training time", trained >= 10 ? "%.0f s" : "%.2g s", trained);
    ingot_html_add(html, "</div>\n");
}

static void training_curves(ingot_html *html, const json_t *history, const json_t *timing) {
    const json_t *epochs = at(history, "epochs");
    const size_t count = json_array_size(epochs);
    double *values = count ? malloc(count * 6 * sizeof *values) : NULL;
    if (!values) {
        html->failed |= count > 0;
        return;
    }
    double *column[6];
    for (size_t c = 0; c < 6; c++) column[c] = values + c * count;
    int validated = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *epoch = json_array_get(epochs, i), *validation = at(epoch, "validation");
        column[0][i] = number(epoch, "loss");
        column[1][i] = number(validation, "loss");
        column[2][i] = number(epoch, "accuracy");
        column[3][i] = number(validation, "accuracy");
        column[4][i] = number(epoch, "learning_rate");
        column[5][i] = number(json_array_get(timing, i), "samples_per_second");
        validated = validated || validation;
    }
    const size_t lines = validated ? 2 : 1;
    const ingot_series loss[] = {{"training", "a", column[0]}, {"validation", "b", column[1]}};
    const ingot_series accuracy[] = {{"training", "a", column[2]}, {"validation", "b", column[3]}};
    const ingot_series rate[] = {{"learning rate", "a", column[4]}};
    const ingot_series speed[] = {{"samples/s", "a", column[5]}};
    section(html, "Training");
    const json_t *best = at(history, "best");
    if (best) {
        ingot_html_add(html, "<p>The weights are those of epoch %.0f, the best by ",
                       number(best, "epoch"));
        ingot_html_string(html, json_string_value(at(best, "metric")));
        ingot_html_add(html, " (%.6g).</p>\n", number(best, "value"));
    }
    if (at(history, "stopped_early")) {
        ingot_html_add(html, "<p>Training stopped after epoch %zu: it no longer improved.</p>\n",
                       count);
    }
    ingot_html_add(html,
                   "<p class=\"soft\">Training values are taken batch by batch before each "
                   "update, so they lag behind the validation of the same epoch. Both are per "
                   "sample (segment).</p>\n<div class=\"pair\">\n");
    ingot_html_chart(html, "Loss", "epoch", loss, lines, count);
    ingot_html_chart(html, "Accuracy", "epoch", accuracy, lines, count);
    ingot_html_chart(html, "Learning rate", "epoch", rate, 1, count);
    ingot_html_chart(html, "Throughput (samples/s)", "epoch", speed, 1, count);
    ingot_html_add(html, "</div>\n");
    free(values);
}

enum { WIDEST = 60 }; /* classes of a confusion matrix that is still readable */

static void confusion(ingot_html *html, const json_t *metrics) {
    const json_t *classes = at(metrics, "classes"), *rows = at(metrics, "confusion");
    const size_t count = json_array_size(classes);
    if (count == 0 || count > WIDEST) return;
    ingot_html_add(html, "<div class=\"wide\"><table class=\"matrix\"><thead><tr><th>true \\ "
                         "predicted</th>");
    for (size_t c = 0; c < count; c++) {
        ingot_html_add(html, "<th>");
        ingot_html_string(html, json_string_value(at(json_array_get(classes, c), "name")));
        ingot_html_add(html, "</th>");
    }
    ingot_html_add(html, "</tr></thead><tbody>\n");
    for (size_t r = 0; r < count; r++) {
        const json_t *row = json_array_get(rows, r);
        const double support = number(json_array_get(classes, r), "support");
        name_cell(html, json_string_value(at(json_array_get(classes, r), "name")));
        for (size_t c = 0; c < count; c++) {
            const long long n = (long long)json_integer_value(json_array_get(row, c));
            const double share = support > 0 ? (double)n / support : 0;
            ingot_html_add(html, "<td class=\"%s\" style=\"--s:%.3f\" title=\"%.1f %%\">%lld</td>",
                           r == c ? "hit" : "miss", n ? 0.08 + 0.6 * share : 0.0, 100 * share, n);
        }
        ingot_html_add(html, "</tr>\n");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

static void class_table(ingot_html *html, const json_t *metrics) {
    const json_t *classes = at(metrics, "classes"), *macro = at(metrics, "macro");
    size_t i;
    const json_t *one;
    ingot_html_add(html, "<div class=\"wide\"><table><thead><tr><th>class</th><th>precision</th>"
                         "<th>recall</th><th>F1</th><th>support</th></tr></thead><tbody>\n");
    json_array_foreach(classes, i, one) {
        name_cell(html, json_string_value(at(one, "name")));
        ingot_html_add(html, "<td>%.4f</td><td>%.4f</td><td>%.4f</td><td>%lld</td></tr>\n",
                       number(one, "precision"), number(one, "recall"), number(one, "f1"),
                       whole(one, "support"));
    }
    name_cell(html, "macro average");
    ingot_html_add(html,
                   "<td>%.4f</td><td>%.4f</td><td>%.4f</td><td>%lld</td></tr>\n"
                   "</tbody></table></div>\n",
                   number(macro, "precision"), number(macro, "recall"), number(macro, "f1"),
                   whole(metrics, "rows"));
}

static void measured(ingot_html *html, const json_t *results) {
    const json_t *metrics = at(at(results, "metrics"), "metrics");
    for (size_t s = SPLITS; s-- > 0;) { /* test first */
        const json_t *split = at(metrics, splits[s]);
        if (!split) continue;
        const json_t *samples = at(split, "per_sample");
        ingot_html_add(html, "<h2>Results on the %s split</h2>\n", splits[s]);
        ingot_html_add(html,
                       "<p>Accuracy %.4f, balanced accuracy %.4f, log loss %.4f over %lld items.",
                       number(split, "accuracy"), number(split, "balanced_accuracy"),
                       number(split, "log_loss"), whole(split, "rows"));
        if (samples && whole(samples, "rows") != whole(split, "rows")) {
            ingot_html_add(html,
                           " Of the %lld single segments %.4f are right, with log loss %.4f; an "
                           "item's probabilities are the mean over its segments.",
                           whole(samples, "rows"), number(samples, "accuracy"),
                           number(samples, "log_loss"));
        }
        ingot_html_add(html, "</p>\n<div class=\"pair\">\n<div>");
        class_table(html, split);
        ingot_html_add(html, "</div>\n<div>");
        confusion(html, split);
        ingot_html_add(html, "</div>\n</div>\n");
    }
}

static void data_table(ingot_html *html, const json_t *data) {
    const json_t *classes = at(data, "classes");
    if (!data) return;
    section(html, "Data");
    ingot_html_add(html, "<div class=\"wide\"><table><thead><tr><th>samples</th>");
    for (size_t s = 0; s < SPLITS; s++) ingot_html_add(html, "<th>%s</th>", splits[s]);
    ingot_html_add(html, "</tr></thead><tbody>\n");
    for (size_t c = 0; c < json_array_size(classes); c++) {
        name_cell(html, json_string_value(json_array_get(classes, c)));
        for (size_t s = 0; s < SPLITS; s++) {
            const json_t *split = at(at(data, "splits"), splits[s]);
            const long long n =
                (long long)json_integer_value(json_array_get(at(split, "per_class"), c));
            const double all = number(split, "samples");
            ingot_html_add(html, "<td>%lld <span class=\"soft\">%.1f %%</span></td>", n,
                           all > 0 ? 100 * (double)n / all : 0);
        }
        ingot_html_add(html, "</tr>\n");
    }
    static const char *const totals[][2] = {{"all samples", "samples"}, {"items", "items"}};
    for (size_t t = 0; t < 2; t++) {
        name_cell(html, totals[t][0]);
        for (size_t s = 0; s < SPLITS; s++) {
            ingot_html_add(html, "<td>%lld</td>",
                           whole(at(at(data, "splits"), splits[s]), totals[t][1]));
        }
        ingot_html_add(html, "</tr>\n");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

static void plan(ingot_html *html, const json_t *program) {
    static const char *const names[][2] = {
        {"parameters, buffers and optimizer state", "state_bytes"},
        {"activations and gradients, training", "training_arena_bytes"},
        {"activations, prediction", "predict_arena_bytes"},
        {"weights prepared for inference", "prepared_bytes"},
        {"kept by the training loop", "training_kept_bytes"}};
    const json_t *memory = at(program, "memory"), *entries = at(program, "entries");
    section(html, "Plan");
    ingot_html_add(html, "<div class=\"pair\">\n<div class=\"wide\"><table><thead><tr><th>memory"
                         "</th><th>planned</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        name_cell(html, names[i][0]);
        bytes_cell(html, number(memory, names[i][1]));
        ingot_html_add(html, "</tr>\n");
    }
    ingot_html_add(html, "</tbody></table></div>\n<div class=\"wide\"><table><thead><tr><th>entry"
                         "</th><th>batch</th><th>MFLOP/sample</th><th>nodes</th></tr></thead>"
                         "<tbody>\n");
    static const char *const order[] = {"train_step", "train_step_tail", "evaluate_step",
                                        "predict"};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const json_t *entry = at(entries, order[i]);
        if (!json_is_object(entry)) continue;
        name_cell(html, order[i]);
        ingot_html_add(html, "<td>%lld</td><td>%.4g</td><td>%lld</td></tr>\n",
                       whole(entry, "batch"), number(entry, "flops_per_sample") * 1e-6,
                       whole(entry, "nodes"));
    }
    ingot_html_add(html, "</tbody></table></div>\n</div>\n");
}

static void timings(ingot_html *html, const json_t *stages) {
    static const char *const order[] = {"features", "train", "evaluate"};
    if (json_object_size(stages) == 0) return;
    section(html, "Timings");
    ingot_html_add(html, "<div class=\"wide\"><table><thead><tr><th>stage</th><th>seconds</th><th>"
                         "</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const json_t *stage = at(stages, order[i]);
        if (!stage) continue;
        name_cell(html, order[i]);
        ingot_html_add(html, "<td>%.3f</td><td class=\"name soft\">%s", number(stage, "seconds"),
                       json_is_true(at(stage, "cached")) ? "from the cache" : "");
        if (at(stage, "threads"))
            ingot_html_add(html, "%lld thread%s", whole(stage, "threads"),
                           whole(stage, "threads") == 1 ? "" : "s");
        ingot_html_add(html, "</td></tr>\n");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

static void libraries(ingot_html *html, const json_t *program) {
    size_t i;
    const json_t *one;
    section(html, "Made with");
    ingot_html_add(html, "<p>%s, %lld threads; weights <code>",
                   json_string_value(at(program, "isa")), whole(program, "threads"));
    ingot_html_add(
        html,
        "weights.safetensors</code></p>\n<div class=\"wide\"><table><thead><tr>"
        "<th>library</th><th>version</th><th class=\"name\">licence</th></tr></thead><tbody>\n");
    json_array_foreach(at(program, "libraries"), i, one) {
        name_cell(html, json_string_value(at(one, "name")));
        ingot_html_add(html, "<td>");
        ingot_html_string(html, json_string_value(at(one, "version")));
        ingot_html_add(html, "</td><td class=\"name\">");
        ingot_html_string(html, json_string_value(at(one, "licence")));
        ingot_html_add(html, "</td></tr>\n");
    }
    ingot_html_add(html, "</tbody></table></div>\n");
}

ingot_status ingot_report_html(const json_t *results, const char *spec, size_t spec_size,
                               char **text, size_t *size, ingot_error *error) {
    ingot_html html = {NULL, 0, 0, 0};
    const json_t *program = at(results, "program");
    top(&html, results);
    measured(&html, results);
    training_curves(&html, at(results, "history"), at(results, "timing"));
    data_table(&html, at(results, "data"));
    section(&html, "Spec");
    ingot_html_add(&html, "<pre>");
    ingot_html_text(&html, spec, spec_size);
    ingot_html_add(&html, "</pre>\n");
    plan(&html, program);
    timings(&html, at(results, "stages"));
    libraries(&html, program);
    ingot_html_add(&html, "</body>\n</html>\n");
    if (html.failed) {
        free(html.text);
        return ingot_fail(error, INGOT_FAILED, "out of memory for the report");
    }
    *text = html.text;
    *size = html.size;
    return INGOT_OK;
}
