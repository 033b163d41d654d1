/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * profile.c: see profile.h. The trace has the form of Chrome's trace events ("Trace Event Format"),
 * which chrome://tracing and Perfetto read: one complete event ("X") per node, microseconds.
 */
#include "cli/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/meter.h"
#include "cli/peak.h"

static const double PEAK_SECONDS = 0.2;

/* ------------------------------------------------------------------ measuring */

ingot_status ingot_profile_new(const ingot_entry *entry, int64_t most, ingot_profile *profile,
                               ingot_error *error) {
    const size_t values = (size_t)entry->node_count * (size_t)most;
    *profile = (ingot_profile){.entry = entry, .most = most};
    profile->begins = calloc(values + 1, sizeof(double));
    profile->ends = calloc(values + 1, sizeof(double));
    if (profile->begins && profile->ends) return INGOT_OK;
    ingot_profile_free(profile);
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

void ingot_profile_free(ingot_profile *profile) {
    free(profile->begins);
    free(profile->ends);
    profile->begins = profile->ends = NULL;
}

/* One node of an entry; of parts that threads compute at once, all do their one. */
static void run(const ingot_entry *entry, const ingot_node *node, ingot_machine *machine) {
    if (entry->slots <= 1) {
        node->run(machine);
        return;
    }
#pragma omp parallel for schedule(static)
    for (int32_t slot = 0; slot < entry->slots; slot++) {
        ingot_machine own = *machine;
        own.arena += (size_t)slot * entry->slot_bytes;
        node->run(&own);
    }
}

void ingot_profile_call(ingot_profile *profile, ingot_machine *machine) {
    const ingot_entry *entry = profile->entry;
    for (int32_t n = entry->prepare_nodes; n < entry->node_count; n++) {
        const int64_t at = n * profile->most + profile->calls;
        profile->begins[at] = ingot_clock();
        run(entry, &entry->nodes[n], machine);
        profile->ends[at] = ingot_clock();
    }
    profile->calls++;
}

/* ------------------------------------------------------------------ tables */

/* The larger share of the two peaks that a node reaches. Data that stays in the caches moves faster
 * than memory could: such a share of more than 1 is told as "cache". */
static double share_of_peak(const ingot_profiler *p, double flops, double bytes, double seconds,
                            const char **of) {
    const double compute = p->gflops > 0 ? flops / seconds * 1e-9 / p->gflops : 0;
    const double memory = p->gbs > 0 ? bytes / seconds * 1e-9 / p->gbs : 0;
    *of = compute >= memory ? "flops" : memory > 1 ? "cache" : "memory";
    return compute >= memory ? compute : memory;
}

static void print_line(FILE *out, const ingot_profiler *p, const char *const names[3], double flops,
                       double bytes, double seconds, double total) {
    const double s = seconds > 0 ? seconds : 1e-9;
    const char *of = "";
    const double share = share_of_peak(p, flops, bytes, s, &of);
    fprintf(out, "  %-32.32s %-28.28s %-10.10s %10.2f %5.1f%% %9.1f %8.1f %5.0f%% %s\n", names[0],
            names[1], names[2], seconds * 1e6, 100 * seconds / total, flops / s * 1e-9,
            bytes / s * 1e-9, 100 * share, of);
}

static void print_head(FILE *out, const char *first) {
    fprintf(out, "  %-32s %-28s %-10s %10s %6s %9s %8s %6s\n", first, "op", "kernel", "us", "share",
            "GFLOP/s", "GB/s", "peak");
}

static void print_nodes(FILE *out, const ingot_profiler *p, const ingot_entry *entry,
                        const double *seconds, double total) {
    fprintf(out,
            "\n%s, node by node; peak: the share of %.0f GFLOP/s (fp32 multiply-add) or of "
            "%.1f GB/s (memory)\n",
            entry->name, p->gflops, p->gbs);
    print_head(out, "path");
    for (int32_t n = entry->prepare_nodes; n < entry->node_count; n++) {
        const ingot_node *node = &entry->nodes[n];
        const char *const names[3] = {node->path, node->op, node->kernel};
        print_line(out, p, names, node->flops, node->bytes, seconds[n], total);
    }
    fprintf(out, "  %-32s %-28s %-10s %10.2f\n", "sum", "", "", total * 1e6);
}

typedef struct kind {
    const char *op, *kernel;
    double seconds, flops, bytes;
    int32_t count;
} kind;

static int slowest_first(const void *a, const void *b) {
    const kind *x = a, *y = b;
    if (x->seconds != y->seconds) return x->seconds < y->seconds ? 1 : -1;
    const int by_op = strcmp(x->op, y->op);
    return by_op ? by_op : strcmp(x->kernel, y->kernel);
}

/* The same by kind of node, the slowest first. */
static ingot_status print_kinds(FILE *out, const ingot_profiler *p, const ingot_entry *entry,
                                const double *seconds, double total, ingot_error *error) {
    kind *kinds = calloc((size_t)entry->node_count + 1, sizeof *kinds);
    if (!kinds) return ingot_fail(error, INGOT_FAILED, "out of memory");
    size_t count = 0;
    for (int32_t n = entry->prepare_nodes; n < entry->node_count; n++) {
        const ingot_node *node = &entry->nodes[n];
        size_t k = 0;
        while (k < count &&
               (strcmp(kinds[k].op, node->op) != 0 || strcmp(kinds[k].kernel, node->kernel) != 0)) {
            k++;
        }
        if (k == count) kinds[count++] = (kind){.op = node->op, .kernel = node->kernel};
        kinds[k].seconds += seconds[n];
        kinds[k].flops += node->flops;
        kinds[k].bytes += node->bytes;
        kinds[k].count++;
    }
    qsort(kinds, count, sizeof *kinds, slowest_first);
    fprintf(out, "\n%s, by kind\n", entry->name);
    print_head(out, "nodes");
    for (size_t k = 0; k < count; k++) {
        char nodes[16];
        snprintf(nodes, sizeof nodes, "%d", kinds[k].count);
        const char *const names[3] = {nodes, kinds[k].op, kinds[k].kernel};
        print_line(out, p, names, kinds[k].flops, kinds[k].bytes, kinds[k].seconds, total);
    }
    free(kinds);
    return INGOT_OK;
}

static json_t *nodes_json(const ingot_profiler *p, const ingot_entry *entry,
                          const double *seconds) {
    json_t *nodes = json_array();
    for (int32_t n = entry->prepare_nodes; n < entry->node_count; n++) {
        const ingot_node *node = &entry->nodes[n];
        const char *of = "";
        const double share =
            share_of_peak(p, node->flops, node->bytes, seconds[n] > 0 ? seconds[n] : 1e-9, &of);
        json_array_append_new(nodes, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "path",
                                               node->path, "op", node->op, "kernel", node->kernel,
                                               "us", ingot_json_real(seconds[n] * 1e6), "flops",
                                               ingot_json_real(node->flops), "bytes",
                                               ingot_json_real(node->bytes), "share_of_peak",
                                               ingot_json_real(share), "bound_by", of));
    }
    return nodes;
}

