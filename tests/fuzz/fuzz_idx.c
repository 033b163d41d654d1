/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as an idx file: the first byte says whether of images or labels. What is accepted must
 * be readable to its last element.
 */
/* fuzz: runtime/data/idx_decode.c runtime/base/error.c ; libs: z */
#include <stdlib.h>
#include <string.h>

#include "data/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size < 1) return 0;
    char *copy = malloc(size);
    memcpy(copy, bytes + 1, size - 1);
    ingot_idx idx;
    ingot_error error;
    ingot_idx_kind kind = bytes[0] & 1 ? INGOT_IDX_LABELS : INGOT_IDX_IMAGES;
    if (ingot_idx_decode(kind, copy, size - 1, &idx, &error) != INGOT_OK) return 0;
    int64_t area = kind == INGOT_IDX_LABELS ? 1 : (int64_t)idx.channels * idx.height * idx.width;
    volatile uint8_t last = idx.elements[idx.records * area - 1];
    (void)last;
    ingot_idx_free(&idx);
    return 0;
}
