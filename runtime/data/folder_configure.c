/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * folder_configure.c: the options of a reader of class folders as JSON, for the scanner
 * (folder_tree.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "data/folder_tree.h"
#include "data/option_lists.h"

static const char *const lists[4] = {"classes", "include", "exclude", NULL};

static int is_among(const char *word, const char *const *words) {
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0) return 1;
    }
    return 0;
}

static ingot_status check_option(const char *reader, const char *const *numbers, const char *key,
                                 const json_t *value, ingot_error *error) {
    if (is_among(key, numbers)) {
        if (json_is_number(value) && json_number_value(value) >= 0.0) return INGOT_OK;
        return ingot_fail(error, INGOT_USAGE, "%s: %s: expected a number, 0 or more", reader, key);
    }
    if (strcmp(key, "flat") == 0) {
        if (json_is_boolean(value)) return INGOT_OK;
        return ingot_fail(error, INGOT_USAGE, "%s: flat: expected true or false", reader);
    }
    if (!is_among(key, lists)) {
        return ingot_fail(error, INGOT_USAGE, "%s: unknown option '%s'", reader, key);
    }
    if (ingot_is_string_list(value) && json_array_size(value) > 0) return INGOT_OK;
    return ingot_fail(error, INGOT_USAGE, "%s: %s: expected a list of strings", reader, key);
}

ingot_status ingot_folder_configure(const struct json_t *options, const char *reader,
                                    const char *const *numbers, size_t size, void **made,
                                    ingot_folder_choice *choice, ingot_error *error) {
    *made = NULL;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)options, key, value) {
        const ingot_status status = check_option(reader, numbers, key, value, error);
        if (status != INGOT_OK) return status;
    }
    const char *const *starts[3];
    void *block;
    const ingot_status status = ingot_option_lists(options, lists, size, &block, starts, error);
    if (status != INGOT_OK) return ingot_fail_in(error, status, "%s", reader);
    choice->classes = starts[0];
    choice->include = starts[1];
    choice->exclude = starts[2];
    choice->flat = json_is_true(json_object_get(options, "flat"));
    if (choice->flat && choice->classes != NULL) {
        free(block);
        return ingot_fail(error, INGOT_USAGE, "%s: flat: goes without classes", reader);
    }
    *made = block;
    return INGOT_OK;
}