/* ------------------------------------------------------------------ trace */

static void name_thread(json_t *events, int id, const char *name) {
    json_array_append_new(events, json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", "thread_name",
                                            "ph", "M", "pid", 1, "tid", id, "args", "name", name));
}

/* The last call, from time 0: one row per entry. */
static void trace(ingot_profiler *p, const ingot_profile *profile) {
    const ingot_entry *entry = profile->entry;
    int row = 1;
    const json_t *event;
    size_t i;
    json_array_foreach(p->events, i, event) {
        row += strcmp(json_string_value(json_object_get(event, "ph")), "M") == 0;
    }
    name_thread(p->events, row, entry->name);
    double zero = 0;
    for (int32_t n = entry->prepare_nodes; n < entry->node_count; n++) {
        const ingot_node *node = &entry->nodes[n];
        const int64_t at = n * profile->most + profile->calls - 1;
        const double begin = profile->begins[at], took = profile->ends[at] - begin;
        const double s = took > 0 ? took : 1e-9;
        if (n == entry->prepare_nodes) zero = begin;
        json_array_append_new(
            p->events, json_pack("{s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:{s:s, s:s, s:o, s:o}}",
                                 "name", node->path, "cat", node->op, "ph", "X", "pid", 1, "tid",
                                 row, "ts", ingot_json_real((begin - zero) * 1e6), "dur",
                                 ingot_json_real(took * 1e6), "args", "op", node->op, "kernel",
                                 node->kernel, "GFLOP/s", ingot_json_real(node->flops / s * 1e-9),
                                 "GB/s", ingot_json_real(node->bytes / s * 1e-9)));
    }
}

