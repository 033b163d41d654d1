/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * audio_folder_configure.c: the reader's options as JSON, for the scanner (audio_folder.h).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "data/audio_folder.h"

static const char *const lists[3] = {"classes", "include", "exclude"};

static ingot_status check_option(const char *key, const json_t *value, ingot_error *error) {
    if (strcmp(key, "min_seconds") == 0) {
        if (json_is_number(value) && json_number_value(value) >= 0.0) return INGOT_OK;
        return ingot_fail(error, INGOT_USAGE,
                          "audio_folder: min_seconds: expected a number, 0 or more");
    }
    int which = 0;
    while (which < 3 && strcmp(key, lists[which]) != 0) which++;
    if (which == 3) return ingot_fail(error, INGOT_USAGE, "audio_folder: unknown option '%s'", key);
    int strings = json_is_array(value) && json_array_size(value) > 0;
    for (size_t i = 0; strings && i < json_array_size(value); i++) {
        strings = json_is_string(json_array_get(value, i));
    }
    if (strings) return INGOT_OK;
    return ingot_fail(error, INGOT_USAGE, "audio_folder: %s: expected a list of strings", key);
}

ingot_status ingot_audio_folder_configure(const struct json_t *options, void **config,
                                          ingot_error *error) {
    *config = NULL;
    const char *key;
    json_t *value;
    size_t strings = 0, characters = 0;
    json_object_foreach((json_t *)(uintptr_t)options, key, value) {
        const ingot_status status = check_option(key, value, error);
        if (status != INGOT_OK) return status;
        for (size_t i = 0; i < json_array_size(value); i++) {
            characters += json_string_length(json_array_get(value, i)) + 1;
        }
        strings += json_array_size(value);
    }
    /* One block: the struct, the three lists with their ends, the characters. */
    ingot_audio_folder_config *made =
        malloc(sizeof *made + (strings + 3) * sizeof(char *) + characters);
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "audio_folder: out of memory");
    const char **slot = (const char **)(made + 1);
    char *text = (char *)(slot + strings + 3);
    const char *const *starts[3] = {NULL, NULL, NULL};
    for (int which = 0; which < 3; which++) {
        const json_t *list = json_object_get(options, lists[which]);
        if (list == NULL) continue;
        starts[which] = slot;
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *item = json_array_get(list, i);
            const size_t size = json_string_length(item) + 1;
            memcpy(text, json_string_value(item), size);
            *slot++ = text;
            text += size;
        }
        *slot++ = NULL;
    }
    *made = (ingot_audio_folder_config){
        .classes = starts[0],
        .include = starts[1],
        .exclude = starts[2],
        .min_seconds = json_number_value(json_object_get(options, "min_seconds"))};
    *config = made;
    return INGOT_OK;
}
