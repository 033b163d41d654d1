/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * held.c: see held.h.
 */
#include "data/held.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

ingot_status ingot_held_open(size_t room, const void *config, const char *path,
                             const uint8_t *bytes, size_t size, ingot_held **to,
                             ingot_error *error) {
    const size_t length = strlen(path) + 1;
    char *block = calloc(1, room + length);
    *to = (ingot_held *)(void *)block;
    if (block == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    memcpy(block + room, path, length);
    **to = (ingot_held){.config = config, .bytes = bytes, .size = size, .path = block + room};
    return INGOT_OK;
}

ingot_status ingot_held_read(size_t room, const void *config, const char *path, size_t most,
                             ingot_held **to, ingot_error *error) {
    char *bytes;
    size_t size;
    *to = NULL;
    ingot_status status = ingot_read_file(path, most, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    status = ingot_held_open(room, config, path, (const uint8_t *)bytes, size, to, error);
    if (status == INGOT_OK) {
        (*to)->owned = bytes;
    } else {
        free(bytes);
    }
    return status;
}

void ingot_held_free(ingot_held *held) {
    if (held == NULL) return;
    free(held->owned);
    free(held);
}

ingot_status ingot_only_record(const char *path, int64_t record, ingot_error *error) {
    if (record == 0) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: has one record, not number %lld", path,
                      (long long)record);
}
