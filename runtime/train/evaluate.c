/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * evaluate.c: see evaluate.h.
 */
#include "train/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t ingot_split_begin(const ingot_program *program, ingot_split split) {
    int64_t begin = 0;
    for (int s = 0; s < (int)split; s++) begin += program->data.samples[s];
    return begin;
}

const char *ingot_split_name(ingot_split split) {
    switch (split) {
    case INGOT_TRAIN:
        return "train";
    case INGOT_VALIDATION:
        return "validation";
    case INGOT_TEST:
        return "test";
    case INGOT_SPLITS:
        break;
    }
    return "none";
}

void ingot_sample_name(const ingot_dataset *dataset, const ingot_store *store, int64_t sample,
                       char *name, size_t size) {
    const ingot_item *item = &dataset->items[ingot_store_item(store, sample)];
    const ingot_file *file = &dataset->files[item->file];
    if (file->records > 1) {
        snprintf(name, size, "%s#%lld", file->path, (long long)item->record);
    } else {
        snprintf(name, size, "%s", file->path);
    }
}

/* The item whose samples are passing by. */
typedef struct passing {
    int64_t item;    /* -1: none yet */
    int64_t samples; /* seen of it */
    int32_t label;
    int64_t worst;  /* its sample with the least probability of the true class */
    float worst_of; /* that probability */
    double *sum;    /* [classes] */
    float *mean;    /* [classes] */
} passing;

static void item_ends(passing *p, ingot_tally *items, ingot_scores *scores) {
    if (p->item < 0) return;
    for (int32_t c = 0; c < items->classes; c++) {
        p->mean[c] = (float)(p->sum[c] / (double)p->samples);
        p->sum[c] = 0;
    }
    ingot_tally_add(items, p->label, p->mean);
    if (scores) ingot_scores_add(scores, p->item, p->worst, p->label, p->mean);
    p->item = -1;
    p->samples = 0;
}

static void row_passes(passing *p, int64_t item, int64_t sample, int32_t label, const float *row,
                       ingot_tally *items, ingot_scores *scores) {
    if (item != p->item) item_ends(p, items, scores);
    p->item = item;
    p->label = label;
    if (p->samples++ == 0 || row[label] < p->worst_of) {
        p->worst = sample;
        p->worst_of = row[label];
    }
    for (int32_t c = 0; c < items->classes; c++) p->sum[c] += (double)row[c];
}

static int all_finite(const float *values, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) return 0;
    }
    return 1;
}

/* What one evaluation holds while it runs; every pointer may be NULL. */
typedef struct work {
    ingot_tally samples, items;
    ingot_regression_tally regression;
    passing passing;
    ingot_scores *scores; /* the caller's; may be NULL */
    int64_t *indices;
} work;

static void work_free(work *w) {
    ingot_tally_free(&w->samples);
    ingot_tally_free(&w->items);
    ingot_regression_tally_free(&w->regression);
    free(w->passing.sum);
    free(w->passing.mean);
    free(w->indices);
}

static ingot_status work_new(int32_t classes, int32_t batch, work *w, ingot_error *error) {
    memset(w, 0, sizeof *w);
    w->passing.item = -1;
    w->passing.sum = calloc((size_t)classes, sizeof *w->passing.sum);
    w->passing.mean = calloc((size_t)classes, sizeof *w->passing.mean);
    w->indices = calloc((size_t)batch, sizeof *w->indices);
    ingot_status status = ingot_tally_new(classes, &w->samples, error);
    if (status == INGOT_OK) status = ingot_tally_new(classes, &w->items, error);
    if (status == INGOT_OK) status = ingot_regression_tally_new(classes, &w->regression, error);
    if (status == INGOT_OK && (!w->passing.sum || !w->passing.mean || !w->indices)) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (status != INGOT_OK) work_free(w);
    return status;
}

