/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * idx_decode.c: bytes of an idx file, plain or gzip (RFC 1952), to an array (idx.h).
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "data/idx.h"

enum { HEADER_MAX = 4 + 4 * 4 };

/* Deflate cannot make more of a byte than this (zlib's documentation: 1032 : 1). */
static const size_t DEFLATE_MOST = 1032;

void ingot_idx_free(ingot_idx *idx) {
    free(idx->owner);
    *idx = (ingot_idx){0};
}

static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* What the magic number says in words, for someone who gave the wrong file. */
static const char *meaning(uint32_t magic) {
    switch (magic) {
    case 0x801:
        return " (that is a labels file)";
    case 0x803:
    case 0x804:
        return " (that is an images file)";
    default:
        break;
    }
    switch (magic >> 8) {
    case 0x09:
        return " (signed bytes)";
    case 0x0b:
        return " (16-bit integers)";
    case 0x0c:
        return " (32-bit integers)";
    case 0x0d:
        return " (floats)";
    case 0x0e:
        return " (doubles)";
    default:
        return "";
    }
}

/* Length of the header that a magic number announces; 0 where it is not one of `kind`. */
static size_t header_size(ingot_idx_kind kind, uint32_t magic) {
    if (kind == INGOT_IDX_LABELS) return magic == 0x801 ? 8 : 0;
    return magic == 0x803 ? 16 : magic == 0x804 ? 20 : 0;
}

/* Fills idx from the first `got` bytes of the content; *elements is how many bytes must follow the
 * header. */
static ingot_status read_header(ingot_idx_kind kind, const uint8_t *header, size_t got,
                                ingot_idx *idx, size_t *length, size_t *elements,
                                ingot_error *error) {
    const char *what = kind == INGOT_IDX_IMAGES ? "images" : "labels";
    if (got < 4) {
        return ingot_fail(error, INGOT_FAILED,
                          "not an idx file: %zu bytes, its magic number alone has 4", got);
    }
    uint32_t magic = big_endian(header);
    *length = header_size(kind, magic);
    if (*length == 0) {
        return ingot_fail(error, INGOT_FAILED,
                          "wrong magic number 0x%08x%s; an idx file of %s has %s", magic,
                          meaning(magic), what,
                          kind == INGOT_IDX_IMAGES ? "0x00000803 or 0x00000804" : "0x00000801");
    }
    if (got < *length) {
        return ingot_fail(error, INGOT_FAILED, "truncated: %zu bytes, the header has %zu", got,
                          *length);
    }
    uint32_t size[4] = {0};
    size_t rank = *length / 4 - 1;
    for (size_t i = 0; i < rank; i++) size[i] = big_endian(header + 4 + 4 * i);
    idx->records = size[0];
    *elements = size[0];
    if (kind == INGOT_IDX_IMAGES) {
        uint32_t channels = rank == 4 ? size[1] : 1, height = size[rank - 2],
                 width = size[rank - 1];
        uint64_t area = (uint64_t)height * width;
        if (channels < 1 || channels > 4 || area < 1 || area > INT32_MAX / 4 ||
            height > INT32_MAX || width > INT32_MAX) {
            return ingot_fail(error, INGOT_FAILED,
                              "images of %u channels, %u x %u pixels; at least 1 x 1, at most %d "
                              "pixels and 1 to 4 channels can be read",
                              channels, height, width, INT32_MAX / 4);
        }
        idx->channels = (int32_t)channels;
        idx->height = (int32_t)height;
        idx->width = (int32_t)width;
        if (__builtin_mul_overflow(*elements, channels * area, elements)) {
            return ingot_fail(error, INGOT_FAILED, "%u images of %u x %u x %u overflow", size[0],
                              channels, height, width);
        }
    }
    if (size[0] == 0) return ingot_fail(error, INGOT_FAILED, "holds no %s", what);
    return INGOT_OK;
}

static ingot_status wrong_size(const ingot_idx *idx, size_t expected, const char *found,
                               ingot_error *error) {
    if (idx->channels == 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: the header says %lld labels, %zu bytes", found,
                          (long long)idx->records, expected);
    }
    return ingot_fail(error, INGOT_FAILED,
                      "%s: the header says %lld images of %d x %d x %d, %zu bytes", found,
                      (long long)idx->records, idx->channels, idx->height, idx->width, expected);
}

