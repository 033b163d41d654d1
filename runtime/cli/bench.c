/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * bench.c: the word bench: how fast the entries are, on random input of a fixed seed.
 *
 * Times are medians over warm calls of one entry, the filling of its input left out. Training runs
 * with a learning rate of zero: the arithmetic is the same, and the weights do not drift into
 * denormal or infinite values, which would measure something else. --profile and --trace
 * (profile.c) call the nodes one by one besides.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/rng.h"
#include "cli/environment.h"
#include "cli/meter.h"
#include "cli/profile.h"
#include "cli/words.h"
#include "train/backbone.h"
#include "train/init.h"

enum { MOST = 100000, MOST_PROFILED = 1000, WARM = 3 };

typedef struct bench {
    ingot_session *session;
    const ingot_entry *entry;
    ingot_machine *machine;
    float *x; /* what the arena's input is filled from */
    size_t x_floats;
    int32_t *labels;
} bench;

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double ingot_median(double *values, int64_t count) {
    if (count == 0) return 0;
    qsort(values, (size_t)count, sizeof *values, ascending);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* The arena's input may have been written over by the call before. */
static void fill(const bench *b) {
    memcpy(ingot_at(b->machine, b->entry->x), b->x, b->x_floats * sizeof *b->x);
    if (b->entry->labels != SIZE_MAX) {
        memcpy(ingot_labels_at(b->machine, b->entry->labels), b->labels,
               (size_t)b->entry->batch * sizeof *b->labels);
    }
}

static void call(const bench *b) {
    b->entry->compute(b->machine);
    if (b->entry->update) b->entry->update(b->machine);
}

static int64_t most_repeats(const bench *b, int64_t limit) {
    const int64_t asked = b->session->options->repeats;
    return asked > 0 && asked < limit ? asked : limit;
}

/* Whether to go on after `done` calls. */
static int goes_on(const bench *b, int64_t done, int64_t most, double begun) {
    if (ingot_stop || done >= most) return 0;
    if (b->session->options->repeats > 0) return 1;
    return done < 3 || ingot_clock() - begun < b->session->options->seconds;
}

/* Rows as long as usual ones, their entries spread over all there are. */
static void fill_rows(bench *b, const ingot_data *data, ingot_rng *rng) {
    const size_t width = b->x_floats / (size_t)b->entry->batch;
    const int32_t most = ((int32_t)width - 1) / data->row_cells, limit = data->row_limit;
    const int32_t wanted = data->row_entries < most ? data->row_entries : most;
    const int32_t count = wanted < limit || data->row_cells == 1 ? wanted : limit;
    int32_t *row = calloc(width, sizeof *row);
    for (int32_t n = 0; row != NULL && n < b->entry->batch; n++) {
        row[0] = count;
        for (int32_t i = 0; i < count; i++) {
            int32_t *cell = row + 1 + (size_t)i * (size_t)data->row_cells;
            if (data->row_cells == 1) {
                *cell = (int32_t)ingot_rng_below(rng, (uint64_t)limit);
            } else {
                const int64_t begin = (int64_t)limit * i / count,
                              end = (int64_t)limit * (i + 1) / count;
                const float value = ingot_rng_float(rng);
                cell[0] = (int32_t)(begin + (int64_t)ingot_rng_below(rng, (uint64_t)(end - begin)));
                memcpy(cell + 1, &value, sizeof value);
            }
        }
        memcpy(b->x + (size_t)n * width, row, width * sizeof *row);
    }
    free(row);
}

static ingot_status bench_new(bench *b, ingot_session *session, const ingot_entry *entry,
                              ingot_error *error) {
    const ingot_program *program = session->program;
    const ingot_data *data = &program->data;
    memset(b, 0, sizeof *b);
    b->session = session;
    b->entry = entry;
    const int begins_behind =
        program->backbone && (entry == program->train_step || entry == program->train_step_tail);
    b->x_floats = (size_t)entry->batch *
                  (begins_behind ? program->backbone->floats
                   : entry == program->predict && data->predict_width > 0
                       ? (size_t)data->predict_width
                       : (size_t)data->channels * (size_t)data->height * (size_t)data->width);
    b->x = calloc(b->x_floats, sizeof *b->x);
    b->labels = malloc((size_t)entry->batch * sizeof *b->labels);
    if (!b->x || !b->labels) return ingot_fail(error, INGOT_FAILED, "out of memory");
    ingot_rng rng = ingot_rng_make(1, 0, INGOT_STREAM_RUNTIME + 2);
    if (data->row_cells > 0 && !begins_behind) {
        fill_rows(b, data, &rng);
    } else {
        for (size_t i = 0; i < b->x_floats; i++) b->x[i] = ingot_rng_float(&rng);
    }
    for (int32_t i = 0; i < entry->batch; i++) {
        b->labels[i] = (int32_t)ingot_rng_below(&rng, (uint64_t)program->classes);
    }
    ingot_status status = ingot_engine_open(session->engine, entry, &b->machine, error);
    if (status != INGOT_OK) return status;
    if (entry->prepare) entry->prepare(b->machine);
    b->machine->learning_rate = 0;
    for (int i = 0; i < WARM; i++) {
        fill(b);
        call(b);
    }
    return INGOT_OK;
}

static void bench_free(bench *b) {
    free(b->x);
    free(b->labels);
}

static double flops_of(const ingot_entry *entry) {
    double flops = 0;
    for (int32_t n = entry->prepare_nodes; n < entry->node_count; n++) {
        flops += entry->nodes[n].flops;
    }
    return flops;
}

static ingot_status measure(bench *b, json_t **result, ingot_error *error) {
    const ingot_entry *entry = b->entry;
    const int64_t most = most_repeats(b, MOST);
    double *times = malloc((size_t)most * sizeof *times);
    if (!times) return ingot_fail(error, INGOT_FAILED, "out of memory");
    int64_t done = 0;
    for (const double begun = ingot_clock(); goes_on(b, done, most, begun); done++) {
        fill(b);
        const double start = ingot_clock();
        call(b);
        times[done] = ingot_clock() - start;
    }
    const double seconds = ingot_median(times, done);
    const double least = done ? times[0] : 0; /* sorted now */
    free(times);
    const double rate = seconds > 0 ? entry->batch / seconds : 0;
    const double gflops = seconds > 0 ? flops_of(entry) / seconds * 1e-9 : 0;
    FILE *out = ingot_session_out(b->session);
    if (out) {
        fprintf(out,
                "%-16s batch %5d  %10.4f ms  %12.1f samples/s  %8.1f GFLOP/s  (%lld calls, least "
                "%.4f ms)\n",
                entry->name, entry->batch, seconds * 1e3, rate, gflops, (long long)done,
                least * 1e3);
    }
    *result = json_pack("{s:i, s:I, s:o, s:o, s:o, s:o}", "batch", entry->batch, "repeats",
                        (json_int_t)done, "ms", ingot_json_real(seconds * 1e3), "least_ms",
                        ingot_json_real(least * 1e3), "samples_per_second", ingot_json_real(rate),
                        "gflops", ingot_json_real(gflops));
    return INGOT_OK;
}

/* ------------------------------------------------------------------ the word */

/* The nodes one by one: --profile and --trace. */
static ingot_status look(bench *b, ingot_profiler *profiler, json_t *result, ingot_error *error) {
    const int64_t most = most_repeats(b, MOST_PROFILED);
    ingot_profile profile;
    ingot_status status = ingot_profile_new(b->entry, most, &profile, error);
    if (status != INGOT_OK) return status;
    for (const double begun = ingot_clock(); goes_on(b, profile.calls, most, begun);) {
        fill(b);
        ingot_profile_call(&profile, b->machine);
    }
    status = ingot_profile_tell(profiler, &profile, result, error);
    ingot_profile_free(&profile);
    return status;
}

static ingot_status bench_entry(ingot_session *session, const ingot_entry *entry,
                                ingot_profiler *profiler, json_t *results, ingot_error *error) {
    bench b;
    json_t *result = NULL;
    if (!entry || ingot_stop) return INGOT_OK;
    ingot_status status = bench_new(&b, session, entry, error);
    if (status == INGOT_OK) status = measure(&b, &result, error);
    if (status == INGOT_OK && profiler && !ingot_stop) status = look(&b, profiler, result, error);
    if (result) json_object_set_new(results, entry->name, result);
    bench_free(&b);
    ingot_engine_close(session->engine, entry);
    return status;
}

ingot_status ingot_word_bench(ingot_session *session, ingot_error *error) {
    const ingot_program *program = session->program;
    ingot_status status = ingot_session_engine(
        session, INGOT_USE_TRAIN | INGOT_USE_EVALUATE | INGOT_USE_PREDICT, error);
    if (status != INGOT_OK) return status;
    ingot_init_state(program, ingot_engine_state(session->engine));
    json_t *results = json_object();
    json_object_set_new(session->summary, "bench", results);
    ingot_profiler made, *profiler = NULL;
    if (session->options->profile || session->options->trace) {
        ingot_profiler_begin(&made, session);
        profiler = &made;
    }
    const ingot_entry *entries[] = {program->backbone ? program->backbone->entry : NULL,
                                    program->train_step, program->evaluate_step, program->predict};
    for (int i = 0; i < 4 && status == INGOT_OK; i++) {
        status = bench_entry(session, entries[i], profiler, results, error);
    }
    if (profiler) {
        const ingot_status told = ingot_profiler_end(profiler, status == INGOT_OK ? error : NULL);
        if (status == INGOT_OK) status = told;
    }
    if (status == INGOT_OK && ingot_stop) {
        session->interrupted = 1;
        status = ingot_fail(error, INGOT_FAILED, "interrupted");
    }
    return status;
}