static ingot_status run_batch(const ingot_program *program, const ingot_entry *entry,
                              ingot_machine *machine, const ingot_dataset *dataset,
                              const ingot_store *store, int64_t from, int32_t count, work *w,
                              ingot_error *error) {
    for (int32_t i = 0; i < count; i++) w->indices[i] = from + i;
    const ingot_status status = ingot_store_batch(program, store, w->indices, count, entry->batch,
                                                  ingot_at(machine, entry->x), NULL, error);
    if (status != INGOT_OK) return status;
    entry->compute(machine);
    const float *probabilities = ingot_at(machine, entry->probabilities);
    for (int32_t i = 0; i < count; i++) {
        const float *row = probabilities + (int64_t)i * program->classes;
        if (!all_finite(row, program->classes)) {
            char name[1024];
            ingot_sample_name(dataset, store, from + i, name, sizeof name);
            return ingot_fail(error, INGOT_FAILED, "%s: the %s of %s are not finite", entry->name,
                              program->data.regression ? "predicted numbers" : "probabilities",
                              name);
        }
        if (program->data.regression) {
            ingot_regression_tally_add(&w->regression, ingot_store_targets(store, from + i), row);
            if (w->scores) {
                ingot_scores_add(w->scores, ingot_store_item(store, from + i), from + i, -1, row);
            }
            continue;
        }
        const int32_t label = ingot_store_label(store, from + i);
        ingot_tally_add(&w->samples, label, row);
        row_passes(&w->passing, ingot_store_item(store, from + i), from + i, label, row, &w->items,
                   w->scores);
    }
    return INGOT_OK;
}

ingot_status ingot_evaluate(ingot_engine *engine, const ingot_dataset *dataset,
                            const ingot_store *store, ingot_split split,
                            const volatile sig_atomic_t *stop, ingot_progress progress, void *user,
                            ingot_evaluation *evaluation, ingot_error *error) {
    return ingot_evaluate_scores(engine, dataset, store, split, stop, progress, user, NULL,
                                 evaluation, error);
}

ingot_status ingot_evaluate_scores(ingot_engine *engine, const ingot_dataset *dataset,
                                   const ingot_store *store, ingot_split split,
                                   const volatile sig_atomic_t *stop, ingot_progress progress,
                                   void *user, ingot_scores *scores, ingot_evaluation *evaluation,
                                   ingot_error *error) {
    const ingot_program *program = ingot_engine_program(engine);
    const ingot_entry *entry = program->evaluate_step;
    const int64_t begin = ingot_split_begin(program, split);
    const int64_t total = program->data.samples[split];
    memset(evaluation, 0, sizeof *evaluation);

    ingot_machine *machine;
    ingot_status status = ingot_engine_open(engine, entry, &machine, error);
    if (status != INGOT_OK) return status;
    work w;
    status = work_new(program->classes, entry->batch, &w, error);
    if (status != INGOT_OK) return status;
    w.scores = scores;
    if (entry->prepare) entry->prepare(machine);

    for (int64_t done = 0; status == INGOT_OK && done < total;) {
        if (stop && *stop) {
            evaluation->interrupted = 1;
            break;
        }
        const int64_t left = total - done;
        const int32_t count = left < entry->batch ? (int32_t)left : entry->batch;
        status = run_batch(program, entry, machine, dataset, store, begin + done, count, &w, error);
        done += count;
        if (status == INGOT_OK && progress && progress(user, done, total)) {
            evaluation->interrupted = done < total;
            break;
        }
    }
    if (status == INGOT_OK && !evaluation->interrupted && program->data.regression) {
        status = ingot_regression_tally_finish(&w.regression, &evaluation->regression, error);
    } else if (status == INGOT_OK && !evaluation->interrupted) {
        item_ends(&w.passing, &w.items, scores);
        status = ingot_tally_finish(&w.samples, &evaluation->samples, error);
        if (status == INGOT_OK) status = ingot_tally_finish(&w.items, &evaluation->items, error);
    }
    work_free(&w);
    if (status != INGOT_OK) ingot_evaluation_free(evaluation);
    return status;
}

ingot_status ingot_evaluate_ranking(ingot_engine *engine, const ingot_dataset *dataset,
                                    const ingot_store *store, ingot_split split,
                                    const volatile sig_atomic_t *stop, ingot_ranking *ranking,
                                    ingot_evaluation *evaluation, ingot_error *error) {
    const ingot_program *program = ingot_engine_program(engine);
    ingot_scores scores = {0};
    ingot_status status = INGOT_OK;
    if (ranking) {
        status = ingot_scores_new(program->classes, program->data.items[split], &scores, error);
    }
    if (status == INGOT_OK) {
        status = ingot_evaluate_scores(engine, dataset, store, split, stop, NULL, NULL,
                                       ranking ? &scores : NULL, evaluation, error);
    }
    if (status == INGOT_OK && ranking && !evaluation->interrupted) {
        status = ingot_rank(&scores, 2, ranking, error);
    }
    ingot_scores_free(&scores);
    return status;
}

void ingot_evaluation_free(ingot_evaluation *evaluation) {
    ingot_metrics_free(&evaluation->samples);
    ingot_metrics_free(&evaluation->items);
    ingot_regression_free(&evaluation->regression);
}
