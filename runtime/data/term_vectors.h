/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * term_vectors.h: features of a text: for each term of a vocabulary how often it occurs, as
 * scikit-learn's CountVectorizer and TfidfVectorizer count, weigh and normalise. A sample is a row
 * of integers (program.h, ingot_data.row_cells = 2): the terms that occur, ascending, with their
 * values.
 *
 *   value = norm(weight[term] * tf(count)),  tf(n) = n, binary 1, sublinear 1 + ln n
 *
 * Values are computed in double and rounded once. Terms that the vocabulary lacks are passed over.
 */
#ifndef INGOT_DATA_TERM_VECTORS_H
#define INGOT_DATA_TERM_VECTORS_H

#include "data/features.h"
#include "text/terms.h"

typedef enum ingot_vector_norm { INGOT_NORM_NONE, INGOT_NORM_L1, INGOT_NORM_L2 } ingot_vector_norm;

typedef struct ingot_term_vectors_config {
    ingot_term_rules rules;
    int32_t count;            /* of terms */
    const char *const *terms; /* in the order of their numbers */
    const double *weights;    /* [count], idf; NULL: 1 */
    int32_t binary, sublinear;
    ingot_vector_norm norm;
} ingot_term_vectors_config;

#endif
