/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * unicode.h: what the text library asks about a code point: its kind, its lower case, its canonical
 * decomposition and composition (Unicode Standard Annex 15). The tables (unicode_tables.c) are
 * those of Unicode 14.0.0 and part of the executable, not of the machine that it runs on: a text
 * has the same tokens wherever, and whenever, it is read. Nothing here depends on a locale.
 */
#ifndef INGOT_TEXT_UNICODE_H
#define INGOT_TEXT_UNICODE_H

#include <stddef.h>
#include <stdint.h>

#define INGOT_UNICODE_VERSION "14.0.0"

enum {
    /* what a reader of text never wants: control and format characters, surrogates, private use,
     * unassigned code points (categories C*, but tab, LF and CR) and U+FFFD */
    INGOT_UNICODE_DROP = 1,
    INGOT_UNICODE_SPACE = 2, /* tab, LF, CR, categories Z* */
    /* categories P*, and all of ASCII that is neither letter, digit, space nor control */
    INGOT_UNICODE_PUNCTUATION = 4,
    INGOT_UNICODE_CJK = 8,       /* ideographs, the ranges that BERT's tokenizer names */
    INGOT_UNICODE_WORD = 16,     /* letters and numbers, categories L*, N* */
    INGOT_UNICODE_MARK = 32,     /* category Mn: accents and other marks without width */
    INGOT_UNICODE_UNSTABLE = 64, /* NFC may change it, or what stands before it */
    INGOT_UNICODE_JOINS = 128    /* marks, categories M*: part of the character before */
};

typedef struct ingot_unicode_property {
    uint8_t flags;
    uint8_t combining; /* canonical combining class; 0: a starter */
} ingot_unicode_property;

typedef struct ingot_unicode_mapping {
    int32_t lower;   /* to be added for the lower case */
    uint16_t parts;  /* where its full canonical decomposition begins in ingot_unicode_parts */
    uint16_t length; /* and how many code points that has; 0: it is its own */
} ingot_unicode_mapping;

extern const uint8_t ingot_unicode_property_index[8704];
extern const uint8_t ingot_unicode_property_blocks[];
extern const ingot_unicode_property ingot_unicode_properties[];
extern const uint8_t ingot_unicode_mapping_index[17408];
extern const uint16_t ingot_unicode_mapping_blocks[];
extern const ingot_unicode_mapping ingot_unicode_mappings[];
extern const uint32_t ingot_unicode_parts[];
extern const size_t ingot_unicode_pair_count;
extern const uint32_t ingot_unicode_pairs[]; /* first, second, composite; ascending */

/* `cp` is below 0x110000 in all that follows. */
static inline ingot_unicode_property ingot_unicode_property_of(uint32_t cp) {
    const size_t block = ingot_unicode_property_index[cp >> 7];
    return ingot_unicode_properties[ingot_unicode_property_blocks[block << 7 | (cp & 127)]];
}

static inline const ingot_unicode_mapping *ingot_unicode_mapping_of(uint32_t cp) {
    const size_t block = ingot_unicode_mapping_index[cp >> 6];
    return &ingot_unicode_mappings[ingot_unicode_mapping_blocks[block << 6 | (cp & 63)]];
}

/* The lower case of one code point, whatever stands beside it: a capital sigma is always a small
 * one (not the final form), a capital I with a dot (U+0130) is an i. */
static inline uint32_t ingot_unicode_lower(uint32_t cp) {
    return (uint32_t)((int32_t)cp + ingot_unicode_mapping_of(cp)->lower);
}

/* The canonical decomposition (NFD) of one code point: 1 to 4 of them. */
size_t ingot_unicode_decompose(uint32_t cp, uint32_t to[4]);

/* Puts cp behind the `length` decomposed code points of `text`, where there is room for it, but
 * before those marks that canonical order puts behind it; none moves before `settled`, which is the
 * length after the last starter. */
static inline void ingot_unicode_insert(uint32_t *text, size_t length, size_t settled, uint32_t cp,
                                        uint8_t combining) {
    size_t place = length;
    if (combining != 0) {
        for (; place > settled; place--) {
            const uint32_t before = text[place - 1];
            if (ingot_unicode_property_of(before).combining <= combining) break;
            text[place] = before;
        }
    }
    text[place] = cp;
}

/* What two code points compose to (NFC), 0 for nothing. */
uint32_t ingot_unicode_compose(uint32_t first, uint32_t second);

/* NFC of a text that is already decomposed and whose marks are in canonical order, in place.
 * Returns the new number of code points. */
size_t ingot_unicode_compose_all(uint32_t *text, size_t length);

#endif
