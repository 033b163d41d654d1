/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * idx.h: the four files of MNIST (LeCun, Cortes, Burges: "The MNIST database"), plain or gzip.
 *
 * A file is a magic number 0x00 0x00 TYPE RANK, RANK sizes of 32 bits, then the elements in row
 * order; all big endian. Read here: unsigned bytes (type 8). Images have rank 3 (n, height, width)
 * or 4 (n, channels, height, width), labels rank 1. Gzip is told by its content, not by its name.
 */
#ifndef INGOT_DATA_IDX_H
#define INGOT_DATA_IDX_H

#include "data/reader.h"

struct json_t;

/* Names relative to the data set's root. Each is looked for as it stands, then with ".gz" added, or
 * taken away where it ends in it. The test pair may be absent: both names "". */
typedef struct ingot_idx_config {
    const char *train_images, *train_labels, *test_images, *test_labels;
} ingot_idx_config;

/* Options: the four names; those left out are MNIST's. */
ingot_status ingot_idx_configure(const struct json_t *options, void **config, ingot_error *error);

typedef enum ingot_idx_kind { INGOT_IDX_IMAGES, INGOT_IDX_LABELS } ingot_idx_kind;

/* A decoded file. Labels: channels, height, width 0 and one byte per record. */
typedef struct ingot_idx {
    int64_t records;
    int32_t channels, height, width;
    const uint8_t *elements; /* [records][channels][height][width] */
    void *owner;             /* from malloc: what elements lie in */
} ingot_idx;

/* Decodes the bytes of a file, from malloc, and takes them over whatever happens. Messages do not
 * name the file; the caller does. Sizes are compared with what the bytes can hold before anything
 * is allocated for them. */
ingot_status ingot_idx_decode(ingot_idx_kind kind, char *bytes, size_t size, ingot_idx *idx,
                              ingot_error *error);
void ingot_idx_free(ingot_idx *idx);

#endif
