/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * utf8.h: bytes to code points and back. Bytes that are not UTF-8 become U+FFFD, one for each
 * maximal subpart of an ill-formed sequence (Unicode 14.0.0, section 3.9, "U+FFFD Substitution of
 * Maximal Subparts", which is what Python's errors="replace" and web browsers do): the bytes E2 82
 * alone are one replacement, C0 80 are two. Surrogates and values above U+10FFFF are not UTF-8.
 */
#ifndef INGOT_TEXT_UTF8_H
#define INGOT_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INGOT_UTF8_REPLACEMENT 0xFFFDu

/* Reads what begins with a byte of 0x80 or above; see ingot_utf8_next. */
uint32_t ingot_utf8_next_long(const char **at, const char *end, int64_t *replaced);

/* Reads one code point and moves *at, which is before `end`, behind it. Adds one to *replaced where
 * bytes were not UTF-8 (a U+FFFD that was written as such is not counted). */
static inline uint32_t ingot_utf8_next(const char **at, const char *end, int64_t *replaced) {
    const unsigned char first = (unsigned char)**at;
    if (first < 0x80) {
        (*at)++;
        return first;
    }
    return ingot_utf8_next_long(at, end, replaced);
}

/* Writes one code point below 0x110000, no surrogate: 1 to 4 bytes. Returns their number. */
size_t ingot_utf8_put(uint32_t cp, char to[4]);

/* Whether all of it is UTF-8. */
bool ingot_utf8_valid(const char *bytes, size_t size);

#endif
