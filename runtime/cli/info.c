/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * info.c: the word info, and metrics as text.
 */
#include <string.h>

#include "base/json.h"
#include "cli/stages.h"
#include "cli/words.h"
#include "report/results.h"

static double mebibytes(double bytes) {
    return bytes / (1024 * 1024);
}

static void print_entry(FILE *to, const ingot_entry *entry) {
    if (!entry) return;
    double flops = 0;
    for (int32_t n = entry->prepare_nodes; n < entry->node_count; n++) {
        flops += entry->nodes[n].flops;
    }
    fprintf(to, "  %-16s batch %5d  %10.3f MFLOP/sample  arena %8.2f MiB  %4d nodes\n", entry->name,
            entry->batch, flops / entry->batch * 1e-6, mebibytes((double)entry->arena_bytes),
            entry->node_count);
}

static void print_info(FILE *to, const ingot_program *p) {
    fprintf(to, "%s\nstamp       %s\ntarget      %s, %d threads\n", p->name, p->stamp, p->isa,
            p->threads);
    fprintf(to, "input       %d x %d x %d, %d classes:", p->data.channels, p->data.height,
            p->data.width, p->classes);
    for (int32_t c = 0; c < p->classes && c < 20; c++) fprintf(to, " %s", p->class_names[c]);
    fprintf(to, "%s\nparameters  %lld (%.2f MiB; with optimizer state and buffers %.2f MiB)\n",
            p->classes > 20 ? " ..." : "", (long long)p->parameters,
            mebibytes((double)p->parameters * 4), mebibytes((double)p->state_floats * 4));
    fprintf(to, "training    %d epochs of %lld steps, batch %d, seed %llu\n", p->training.epochs,
            (long long)p->training.steps_per_epoch, p->training.batch,
            (unsigned long long)p->training.seed);
    for (int s = 0; s < INGOT_SPLITS; s++) {
        fprintf(to, "%-11s %lld items, %lld samples\n", ingot_split_name((ingot_split)s),
                (long long)p->data.items[s], (long long)p->data.samples[s]);
    }
    fputs("entries\n", to);
    print_entry(to, p->train_step);
    print_entry(to, p->train_step_tail);
    print_entry(to, p->evaluate_step);
    print_entry(to, p->predict);
    fputs("libraries\n", to);
    for (int32_t i = 0; i < p->library_count; i++) {
        const ingot_library *l = &p->libraries[i];
        const char *loaded = l->loaded_version ? l->loaded_version() : NULL;
        fprintf(to, "  %-24s %-12s %s%s%s\n", l->name, l->version, l->licence,
                loaded && strcmp(loaded, l->version) != 0 ? "  loaded now: " : "",
                loaded && strcmp(loaded, l->version) != 0 ? loaded : "");
    }
}

/* What the generator had to say when it built this. */
static void print_warnings(FILE *to, const json_t *manifest) {
    const json_t *list = json_object_get(json_object_get(manifest, "summary"), "warnings");
    size_t i;
    const json_t *line;
    json_array_foreach(list, i, line) {
        if (json_is_string(line)) fprintf(to, "warning     %s\n", json_string_value(line));
    }
}

ingot_status ingot_word_info(ingot_session *session, ingot_error *error) {
    const ingot_program *program = session->program;
    const size_t size = (size_t)(program->manifest.end - program->manifest.begin);
    json_t *manifest = NULL;
    if (size > 0) {
        ingot_status status = ingot_json_parse((const char *)program->manifest.begin, size,
                                               "the carried manifest", &manifest, error);
        if (status != INGOT_OK) return status;
    }
    FILE *out = ingot_session_out(session);
    if (out) {
        print_info(out, program);
        print_warnings(out, manifest);
    }
    if (manifest) json_object_set_new(session->summary, "manifest", manifest);
    json_object_set_new(session->summary, "program", ingot_program_json(program));
    return INGOT_OK;
}

