/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * replace.h: bytes that should be UTF-8 made into UTF-8.
 *
 * What is no UTF-8 becomes U+FFFD, once for each maximal subpart of an ill-formed sequence (the
 * Unicode Standard, 3.9, "U+FFFD Substitution of Maximal Subparts"), as Python's
 * bytes.decode("utf-8", "replace") and browsers do. Overlong forms, surrogates and what lies above
 * U+10FFFF are no UTF-8.
 */
#ifndef INGOT_TEXT_REPLACE_H
#define INGOT_TEXT_REPLACE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the valid sequence at the start of `from`, 1 to 4; 0 where there is none, and then
 * *wrong (which may be NULL) is the length of the maximal subpart, 1 to 3. `size` is at least 1. */
size_t ingot_utf8_sequence(const uint8_t *from, size_t size, size_t *wrong);

/* Writes `from` as UTF-8 to `to`, which has room for 3 bytes for each of `size`, and returns how
 * many were written; *replaced is how often U+FFFD was put in place of something. */
size_t ingot_text_replace(const uint8_t *from, size_t size, char *to, int64_t *replaced);

/* The same for ISO 8859-1, in which everything is a character: at most 2 bytes for each. */
size_t ingot_text_from_latin1(const uint8_t *from, size_t size, char *to);

/* Characters (code points) of UTF-8 without fault. */
int64_t ingot_text_characters(const char *text, size_t length);

#endif
