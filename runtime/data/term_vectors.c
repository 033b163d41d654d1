/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * term_vectors.c: see term_vectors.h.
 */
#include "data/term_vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/vocabulary.h"

typedef struct workspace {
    ingot_vocabulary vocabulary;
    ingot_terms terms;
    int32_t *counts; /* [count], all 0 between texts */
    int32_t *found;  /* [count] numbers of the terms that occur */
    int32_t *row;    /* [1 + 2 * count] */
    int32_t used;    /* entries of the row before */
} workspace;

static int64_t count_samples(const void *config, const ingot_file *facts) {
    (void)config, (void)facts;
    return 1;
}

static void workspace_free(void *given) {
    workspace *own = given;
    if (own == NULL) return;
    ingot_vocabulary_free(&own->vocabulary);
    free(own->counts);
    free(own->found);
    free(own->row);
    free(own);
}

static ingot_status workspace_new(const void *config, void **to, ingot_error *error) {
    const ingot_term_vectors_config *c = config;
    workspace *own = calloc(1, sizeof *own);
    *to = own;
    if (own == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for term vectors");
    const size_t count = (size_t)c->count;
    own->counts = calloc(count + 1, sizeof *own->counts);
    own->found = calloc(count + 1, sizeof *own->found);
    own->row = calloc(1 + 2 * count, sizeof *own->row);
    ingot_status status = INGOT_OK;
    if (own->counts == NULL || own->found == NULL || own->row == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory for term vectors");
    }
    if (status == INGOT_OK) {
        status = ingot_vocabulary_of(&own->vocabulary, c->terms, c->count, error);
    }
    if (status != INGOT_OK) {
        workspace_free(own);
        *to = NULL;
    }
    return status;
}

static int ascending(const void *a, const void *b) {
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static double value_of(const ingot_term_vectors_config *c, int32_t term, int32_t count) {
    const double n = (double)count;
    const double tf = c->binary ? 1.0 : c->sublinear ? 1.0 + log(n) : n;
    return c->weights != NULL ? tf * c->weights[term] : tf;
}

static ingot_status compute(const void *config, void *scratch, ingot_signal *signal,
                            ingot_sample_sink sink, void *user, ingot_error *error) {
    const ingot_term_vectors_config *c = config;
    workspace *own = scratch;
    int32_t found = 0;
    ingot_terms_begin(&own->terms, &c->rules, signal->text, signal->length);
    while (ingot_terms_next(&own->terms)) {
        const int32_t number =
            ingot_vocabulary_find(&own->vocabulary, own->terms.term, own->terms.length);
        if (number >= 0 && own->counts[number]++ == 0) own->found[found++] = number;
    }
    qsort(own->found, (size_t)found, sizeof *own->found, ascending);
    double sum = 0;
    for (int32_t i = 0; i < found; i++) {
        const double v = value_of(c, own->found[i], own->counts[own->found[i]]);
        sum += c->norm == INGOT_NORM_L1 ? fabs(v) : v * v;
    }
    const double norm = c->norm == INGOT_NORM_NONE || sum == 0 ? 1.0
                        : c->norm == INGOT_NORM_L1             ? sum
                                                               : sqrt(sum);
    own->row[0] = found;
    for (int32_t i = 0; i < found; i++) {
        const int32_t term = own->found[i];
        const float value = (float)(value_of(c, term, own->counts[term]) / norm);
        own->row[1 + 2 * i] = term;
        memcpy(&own->row[2 + 2 * i], &value, sizeof value);
        own->counts[term] = 0;
    }
    if (own->used > found) {
        memset(&own->row[1 + 2 * found], 0, (size_t)(own->used - found) * 2 * sizeof *own->row);
    }
    own->used = found;
    return sink(user, 0, own->row, error);
}

static const char *term(const void *config, int32_t index) {
    const ingot_term_vectors_config *c = config;
    return index >= 0 && index < c->count ? c->terms[index] : NULL;
}

const ingot_features ingot_features_term_vectors = {.name = "term_vectors",
                                                    .accepts = INGOT_SIGNAL_TEXT,
                                                    .count = count_samples,
                                                    .workspace_new = workspace_new,
                                                    .workspace_free = workspace_free,
                                                    .compute = compute,
                                                    .term = term};
