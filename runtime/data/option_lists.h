/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * option_lists.h: lists of strings among the options of a reader, as C has them.
 */
#ifndef INGOT_DATA_OPTION_LISTS_H
#define INGOT_DATA_OPTION_LISTS_H

#include <stddef.h>

#include "base/error.h"

struct json_t;

/* 1 for a list of nothing but strings; an empty one is. */
int ingot_is_string_list(const struct json_t *value);

/* One block from calloc, *made: `size` bytes for the reader's config, then the lists and their
 * characters. lists[i] is the one named names[i] (`names` ends with NULL), itself ended with NULL;
 * NULL where there is none. They must be string lists. */
ingot_status ingot_option_lists(const struct json_t *options, const char *const *names, size_t size,
                                void **made, const char *const **lists, ingot_error *error);

#endif
