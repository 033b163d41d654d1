/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * clean.h: bytes that somebody calls text, made into text: valid UTF-8 without what cannot be
 * shown.
 */
#ifndef INGOT_TEXT_CLEAN_H
#define INGOT_TEXT_CLEAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Bytes that grow and are used again from text to text. Starts as {0}; release with free(bytes). */
typedef struct ingot_text_buffer {
    char *bytes;
    size_t size, room;
} ingot_text_buffer;

/* Room for `more` bytes behind what is there. */
ingot_status ingot_text_reserve(ingot_text_buffer *buffer, size_t more, ingot_error *error);

/* Puts the cleaned text into `to` (what was there is gone; to->bytes[to->size] is NUL):
 *   bytes that are not UTF-8 become U+FFFD (utf8.h), *replaced says how many times;
 *   CR LF and CR become LF; other control and format characters but tab and LF go, as do private,
 *   unassigned and byte-order marks (INGOT_UNICODE_DROP).
 * `replaced` may be NULL. Fails only for want of memory. */
ingot_status ingot_text_clean(const char *bytes, size_t size, ingot_text_buffer *to,
                              int64_t *replaced, ingot_error *error);

#endif
