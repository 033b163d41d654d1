/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 */
#include "text/clean.h"

#include <stdlib.h>

#include "text/unicode.h"
#include "text/utf8.h"

ingot_status ingot_text_reserve(ingot_text_buffer *buffer, size_t more, ingot_error *error) {
    if (more <= buffer->room - buffer->size && buffer->bytes != NULL) return INGOT_OK;
    size_t room = buffer->room < 256 ? 256 : buffer->room;
    while (room - buffer->size < more) {
        if (room > SIZE_MAX / 2) return ingot_fail(error, INGOT_FAILED, "out of memory for a text");
        room *= 2;
    }
    char *bytes = realloc(buffer->bytes, room);
    if (bytes == NULL) {
        return ingot_fail(error, INGOT_FAILED, "out of memory for a text of %zu bytes", room);
    }
    buffer->bytes = bytes;
    buffer->room = room;
    return INGOT_OK;
}

ingot_status ingot_text_clean(const char *bytes, size_t size, ingot_text_buffer *to,
                              int64_t *replaced, ingot_error *error) {
    const char *at = bytes, *end = bytes + size;
    int64_t count = 0;
    to->size = 0;
    if (size > (SIZE_MAX - 8) / 3) return ingot_fail(error, INGOT_FAILED, "a text is too large");
    /* A bad byte becomes three at most. Reserving that for all would triple a large good text. */
    ingot_status status = ingot_text_reserve(to, size + 8, error);
    while (status == INGOT_OK && at < end) {
        if (to->room - to->size < 8) {
            status = ingot_text_reserve(to, (size_t)(end - at) + 8, error);
            if (status != INGOT_OK) break;
        }
        const char *begin = at;
        uint32_t cp = ingot_utf8_next(&at, end, &count);
        if (cp >= 0x20 && cp < 0x7F) {
            to->bytes[to->size++] = *begin;
            continue;
        }
        if (cp == '\r') {
            if (at < end && *at == '\n') at++;
            cp = '\n';
        }
        /* U+FFFD is dropped where tokens are made, but kept here: it shows that something is wrong.
         */
        if ((ingot_unicode_property_of(cp).flags & INGOT_UNICODE_DROP) != 0 &&
            cp != INGOT_UTF8_REPLACEMENT) {
            continue;
        }
        to->size += ingot_utf8_put(cp, to->bytes + to->size);
    }
    if (status != INGOT_OK) return status;
    to->bytes[to->size] = '\0';
    if (replaced != NULL) *replaced = count;
    return INGOT_OK;
}