/* ------------------------------------------------------------------ metrics */

static double real(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

enum { WIDEST = 20 }; /* classes of a confusion matrix that fits a terminal */

static void print_confusion(FILE *to, const json_t *classes, const json_t *confusion) {
    const size_t count = json_array_size(classes);
    fprintf(to, "\n  confusion matrix (rows: true, columns: predicted)\n  %-18s", "");
    for (size_t c = 0; c < count; c++) {
        fprintf(to, " %7.7s",
                json_string_value(json_object_get(json_array_get(classes, c), "name")));
    }
    fputc('\n', to);
    for (size_t r = 0; r < count; r++) {
        fprintf(to, "  %-18.18s",
                json_string_value(json_object_get(json_array_get(classes, r), "name")));
        for (size_t c = 0; c < count; c++) {
            fprintf(to, " %7lld",
                    (long long)json_integer_value(json_array_get(json_array_get(confusion, r), c)));
        }
        fputc('\n', to);
    }
}

static void print_regression(FILE *to, const char *split, const json_t *metrics) {
    const json_t *outputs = json_object_get(metrics, "outputs"), *one;
    size_t i;
    fprintf(to, "\n%s: R2 %.4f of %lld items\n\n", split, real(metrics, "r2"),
            (long long)json_integer_value(json_object_get(metrics, "rows")));
    fprintf(to, "  %-18s %11s %11s %11s %9s\n", "output", "MAE", "MSE", "RMSE", "R2");
    json_array_foreach(outputs, i, one) {
        fprintf(to, "  %-18.18s %11.5g %11.5g %11.5g %9.4f\n",
                json_string_value(json_object_get(one, "name")), real(one, "mae"), real(one, "mse"),
                real(one, "rmse"), real(one, "r2"));
    }
    if (json_array_size(outputs) > 1) {
        fprintf(to, "  %-18s %11.5g %11.5g %11.5g %9.4f\n", "mean", real(metrics, "mae"),
                real(metrics, "mse"), real(metrics, "rmse"), real(metrics, "r2"));
    }
    fputc('\n', to);
}

void ingot_print_metrics(FILE *to, const char *split, const json_t *metrics) {
    if (json_object_get(metrics, "outputs")) {
        print_regression(to, split, metrics);
        return;
    }
    const json_t *classes = json_object_get(metrics, "classes");
    const json_t *macro = json_object_get(metrics, "macro");
    const json_t *samples = json_object_get(metrics, "per_sample");
    fprintf(to, "\n%s: accuracy %.4f of %lld items", split, real(metrics, "accuracy"),
            (long long)json_integer_value(json_object_get(metrics, "rows")));
    if (!json_equal(json_object_get(metrics, "rows"), json_object_get(samples, "rows"))) {
        fprintf(to, " (%.4f of %lld segments)", real(samples, "accuracy"),
                (long long)json_integer_value(json_object_get(samples, "rows")));
    }
    fprintf(to, "\n  balanced accuracy %.4f, log loss %.4f\n\n", real(metrics, "balanced_accuracy"),
            real(metrics, "log_loss"));
    fprintf(to, "  %-18s %9s %9s %9s %9s\n", "class", "precision", "recall", "F1", "support");
    size_t i;
    const json_t *one;
    json_array_foreach(classes, i, one) {
        fprintf(to, "  %-18.18s %9.4f %9.4f %9.4f %9lld\n",
                json_string_value(json_object_get(one, "name")), real(one, "precision"),
                real(one, "recall"), real(one, "f1"),
                (long long)json_integer_value(json_object_get(one, "support")));
    }
    fprintf(to, "  %-18s %9.4f %9.4f %9.4f\n", "macro", real(macro, "precision"),
            real(macro, "recall"), real(macro, "f1"));
    if (json_array_size(classes) <= WIDEST) {
        print_confusion(to, classes, json_object_get(metrics, "confusion"));
    }
    fputc('\n', to);
}