/* ------------------------------------------------------------------ the whole */

void ingot_profiler_begin(ingot_profiler *profiler, ingot_session *session) {
    *profiler = (ingot_profiler){.session = session};
    if (session->options->profile) {
        profiler->gflops = ingot_peak_fma(session->threads, PEAK_SECONDS);
        profiler->gbs = ingot_peak_triad(session->threads, PEAK_SECONDS);
        json_object_set_new(session->summary, "peak",
                            json_pack("{s:o, s:o, s:i}", "fma_gflops",
                                      ingot_json_real(profiler->gflops), "triad_gbs",
                                      ingot_json_real(profiler->gbs), "threads", session->threads));
    }
    if (session->options->trace) profiler->events = json_array();
}

ingot_status ingot_profiler_end(ingot_profiler *profiler, ingot_error *error) {
    ingot_status status = INGOT_OK;
    if (profiler->events && error) {
        const char *path = profiler->session->options->trace;
        json_t *all =
            json_pack("{s:s, s:O}", "displayTimeUnit", "ns", "traceEvents", profiler->events);
        char *text = all ? ingot_json_line(all) : NULL;
        status = text ? ingot_write_file(path, text, strlen(text), NULL, error)
                      : ingot_fail(error, INGOT_FAILED, "out of memory");
        if (status == INGOT_OK) {
            ingot_session_note(profiler->session, "bench: trace written to %s", path);
        }
        free(text);
        json_decref(all);
    }
    json_decref(profiler->events);
    profiler->events = NULL;
    return status;
}

ingot_status ingot_profile_tell(ingot_profiler *profiler, ingot_profile *profile, json_t *result,
                                ingot_error *error) {
    const ingot_entry *entry = profile->entry;
    if (profile->calls == 0) return INGOT_OK;
    if (profiler->events) trace(profiler, profile);
    if (!profiler->session->options->profile) return INGOT_OK;
    double *medians = calloc((size_t)entry->node_count + 1, sizeof *medians);
    if (!medians) return ingot_fail(error, INGOT_FAILED, "out of memory");
    double total = 0;
    for (int32_t n = entry->prepare_nodes; n < entry->node_count; n++) {
        double *took = profile->ends + n * profile->most;
        for (int64_t c = 0; c < profile->calls; c++) {
            took[c] -= profile->begins[n * profile->most + c];
        }
        medians[n] = ingot_median(took, profile->calls);
        if (entry->parts > 1) medians[n] *= (double)entry->parts / entry->slots;
        total += medians[n];
    }
    if (total <= 0) total = 1e-9;
    FILE *out = ingot_session_out(profiler->session);
    ingot_status status = INGOT_OK;
    if (out) {
        print_nodes(out, profiler, entry, medians, total);
        status = print_kinds(out, profiler, entry, medians, total, error);
    }
    json_object_set_new(result, "nodes", nodes_json(profiler, entry, medians));
    free(medians);
    return status;
}
