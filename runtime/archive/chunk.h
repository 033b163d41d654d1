/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * chunk.h: where files are cut, so that files which share bytes share chunks wherever these lie.
 *
 * FastCDC (Xia, Zhou, Jiang, Feng, Hua, Hu, Liu, Zhang: "FastCDC: a Fast and Efficient
 * Content-Defined Chunking Approach for Data Deduplication", USENIX ATC 2016): a Gear hash rolls
 * over the last 64 bytes, and a chunk ends where chosen bits of it are zero; more bits are asked
 * for below the average size, fewer above it ("normalised chunking", level 2). The table is part of
 * the format of an archive: entry i is the first 8 bytes, little-endian, of SHA-256("ingot gear
 * <i>").
 */
#ifndef INGOT_ARCHIVE_CHUNK_H
#define INGOT_ARCHIVE_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct ingot_cutter {
    size_t least, average, most; /* bytes */
    uint64_t early, late;        /* bits that must be zero below and above the average */
    uint64_t gear[256];
} ingot_cutter;

/* For a file of `size` bytes. */
ingot_status ingot_cutter_make(uint64_t size, ingot_cutter *cutter, ingot_error *error);

/* Length of the chunk that begins at bytes[0], where `size` bytes follow, all that are left or at
 * least cutter->most. */
size_t ingot_cut(const ingot_cutter *cutter, const unsigned char *bytes, size_t size);

#endif
