/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * option_lists.c: see option_lists.h.
 */
#include "data/option_lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int ingot_is_string_list(const struct json_t *value) {
    int strings = json_is_array(value);
    for (size_t i = 0; strings && i < json_array_size(value); i++) {
        strings = json_is_string(json_array_get(value, i));
    }
    return strings;
}

ingot_status ingot_option_lists(const struct json_t *options, const char *const *names, size_t size,
                                void **made, const char *const **lists, ingot_error *error) {
    size_t slots = 0, characters = 0;
    for (const char *const *name = names; *name != NULL; name++) {
        const json_t *list = json_object_get(options, *name);
        for (size_t i = 0; i < json_array_size(list); i++) {
            characters += json_string_length(json_array_get(list, i)) + 1;
        }
        slots += json_array_size(list) + 1;
    }
    const size_t pointer = sizeof(const char *);
    size = (size + pointer - 1) / pointer * pointer;
    char *block = calloc(1, size + slots * pointer + characters);
    *made = block;
    if (block == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    const char **slot = (const char **)(void *)(block + size);
    char *text = (char *)(slot + slots);
    for (size_t which = 0; names[which] != NULL; which++) {
        const json_t *list = json_object_get(options, names[which]);
        lists[which] = list != NULL ? slot : NULL;
        if (list == NULL) continue;
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *item = json_array_get(list, i);
            const size_t length = json_string_length(item) + 1;
            memcpy(text, json_string_value(item), length);
            *slot++ = text;
            text += length;
        }
        *slot++ = NULL;
    }
    return INGOT_OK;
}
