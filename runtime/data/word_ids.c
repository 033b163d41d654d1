/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * word_ids.c: see word_ids.h.
 */
#include "data/word_ids.h"

#include <stdlib.h>

#include "text/vocabulary.h"

typedef struct workspace {
    ingot_vocabulary vocabulary;
    ingot_terms terms;
    int32_t *row; /* [1 + length] */
} workspace;

static int64_t count_samples(const void *config, const ingot_file *facts) {
    (void)config, (void)facts;
    return 1;
}

static void workspace_free(void *given) {
    workspace *own = given;
    if (own == NULL) return;
    ingot_vocabulary_free(&own->vocabulary);
    free(own->row);
    free(own);
}

static ingot_status workspace_new(const void *config, void **to, ingot_error *error) {
    const ingot_word_ids_config *c = config;
    workspace *own = calloc(1, sizeof *own);
    *to = own;
    if (own != NULL) own->row = calloc(1 + (size_t)c->length, sizeof *own->row);
    ingot_status status = INGOT_OK;
    if (own == NULL || own->row == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory for ids of words");
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

static ingot_status compute(const void *config, void *scratch, ingot_signal *signal,
                            ingot_sample_sink sink, void *user, ingot_error *error) {
    const ingot_word_ids_config *c = config;
    workspace *own = scratch;
    int32_t *row = own->row, count = 0;
    ingot_terms_begin(&own->terms, &c->rules, signal->text, signal->length);
    while (count < c->length && ingot_terms_next(&own->terms)) {
        const int32_t number =
            ingot_vocabulary_find(&own->vocabulary, own->terms.term, own->terms.length);
        if (number < 0 && c->skip_unknown) continue;
        row[1 + count++] = number < 0 ? INGOT_WORD_UNKNOWN : INGOT_WORD_FIRST + number;
    }
    row[0] = count;
    for (int32_t i = count; i < c->length; i++) row[1 + i] = INGOT_WORD_PAD;
    return sink(user, 0, row, error);
}

/* Padding and unknown words have no text. */
static const char *term(const void *config, int32_t index) {
    const ingot_word_ids_config *c = config;
    return index >= INGOT_WORD_FIRST && index - INGOT_WORD_FIRST < c->count
               ? c->terms[index - INGOT_WORD_FIRST]
               : NULL;
}

const ingot_features ingot_features_word_ids = {.name = "word_ids",
                                                .accepts = INGOT_SIGNAL_TEXT,
                                                .count = count_samples,
                                                .workspace_new = workspace_new,
                                                .workspace_free = workspace_free,
                                                .compute = compute,
                                                .term = term};
