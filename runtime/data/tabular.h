/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * tabular.h: a row of a table as a vector of floats: numbers as they are, categories as a one for
 * the category and zeros for the others (one-hot). Nothing that depends on other rows happens here:
 * a missing value is a NaN, which the model's first step fills with what was fitted on the training
 * split (data/fit.h), and which travels with the weights.
 */
#ifndef INGOT_DATA_TABULAR_H
#define INGOT_DATA_TABULAR_H

#include "data/features.h"

typedef struct ingot_tabular_column {
    const char *name;
    /* NULL: a number. Else the categories of the training split, in byte order, ended by NULL: a
     * vector of so many; another category is all zeros. */
    const char *const *categories;
    int32_t required; /* 1: a missing value is an error */
    int32_t zeros;    /* 1: a missing category is all zeros, none that is filled */
} ingot_tabular_column;

typedef struct ingot_tabular_config {
    int32_t count, width; /* columns; floats of a sample */
    const ingot_tabular_column *columns;
} ingot_tabular_config;

#endif
