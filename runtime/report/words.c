/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * words.c: see words.h.
 */
#include "report/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "data/features.h"
#include "data/store_internal.h"

typedef struct sums {
    int32_t terms, classes;
    int64_t *texts;        /* [terms] texts that have the term */
    double *of_term;       /* [terms][classes] their probabilities added up */
    double *all, *squares; /* [classes] of all texts */
} sums;

static void sums_free(sums *s) {
    free(s->texts);
    free(s->of_term);
    free(s->all);
    free(s->squares);
}

static int sums_new(const ingot_program *program, sums *s) {
    *s = (sums){.terms = program->data.row_limit, .classes = program->classes};
    const size_t terms = (size_t)s->terms, classes = (size_t)s->classes;
    s->texts = calloc(terms + 1, sizeof *s->texts);
    s->of_term = calloc(terms * classes + 1, sizeof *s->of_term);
    s->all = calloc(classes, sizeof *s->all);
    s->squares = calloc(classes, sizeof *s->squares);
    return s->texts && s->of_term && s->all && s->squares;
}

/* Entries of a row are counted once for each text: of ids the first of its kind. */
static int seen_before(const int32_t *row, int32_t cells, int32_t at) {
    if (cells == 2) return 0; /* they ascend */
    for (int32_t i = 0; i < at; i++) {
        if (row[1 + i] == row[1 + at]) return 1;
    }
    return 0;
}

static void add_text(sums *s, const int32_t *row, int32_t cells, const float *p) {
    for (int32_t c = 0; c < s->classes; c++) {
        s->all[c] += (double)p[c];
        s->squares[c] += (double)p[c] * (double)p[c];
    }
    for (int32_t i = 0; i < row[0]; i++) {
        const int32_t term = row[1 + (size_t)i * (size_t)cells];
        if (term < 0 || term >= s->terms || seen_before(row, cells, i)) continue;
        s->texts[term]++;
        double *to = s->of_term + (size_t)term * (size_t)s->classes;
        for (int32_t c = 0; c < s->classes; c++) to[c] += (double)p[c];
    }
}

typedef struct best {
    int count;
    int32_t term[INGOT_WORDS];
    double score[INGOT_WORDS];
} best;

/* Of equal scores the first term stays first. */
static void insert(best *b, int32_t term, double score) {
    int at = b->count;
    while (at > 0 && score > b->score[at - 1]) at--;
    if (at == INGOT_WORDS) return;
    if (b->count < INGOT_WORDS) b->count++;
    for (int i = b->count - 1; i > at; i--) {
        b->term[i] = b->term[i - 1];
        b->score[i] = b->score[i - 1];
    }
    b->term[at] = term;
    b->score[at] = score;
}

static json_t *words_of(const ingot_program *program, const sums *s, int64_t rows, int32_t c) {
    const ingot_data *data = &program->data;
    const double mean = s->all[c] / (double)rows;
    const double variance = s->squares[c] / (double)rows - mean * mean;
    best found = {0};
    json_t *list = json_array();
    for (int32_t t = 0; variance > 0 && t < s->terms; t++) {
        if (s->texts[t] < INGOT_WORDS_TEXTS) continue;
        const double n = (double)s->texts[t];
        const double of = s->of_term[(size_t)t * (size_t)s->classes + (size_t)c] / n;
        if (of > mean) insert(&found, t, (of - mean) / sqrt(variance / n));
    }
    for (int i = 0; i < found.count; i++) {
        const int32_t t = found.term[i];
        const char *term = data->features->term(data->features_config, t);
        if (term == NULL) continue;
        const double of = s->of_term[(size_t)t * (size_t)s->classes + (size_t)c];
        json_array_append_new(list, json_pack("{s:s, s:I, s:o, s:o}", "term", term, "texts",
                                              (json_int_t)s->texts[t], "probability",
                                              ingot_json_real(of / (double)s->texts[t]), "score",
                                              ingot_json_real(found.score[i])));
    }
    return json_pack("{s:s, s:o}", "class", program->class_names[c], "words", list);
}

ingot_status ingot_words_json(const ingot_program *program, const ingot_store *store,
                              const ingot_scores *scores, json_t **value, ingot_error *error) {
    const ingot_data *data = &program->data;
    sums s;
    *value = NULL;
    if (data->row_cells == 0 || data->features->term == NULL || scores->rows == 0) return INGOT_OK;
    if (!sums_new(program, &s)) {
        sums_free(&s);
        return ingot_fail(error, INGOT_FAILED, "out of memory for the words of texts");
    }
    for (int64_t r = 0; r < scores->rows; r++) {
        const void *row = ingot_store_stored(store, scores->samples[r]);
        if (row != NULL) add_text(&s, row, data->row_cells, scores->values + r * scores->columns);
    }
    *value = json_array();
    for (int32_t c = 0; *value != NULL && c < program->classes; c++) {
        json_array_append_new(*value, words_of(program, &s, scores->rows, c));
    }
    sums_free(&s);
    return *value != NULL ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
}
