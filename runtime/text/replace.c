/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * replace.c: see replace.h. The ranges are those of table 3-7 of the Unicode Standard.
 */
#include "text/replace.h"

#include <string.h>

/* What may come second after a lead byte, and how many bytes the sequence has; 0: no lead byte. */
static size_t second_range(uint8_t lead, uint8_t *low, uint8_t *high) {
    *low = 0x80;
    *high = 0xbf;
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) {
        if (lead == 0xe0) *low = 0xa0;
        if (lead == 0xed) *high = 0x9f;
        return 3;
    }
    if (lead > 0xf4) return 0;
    if (lead == 0xf0) *low = 0x90;
    if (lead == 0xf4) *high = 0x8f;
    return 4;
}

size_t ingot_utf8_sequence(const uint8_t *from, size_t size, size_t *wrong) {
    uint8_t low, high;
    const size_t length = second_range(from[0], &low, &high);
    size_t have = 1;
    if (length == 1) return 1;
    while (have < length && have < size && from[have] >= low && from[have] <= high) {
        have++;
        low = 0x80;
        high = 0xbf;
    }
    if (length > 0 && have == length) return length;
    if (wrong != NULL) *wrong = have;
    return 0;
}

size_t ingot_text_replace(const uint8_t *from, size_t size, char *to, int64_t *replaced) {
    size_t at = 0, written = 0;
    *replaced = 0;
    while (at < size) {
        size_t ascii = 0, wrong = 0;
        while (at + ascii < size && from[at + ascii] < 0x80) ascii++;
        memcpy(to + written, from + at, ascii);
        at += ascii;
        written += ascii;
        if (at == size) break;
        const size_t length = ingot_utf8_sequence(from + at, size - at, &wrong);
        if (length > 0) {
            memcpy(to + written, from + at, length);
            at += length;
            written += length;
        } else {
            memcpy(to + written, "\xef\xbf\xbd", 3);
            at += wrong;
            written += 3;
            ++*replaced;
        }
    }
    return written;
}

size_t ingot_text_from_latin1(const uint8_t *from, size_t size, char *to) {
    size_t written = 0;
    for (size_t i = 0; i < size; i++) {
        if (from[i] < 0x80) {
            to[written++] = (char)from[i];
        } else {
            to[written++] = (char)(0xc0 | from[i] >> 6);
            to[written++] = (char)(0x80 | (from[i] & 0x3f));
        }
    }
    return written;
}

int64_t ingot_text_characters(const char *text, size_t length) {
    int64_t count = 0;
    for (size_t i = 0; i < length; i++) count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}
