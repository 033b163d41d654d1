/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * bert_bench.c: times the entries that bench/bert.lua generates.
 *
 *   bert_bench ENTRY THREADS SECONDS TEXTS [--cpu] [--profile]
 *
 * TEXTS: how many random ids each text has, or a file of bench/bert_texts.c, whose texts are taken
 * in turn. Prints the median of a call in milliseconds (of passes over the file: a pass's time
 * divided by its calls) and the share of ids that are no padding; with --profile then a line for
 * each kind of node: operation, kernel, milliseconds of a call, operations of a call on texts of
 * full length, tab-separated. --cpu: time of the processor instead of the clock's, for one thread
 * on a machine that others use.
 */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/rng.h"
#include "program.h"

extern const ingot_entry *const bench_entries[];
extern const int bench_entry_count;
extern const size_t bench_state, bench_parameters;
extern const int bench_width, bench_vocabulary;
extern const int64_t bench_constants[][3]; /* parameters of one value: offset, count, value */
extern const int bench_constant_count;

enum { MOST_CALLS = 10000, MOST_KINDS = 200, MOST_TEXTS = 4096 };

static clockid_t clock_used = CLOCK_MONOTONIC;

static double now(void) {
    struct timespec t;
    clock_gettime(clock_used, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *room(size_t bytes) {
    enum { HUGE_PAGE = 2 << 20 };
    bytes = (bytes + HUGE_PAGE) / HUGE_PAGE * HUGE_PAGE;
    void *p = aligned_alloc(HUGE_PAGE, bytes);
    if (p == NULL) exit(1);
    (void)madvise(p, bytes, MADV_HUGEPAGE); /* as the runtime does */
    memset(p, 0, bytes);
    return p;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int32_t *texts; /* records of a text's length and ids, or NULL: random ids */
static int text_count, next_text;

static void read_texts(const char *path) {
    FILE *file = fopen(path, "rb");
    const size_t record = (size_t)bench_width * sizeof *texts;
    texts = malloc(MOST_TEXTS * record);
    if (file == NULL || texts == NULL) exit(1);
    text_count = (int)fread(texts, record, MOST_TEXTS, file);
    fclose(file);
    text_count -= text_count % 16; /* whole batches */
    if (text_count == 0) exit(1);
}

static void fill(ingot_machine *m, const ingot_entry *e, int length, ingot_rng *rng) {
    for (int n = 0; n < e->batch; n++) {
        int32_t *row = (int32_t *)(void *)(m->arena + e->x) + (ptrdiff_t)n * bench_width;
        if (e->labels != SIZE_MAX) ((int32_t *)(void *)(m->arena + e->labels))[n] = n % 2;
        if (texts != NULL) {
            memcpy(row, texts + (ptrdiff_t)next_text * bench_width,
                   (size_t)bench_width * sizeof *row);
            next_text = (next_text + 1) % text_count;
            continue;
        }
        row[0] = length;
        for (int i = 1; i < bench_width; i++) {
            row[i] = i <= length ? (int32_t)ingot_rng_below(rng, (uint64_t)bench_vocabulary) : 0;
        }
    }
}

static void profile(ingot_machine *m, const ingot_entry *e, int length, ingot_rng *rng,
                    double seconds) {
    static double spent[4096];
    static char kinds[MOST_KINDS][160];
    double sums[MOST_KINDS] = {0}, flops[MOST_KINDS] = {0};
    int calls = 0, count = 0;
    for (double begun = now(); now() - begun < seconds || next_text != 0; calls++) {
        fill(m, e, length, rng);
        for (int i = e->prepare_nodes; i < e->node_count; i++) {
            const double start = now();
            e->nodes[i].run(m);
            spent[i] += now() - start;
        }
    }
    for (int i = e->prepare_nodes; i < e->node_count; i++) {
        char kind[160];
        const ingot_node *n = &e->nodes[i];
        snprintf(kind, sizeof kind, "%s\t%s", n->op, n->kernel);
        int k = 0;
        while (k < count && strcmp(kinds[k], kind) != 0) k++;
        if (k == count && count < MOST_KINDS) strcpy(kinds[count++], kind);
        sums[k] += spent[i];
        flops[k] += n->flops;
    }
    for (int k = 0; k < count; k++) {
        printf("%s\t%.6f\t%.0f\n", kinds[k], sums[k] / calls * 1e3, flops[k]);
    }
}

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    const ingot_entry *e = NULL;
    for (int i = 0; i < bench_entry_count; i++) {
        if (strcmp(bench_entries[i]->name, argv[1]) == 0) e = bench_entries[i];
    }
    const int threads = atoi(argv[2]), length = atoi(argv[4]);
    if (length == 0) read_texts(argv[4]);
    const double seconds = atof(argv[3]);
    if (e == NULL || threads < 1) return 2;
    if (argc > 5 && strcmp(argv[5], "--cpu") == 0) clock_used = CLOCK_PROCESS_CPUTIME_ID;
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
    ingot_machine m = {.threads = threads, .seed = 1, .learning_rate = 1e-6f, .gathered = e->batch};
    m.arena = room(e->arena_bytes);
    m.state = room(bench_state * sizeof(float));
    m.prepared = room(e->prepared_floats * sizeof(float));
    ingot_rng rng = ingot_rng_make(1, 0, INGOT_STREAM_RUNTIME + 9);
    for (size_t i = 0; i < bench_parameters; i++)
        m.state[i] = 0.1f * (ingot_rng_float(&rng) - 0.5f);
    for (int c = 0; c < bench_constant_count; c++) {
        const int64_t *one = bench_constants[c];
        for (int64_t i = one[0]; i < one[0] + one[1]; i++) m.state[i] = (float)one[2];
    }
    ingot_error error;
    if (e->open != NULL && e->open(&m, &error) != INGOT_OK) {
        fprintf(stderr, "%s\n", error.text);
        free(m.arena);
        free(m.state);
        free(m.prepared);
        return 1;
    }
    if (e->prepare != NULL) e->prepare(&m);
    static double times[MOST_CALLS];
    const int pass = text_count > e->batch ? text_count / (int)e->batch : 1;
    double ids = 0, all = 0;
    int calls = 0;
    for (double begun = now(); calls < MOST_CALLS && (calls < 3 || now() - begun < seconds);
         calls++) {
        for (int i = 0; i < pass; i++) {
            fill(&m, e, length, &rng);
            for (int n = 0; n < e->batch; n++) {
                ids += ((const int32_t *)(void *)(m.arena + e->x))[(ptrdiff_t)n * bench_width];
                all += bench_width - 1;
            }
            const double start = now();
            e->compute(&m);
            if (e->update != NULL) e->update(&m);
            times[calls] += (now() - start) / pass;
            m.step++;
            m.updates++;
        }
    }
    qsort(times + 1, (size_t)calls - 1, sizeof *times, ascending); /* the first one warms up */
    printf("%.6f %.4f\n", times[1 + (calls - 1) / 2] * 1e3, ids / all);
    if (strcmp(argv[argc - 1], "--profile") == 0) profile(&m, e, length, &rng, seconds);
    if (e->close != NULL) e->close(&m);
    return 0;
}
