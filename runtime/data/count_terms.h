/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * count_terms.h: the vocabulary of a data set, for its lock: which terms the texts of the training
 * split have, and in how many of them each is (its documents). For the scanner
 * (runtime/tools/scan.c; docs/lock.md, "The scanner").
 *
 * The order of terms is by documents, most first, then by bytes; so is the choice where there are
 * too many. Nothing depends on the number of threads.
 */
#ifndef INGOT_DATA_COUNT_TERMS_H
#define INGOT_DATA_COUNT_TERMS_H

#include "data/reader.h"

struct json_t;

/* Called for each term in order. */
typedef ingot_status (*ingot_term_sink)(void *user, const char *term, int64_t documents,
                                        ingot_error *error);

typedef struct ingot_term_counts {
    int64_t documents; /* texts of the training split */
    int64_t found;     /* different terms in them */
    int64_t most;      /* terms of the vocabulary that are in one text of any split, at most */
    int64_t entries;   /* the same, on the average of the training split, rounded up */
} ingot_term_counts;

/* request: {"rules": {"strip_accents", "min_characters", "stop_words", "stem", "shortest",
 * "longest": integers}, "min_documents": n, "max_share": of the training texts, or none,
 * "max_terms": n or none, "terms": a given vocabulary in place of these, in its order, or none,
 * "files": [{"path", "sha256", "bytes", "records", "splits": as in the lock ("80t20e"), or "split":
 * "t"}]}. A file that is not as it says is INGOT_FAILED. */
ingot_status ingot_count_terms(const ingot_reader *reader, const void *config, const char *root,
                               const struct json_t *request, ingot_term_sink sink, void *user,
                               ingot_term_counts *counts, ingot_error *error);

#endif