static ingot_status decode_plain(ingot_idx_kind kind, char *bytes, size_t size, ingot_idx *idx,
                                 ingot_error *error) {
    size_t header, elements;
    ingot_status status =
        read_header(kind, (const uint8_t *)bytes, size, idx, &header, &elements, error);
    if (status != INGOT_OK) return status;
    char found[96];
    if (size - header < elements) {
        snprintf(found, sizeof found, "truncated after %zu bytes", size - header);
        return wrong_size(idx, elements, found, error);
    }
    if (size - header > elements) {
        snprintf(found, sizeof found, "%zu trailing bytes", size - header - elements);
        return wrong_size(idx, elements, found, error);
    }
    idx->elements = (const uint8_t *)bytes + header;
    idx->owner = bytes;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ gzip */

typedef struct gunzip {
    z_stream stream;
    const uint8_t *at; /* compressed bytes not yet given to zlib */
    size_t left;
    int ended; /* the last member is complete and nothing follows it */
} gunzip;

/* Inflates up to `want` bytes; *got is less only at the end of the data. */
static ingot_status inflate_some(gunzip *gz, uint8_t *to, size_t want, size_t *got,
                                 ingot_error *error) {
    *got = 0;
    while (*got < want && !gz->ended) {
        if (gz->stream.avail_in == 0) {
            gz->stream.next_in = (z_const Bytef *)(uintptr_t)gz->at;
            gz->stream.avail_in = (uInt)(gz->left < UINT_MAX ? gz->left : UINT_MAX);
            gz->at += gz->stream.avail_in;
            gz->left -= gz->stream.avail_in;
        }
        size_t room = want - *got < UINT_MAX ? want - *got : UINT_MAX;
        gz->stream.next_out = to + *got;
        gz->stream.avail_out = (uInt)room;
        int result = inflate(&gz->stream, Z_NO_FLUSH);
        *got += room - gz->stream.avail_out;
        size_t rest = gz->stream.avail_in + gz->left;
        if (result == Z_STREAM_END) {
            /* A gzip file is any number of members one after the other (RFC 1952, 2.2). */
            gz->ended = rest == 0;
            if (!gz->ended && inflateReset(&gz->stream) != Z_OK) {
                return ingot_fail(error, INGOT_FAILED, "zlib: cannot go on");
            }
        } else if (result == Z_MEM_ERROR) {
            return ingot_fail(error, INGOT_FAILED, "out of memory");
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return ingot_fail(error, INGOT_FAILED, "damaged gzip data: %s",
                              gz->stream.msg != NULL ? gz->stream.msg : "unknown");
        } else if (rest == 0 && (result == Z_BUF_ERROR || gz->stream.avail_out > 0)) {
            return ingot_fail(error, INGOT_FAILED, "truncated gzip data");
        }
    }
    return INGOT_OK;
}

static ingot_status decode_gzip(ingot_idx_kind kind, gunzip *gz, size_t size, ingot_idx *idx,
                                ingot_error *error) {
    uint8_t header[HEADER_MAX];
    size_t got, length, elements;
    /* The magic number first: it says how much of a header there is. */
    ingot_status status = inflate_some(gz, header, 4, &got, error);
    size_t more = 0;
    if (status == INGOT_OK && got == 4) {
        size_t announced = header_size(kind, big_endian(header));
        if (announced > 4) status = inflate_some(gz, header + 4, announced - 4, &more, error);
    }
    if (status == INGOT_OK) {
        status = read_header(kind, header, got + more, idx, &length, &elements, error);
    }
    if (status != INGOT_OK) return status;
    char found[96];
    if (elements / DEFLATE_MOST > size) {
        snprintf(found, sizeof found, "%zu compressed bytes cannot hold it", size);
        return wrong_size(idx, elements, found, error);
    }
    uint8_t *to = malloc(elements);
    if (to == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for %zu bytes", elements);
    idx->elements = to;
    idx->owner = to;
    status = inflate_some(gz, to, elements, &got, error);
    if (status == INGOT_OK && got < elements) {
        snprintf(found, sizeof found, "truncated after %zu bytes", got);
        return wrong_size(idx, elements, found, error);
    }
    /* One byte more than expected: there must be none, and the check sums at the end are read. */
    uint8_t extra;
    if (status == INGOT_OK) status = inflate_some(gz, &extra, 1, &got, error);
    if (status == INGOT_OK && got > 0) return wrong_size(idx, elements, "trailing bytes", error);
    return status;
}

ingot_status ingot_idx_decode(ingot_idx_kind kind, char *bytes, size_t size, ingot_idx *idx,
                              ingot_error *error) {
    *idx = (ingot_idx){0};
    const uint8_t *at = (const uint8_t *)bytes;
    if (size < 2 || at[0] != 0x1f || at[1] != 0x8b) {
        ingot_status status = decode_plain(kind, bytes, size, idx, error);
        if (status != INGOT_OK) {
            free(bytes);
            *idx = (ingot_idx){0};
        }
        return status;
    }
    gunzip gz = {.at = at, .left = size};
    ingot_status status;
    if (inflateInit2(&gz.stream, 15 + 16) != Z_OK) {
        status = ingot_fail(error, INGOT_FAILED, "zlib: cannot start");
    } else {
        status = decode_gzip(kind, &gz, size, idx, error);
        inflateEnd(&gz.stream);
    }
    free(bytes);
    if (status != INGOT_OK) ingot_idx_free(idx);
    return status;
}
