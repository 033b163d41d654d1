/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Canonical decomposition and composition (Unicode 14.0.0, section 3.11; Hangul syllables by the
 * arithmetic of section 3.12).
 */
#include "text/unicode.h"

enum {
    SYLLABLE = 0xAC00,
    LEADING = 0x1100,
    VOWEL = 0x1161,
    TRAILING = 0x11A7,
    LEADINGS = 19,
    VOWELS = 21,
    TRAILINGS = 28,
    SYLLABLES = LEADINGS * VOWELS * TRAILINGS
};

size_t ingot_unicode_decompose(uint32_t cp, uint32_t to[4]) {
    const uint32_t syllable = cp - SYLLABLE;
    if (syllable < SYLLABLES) {
        to[0] = LEADING + syllable / (VOWELS * TRAILINGS);
        to[1] = VOWEL + syllable / TRAILINGS % VOWELS;
        to[2] = TRAILING + syllable % TRAILINGS;
        return to[2] == TRAILING ? 2 : 3;
    }
    const ingot_unicode_mapping *mapping = ingot_unicode_mapping_of(cp);
    if (mapping->length == 0) {
        to[0] = cp;
        return 1;
    }
    for (size_t i = 0; i < mapping->length && i < 4; i++) {
        to[i] = ingot_unicode_parts[mapping->parts + i];
    }
    return mapping->length;
}

uint32_t ingot_unicode_compose(uint32_t first, uint32_t second) {
    if (first - LEADING < LEADINGS && second - VOWEL < VOWELS) {
        return SYLLABLE + ((first - LEADING) * VOWELS + (second - VOWEL)) * TRAILINGS;
    }
    if (first - SYLLABLE < SYLLABLES && (first - SYLLABLE) % TRAILINGS == 0 &&
        second - TRAILING - 1 < TRAILINGS - 1) {
        return first + (second - TRAILING);
    }
    size_t low = 0, high = ingot_unicode_pair_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const uint32_t *pair = ingot_unicode_pairs + 3 * middle;
        if (pair[0] == first && pair[1] == second) return pair[2];
        if (pair[0] < first || (pair[0] == first && pair[1] < second)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return 0;
}

size_t ingot_unicode_compose_all(uint32_t *text, size_t length) {
    size_t kept = 0, starter = 0;
    int have_starter = 0;
    uint8_t last = 0; /* combining class of what stands before, 0 right after the starter */
    for (size_t i = 0; i < length; i++) {
        const uint32_t cp = text[i];
        const uint8_t combining = ingot_unicode_property_of(cp).combining;
        /* Blocked by what stands between only where that has the same class or a higher one, or is
         * a starter itself. */
        const int adjacent = have_starter && kept == starter + 1;
        if (have_starter && (adjacent || (last != 0 && last < combining))) {
            const uint32_t composite = ingot_unicode_compose(text[starter], cp);
            if (composite != 0) {
                text[starter] = composite;
                continue;
            }
        }
        text[kept] = cp;
        if (combining == 0) {
            starter = kept;
            have_starter = 1;
        }
        last = combining;
        kept++;
    }
    return kept;
}
