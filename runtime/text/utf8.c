/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8 by table 3-7 of Unicode 14.0.0 ("Well-Formed UTF-8 Byte Sequences"): the first byte says
 * how many follow, and what the second may be.
 */
#include "text/utf8.h"

uint32_t ingot_utf8_next_long(const char **at, const char *end, int64_t *replaced) {
    const unsigned char *byte = (const unsigned char *)*at;
    const size_t room = (size_t)(end - *at);
    const unsigned char first = byte[0];
    unsigned char low = 0x80, high = 0xBF; /* of the second byte */
    size_t length;
    uint32_t cp;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
        cp = first & 0x1Fu;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        cp = first & 0x0Fu;
        if (first == 0xE0) low = 0xA0;
        if (first == 0xED) high = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        cp = first & 0x07u;
        if (first == 0xF0) low = 0x90;
        if (first == 0xF4) high = 0x8F;
    } else {
        (*at)++;
        (*replaced)++;
        return INGOT_UTF8_REPLACEMENT;
    }
    for (size_t i = 1; i < length; i++) {
        if (i >= room || byte[i] < low || byte[i] > high) {
            *at += i;
            (*replaced)++;
            return INGOT_UTF8_REPLACEMENT;
        }
        low = 0x80;
        high = 0xBF;
        cp = cp << 6 | (byte[i] & 0x3Fu);
    }
    *at += length;
    return cp;
}

size_t ingot_utf8_put(uint32_t cp, char to[4]) {
    if (cp < 0x80) {
        to[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        to[0] = (char)(0xC0 | cp >> 6);
        to[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        to[0] = (char)(0xE0 | cp >> 12);
        to[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        to[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | cp >> 18);
    to[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    to[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    to[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

bool ingot_utf8_valid(const char *bytes, size_t size) {
    const char *at = bytes, *end = bytes + size;
    int64_t replaced = 0;
    while (at < end && replaced == 0) ingot_utf8_next(&at, end, &replaced);
    return replaced == 0;
}
