/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * exif.c: see exif.h. A TIFF header (byte order, 42, offset of the first directory), then a
 * directory: a count and as many entries of 12 bytes: tag, type, count, value.
 */
#include "data/exif.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY = 12 };

static uint32_t get(const uint8_t *at, int bytes, int little) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | at[little ? bytes - 1 - i : i];
    return value;
}

int ingot_exif_orientation(const uint8_t *tiff, size_t size) {
    if (size < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return 1;
    const int little = tiff[0] == 'I';
    if (get(tiff + 2, 2, little) != 42) return 1;
    const size_t directory = get(tiff + 4, 4, little);
    if (directory > size - 2) return 1;
    const size_t entries = get(tiff + directory, 2, little);
    for (size_t i = 0; i < entries; i++) {
        const size_t at = directory + 2 + i * ENTRY;
        if (size < ENTRY || at > size - ENTRY) return 1;
        if (get(tiff + at, 2, little) != TAG_ORIENTATION) continue;
        const uint32_t value = get(tiff + at + 8, 2, little);
        const int whole = get(tiff + at + 2, 2, little) == TYPE_SHORT &&
                          get(tiff + at + 4, 4, little) == 1 && value >= 1 && value <= 8;
        return whole ? (int)value : 1;
    }
    return 1;
}
