/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * carried.c: see carried.h. The tar format is that of POSIX.1-1988 (ustar): blocks of 512 bytes, a
 * header block, then the content padded to whole blocks; two blocks of zeros at the end.
 */
#include "cli/carried.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/sha256.h"

ingot_status ingot_unpack(ingot_blob packed, ingot_bytes_sink sink, void *user,
                          ingot_error *error) {
    const size_t room = ZSTD_DStreamOutSize();
    unsigned char *out = malloc(room);
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = {packed.begin, (size_t)(packed.end - packed.begin), 0};
    ingot_status status = INGOT_OK;
    size_t more = 1; /* 0 where a frame is complete */
    if (!out || !stream) status = ingot_fail(error, INGOT_FAILED, "out of memory");
    while (status == INGOT_OK) {
        ZSTD_outBuffer piece = {out, room, 0};
        const size_t before = in.pos;
        more = ZSTD_decompressStream(stream, &piece, &in);
        if (ZSTD_isError(more)) {
            status = ingot_fail(error, INGOT_FAILED, "the carried sources are damaged: %s",
                                ZSTD_getErrorName(more));
        } else if (piece.pos > 0) {
            status = sink(user, out, piece.pos, error);
        } else if (in.pos == before) {
            break; /* neither read nor wrote: the end */
        }
        if (in.pos == in.size && more == 0) break;
    }
    if (status == INGOT_OK && more != 0) {
        status = ingot_fail(error, INGOT_FAILED, "the carried sources are damaged: they end early");
    }
    ZSTD_freeDStream(stream);
    free(out);
    return status;
}

/* ------------------------------------------------------------------ tar */

enum { BLOCK = 512 };

typedef struct lister {
    ingot_archived_sink sink;
    void *user;
    unsigned char header[BLOCK];
    size_t filled;    /* bytes of header */
    uint64_t content; /* bytes of content still to come */
    uint64_t padding; /* and of padding after it */
    int regular;      /* 1: hash is running */
    char path[256 + 2];
    ingot_sha256 hash;
} lister;

/* An octal number, ended by a space or a zero. Returns 0 where it is not one. */
static int octal(const unsigned char *text, size_t size, uint64_t *value) {
    size_t i = 0;
    *value = 0;
    while (i < size && text[i] == ' ') i++;
    const size_t first = i;
    for (; i < size && text[i] >= '0' && text[i] <= '7'; i++) {
        *value = *value * 8 + (uint64_t)(text[i] - '0');
    }
    return i > first && (i == size || text[i] == ' ' || text[i] == 0);
}

static ingot_status file_ends(lister *l, ingot_error *error) {
    uint8_t digest[32];
    char hex[65];
    l->regular = 0;
    ingot_status status = ingot_sha256_end(&l->hash, digest, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    return l->sink(l->user, l->path, hex, error);
}

static ingot_status header_ends(lister *l, ingot_error *error) {
    const unsigned char *h = l->header;
    uint64_t size, checksum, sum = 0;
    l->filled = 0;
    int zero = 1;
    for (size_t i = 0; i < BLOCK; i++) {
        zero = zero && h[i] == 0;
        sum += i >= 148 && i < 156 ? ' ' : h[i]; /* its own field counts as spaces */
    }
    if (zero) return INGOT_OK;
    if (!octal(h + 148, 8, &checksum) || checksum != sum || !octal(h + 124, 12, &size) ||
        memcmp(h + 257, "ustar", 5) != 0) {
        return ingot_fail(error, INGOT_FAILED,
                          "the carried sources are damaged: not a tar header after %s",
                          l->path[0] ? l->path : "the start");
    }
    if (h[345]) {
        snprintf(l->path, sizeof l->path, "%.155s/%.100s", (const char *)h + 345, (const char *)h);
    } else {
        snprintf(l->path, sizeof l->path, "%.100s", (const char *)h);
    }
    l->content = size;
    l->padding = (BLOCK - size % BLOCK) % BLOCK;
    if (h[156] != '0' && h[156] != 0) return INGOT_OK; /* a folder, say */
    ingot_status status = ingot_sha256_begin(&l->hash, error);
    if (status != INGOT_OK) return status;
    l->regular = 1;
    return size == 0 ? file_ends(l, error) : INGOT_OK;
}

static ingot_status list_piece(void *user, const unsigned char *bytes, size_t size,
                               ingot_error *error) {
    lister *l = user;
    ingot_status status = INGOT_OK;
    while (size > 0 && status == INGOT_OK) {
        size_t take = size;
        if (l->content > 0) {
            if (take > l->content) take = (size_t)l->content;
            if (l->regular) status = ingot_sha256_add(&l->hash, bytes, take, error);
            l->content -= take;
            if (status == INGOT_OK && l->content == 0 && l->regular) status = file_ends(l, error);
        } else if (l->padding > 0) {
            if (take > l->padding) take = (size_t)l->padding;
            l->padding -= take;
        } else {
            if (take > BLOCK - l->filled) take = BLOCK - l->filled;
            memcpy(l->header + l->filled, bytes, take);
            l->filled += take;
            if (l->filled == BLOCK) status = header_ends(l, error);
        }
        bytes += take;
        size -= take;
    }
    return status;
}

ingot_status ingot_archive_list(ingot_blob packed, ingot_archived_sink sink, void *user,
                                ingot_error *error) {
    lister l;
    memset(&l, 0, sizeof l);
    l.sink = sink;
    l.user = user;
    ingot_status status = ingot_unpack(packed, list_piece, &l, error);
    if (l.regular) ingot_sha256_end(&l.hash, NULL, NULL);
    if (status == INGOT_OK && (l.content > 0 || l.padding > 0 || l.filled > 0)) {
        status = ingot_fail(error, INGOT_FAILED, "the carried sources end within %s", l.path);
    }
    return status;
}
