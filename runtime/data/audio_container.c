/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * audio_container.c: see audio_container.h. Formats: Multimedia Programming Interface and Data
 * Specifications 1.0 (RIFF), EBU Tech 3306 (RF64), Audio Interchange File Format 1.3, RFC 3533
 * (Ogg).
 */
#include "data/audio_container.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CHUNKS 4096
#define OGG_PAGE 65307 /* the largest: 27 bytes, 255 segment sizes, 255 segments of 255 bytes */
#define OPEN_ENDED 0x7ffff000U

static uint32_t word(const unsigned char *at, int big_endian) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) value = value << 8 | at[big_endian ? i : 3 - i];
    return value;
}

static int read_at(FILE *file, uint64_t offset, unsigned char *to, size_t count) {
    return offset <= INT64_MAX && fseeko(file, (off_t)offset, SEEK_SET) == 0 &&
           fread(to, 1, count, file) == count;
}

static ingot_status compare(uint64_t promised, uint64_t offset, uint64_t size, ingot_error *error) {
    const uint64_t held = size > offset ? size - offset : 0;
    if (promised <= held) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED,
                      "truncated: the header promises %" PRIu64 " bytes of audio, the file holds "
                      "%" PRIu64,
                      promised, held);
}

/* RIFF and AIFF: chunks of a name, a size and as many bytes, filled up to an even number. */
static ingot_status check_chunks(FILE *file, uint64_t size, const char *wanted, int big_endian,
                                 ingot_error *error) {
    uint64_t at = 12, large = 0; /* large: RF64's size of the data chunk */
    for (int i = 0; i < MOST_CHUNKS; i++) {
        unsigned char head[24];
        if (!read_at(file, at, head, 8)) return INGOT_OK;
        const uint32_t chunk = word(head + 4, big_endian);
        if (memcmp(head, "ds64", 4) == 0 && read_at(file, at, head, 24)) {
            large = (uint64_t)word(head + 20, 0) << 32 | word(head + 16, 0);
        }
        if (memcmp(head, wanted, 4) == 0) {
            if (chunk == UINT32_MAX && large != 0) return compare(large, at + 8, size, error);
            if (chunk >= OPEN_ENDED) return INGOT_OK;
            return compare(chunk, at + 8, size, error);
        }
        at += 8 + (uint64_t)chunk + chunk % 2;
    }
    return INGOT_OK;
}

/* The last page must be whole and carry the mark of the end of its stream. */
static ingot_status check_ogg(FILE *file, uint64_t size, ingot_error *error) {
    const size_t count = size < OGG_PAGE + 27 ? (size_t)size : OGG_PAGE + 27;
    unsigned char *tail = malloc(count);
    if (tail == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    int whole = 0, last = 0;
    if (read_at(file, size - count, tail, count)) {
        for (size_t i = 0; i + 27 <= count && !whole; i++) {
            if (memcmp(tail + i, "OggS", 5) != 0) continue; /* the fifth byte: version 0 */
            const size_t segments = tail[i + 26];
            size_t length = 27 + segments;
            for (size_t s = 0; s < segments && i + 27 + s < count; s++) length += tail[i + 27 + s];
            whole = i + length == count;
            last = whole && (tail[i + 5] & 4) != 0;
        }
    }
    free(tail);
    if (whole && last) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED,
                      whole ? "truncated: the Ogg stream has no end mark"
                            : "truncated: the file ends inside an Ogg page");
}

static ingot_status check(FILE *file, ingot_error *error) {
    unsigned char head[12];
    if (fseeko(file, 0, SEEK_END) != 0) return INGOT_OK;
    const off_t end = ftello(file);
    if (end < (off_t)sizeof head || !read_at(file, 0, head, sizeof head)) return INGOT_OK;
    const uint64_t size = (uint64_t)end;
    const int wave = memcmp(head + 8, "WAVE", 4) == 0;
    if (wave && (memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RF64", 4) == 0)) {
        return check_chunks(file, size, "data", 0, error);
    }
    if (wave && memcmp(head, "RIFX", 4) == 0) return check_chunks(file, size, "data", 1, error);
    if (memcmp(head, "FORM", 4) == 0 && memcmp(head + 8, "AIF", 3) == 0) {
        return check_chunks(file, size, "SSND", 1, error);
    }
    if (memcmp(head, ".snd", 4) == 0 || memcmp(head, "dns.", 4) == 0) {
        const int big_endian = head[0] == '.';
        const uint32_t promised = word(head + 8, big_endian);
        if (promised >= OPEN_ENDED) return INGOT_OK;
        return compare(promised, word(head + 4, big_endian), size, error);
    }
    if (memcmp(head, "OggS", 4) == 0) return check_ogg(file, size, error);
    return INGOT_OK;
}

ingot_status ingot_audio_container_check(const char *path, ingot_error *error) {
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return ingot_fail(error, INGOT_FAILED, "cannot read: %s", strerror(errno));
    }
    const ingot_status status = check(file, error);
    fclose(file);
    return status;
}
