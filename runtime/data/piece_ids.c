/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * piece_ids.c: see piece_ids.h.
 */
#include "data/piece_ids.h"

#include <stdlib.h>

#include "text/wordpiece.h"

typedef struct workspace {
    ingot_wordpiece wordpiece;
    ingot_basic_scratch scratch;
    int32_t *row; /* [1 + length] */
} workspace;

static int64_t count_samples(const void *config, const ingot_file *facts) {
    (void)config, (void)facts;
    return 1;
}

static void workspace_free(void *given) {
    workspace *own = given;
    if (own == NULL) return;
    ingot_wordpiece_close(&own->wordpiece);
    free(own->scratch.text);
    free(own->row);
    free(own);
}

static ingot_status workspace_new(const void *config, void **to, ingot_error *error) {
    const ingot_piece_ids_config *c = config;
    workspace *own = calloc(1, sizeof *own);
    *to = own;
    if (own != NULL) own->row = calloc(1 + (size_t)c->length, sizeof *own->row);
    ingot_status status = INGOT_OK;
    if (own == NULL || own->row == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory for ids of tokens");
    }
    if (status == INGOT_OK) {
        status = ingot_wordpiece_of(c->tokens, c->count, c->cased != 0, &own->wordpiece, error);
    }
    if (status != INGOT_OK) {
        workspace_free(own);
        *to = NULL;
    }
    return status;
}

static ingot_status compute(const void *config, void *scratch, ingot_signal *signal,
                            ingot_sample_sink sink, void *user, ingot_error *error) {
    const ingot_piece_ids_config *c = config;
    workspace *own = scratch;
    size_t count;
    const ingot_status status =
        ingot_wordpiece_row(&own->wordpiece, signal->text, signal->length, &own->scratch,
                            own->row + 1, (size_t)c->length, &count, error);
    if (status != INGOT_OK) return status;
    own->row[0] = (int32_t)count;
    return sink(user, 0, own->row, error);
}

const ingot_features ingot_features_piece_ids = {.name = "piece_ids",
                                                 .accepts = INGOT_SIGNAL_TEXT,
                                                 .count = count_samples,
                                                 .workspace_new = workspace_new,
                                                 .workspace_free = workspace_free,
                                                 .compute = compute};
