/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * chunk.c: see chunk.h.
 */
#include "archive/chunk.h"

#include <stdio.h>
#include <string.h>

#include "base/sha256.h"

enum { SMALLEST_BITS = 14, LARGEST_BITS = 24, PARTS_BITS = 6, NORMAL = 2 };

/* `bits` ones, spread over the upper half, where the hash has seen the most bytes. */
static uint64_t mask_of(int bits) {
    uint64_t mask = 0;
    for (int i = 0; i < bits; i++) mask |= (uint64_t)1 << (63 - 2 * i % 63);
    return mask;
}

ingot_status ingot_cutter_make(uint64_t size, ingot_cutter *cutter, ingot_error *error) {
    int bits = SMALLEST_BITS;
    while (bits < LARGEST_BITS && (uint64_t)2 << (bits + PARTS_BITS) <= size) bits++;
    cutter->average = (size_t)1 << bits;
    cutter->least = cutter->average / 4;
    cutter->most = cutter->average * 2;
    if (size <= cutter->most) cutter->least = cutter->most; /* a small file is one chunk */
    cutter->early = mask_of(bits + NORMAL);
    cutter->late = mask_of(bits - NORMAL);
    for (int i = 0; i < 256; i++) {
        char text[32];
        uint8_t digest[INGOT_SHA256_BYTES];
        snprintf(text, sizeof text, "ingot gear %d", i);
        ingot_status status = ingot_sha256_of(text, strlen(text), digest, error);
        if (status != INGOT_OK) return status;
        cutter->gear[i] = 0;
        for (int b = 7; b >= 0; b--) cutter->gear[i] = cutter->gear[i] << 8 | digest[b];
    }
    return INGOT_OK;
}

size_t ingot_cut(const ingot_cutter *cutter, const unsigned char *bytes, size_t size) {
    const size_t most = size < cutter->most ? size : cutter->most;
    const size_t average = most < cutter->average ? most : cutter->average;
    uint64_t hash = 0;
    size_t i = cutter->least;
    if (size <= cutter->least) return size;
    for (; i < average; i++) {
        hash = (hash << 1) + cutter->gear[bytes[i]];
        if (!(hash & cutter->early)) return i + 1;
    }
    for (; i < most; i++) {
        hash = (hash << 1) + cutter->gear[bytes[i]];
        if (!(hash & cutter->late)) return i + 1;
    }
    return most;
}
