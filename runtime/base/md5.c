/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * md5.c: see md5.h.
 */
#include "base/md5.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20, LOOKED_AT = 512 };

/* Fills a piece as far as the file goes. -1: errno says why not. */
static ssize_t read_piece(int fd, unsigned char *piece) {
    size_t have = 0;
    while (have < PIECE) {
        const ssize_t got = read(fd, piece + have, PIECE - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

/* dvc-data's istextblock: no zero byte, and at most three in ten that no text has. */
static int looks_like_text(const unsigned char *bytes, size_t size) {
    size_t other = 0;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == 0) return 0;
        const int text =
            (bytes[i] >= 32 && bytes[i] < 127) || strchr("\n\r\t\f\b", bytes[i]) != NULL;
        if (!text) other++;
    }
    return (double)other / (double)size <= 0.30;
}

static size_t without_returns(unsigned char *bytes, size_t size) {
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\r' && i + 1 < size && bytes[i + 1] == '\n') continue;
        bytes[kept++] = bytes[i];
    }
    return kept;
}

static ingot_status digest(int fd, const char *path, int as_text, EVP_MD_CTX *context,
                           unsigned char *piece, uint64_t *bytes, ingot_error *error) {
    *bytes = 0;
    for (;;) {
        const ssize_t got = read_piece(fd, piece);
        if (got < 0) {
            return ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", path, strerror(errno));
        }
        if (got == 0) return INGOT_OK;
        size_t size = (size_t)got;
        *bytes += size;
        if (as_text && looks_like_text(piece, size < LOOKED_AT ? size : LOOKED_AT)) {
            size = without_returns(piece, size);
        }
        if (EVP_DigestUpdate(context, piece, size) != 1) {
            return ingot_fail(error, INGOT_FAILED, "MD5: libcrypto failed");
        }
    }
}

ingot_status ingot_md5_file(const char *path, int as_text, uint8_t out[16], uint64_t *bytes,
                            ingot_error *error) {
    uint64_t size = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot open: %s", path, strerror(errno));
    }
    unsigned char *piece = malloc(PIECE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ingot_status status = INGOT_OK;
    if (piece == NULL || context == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    } else if (EVP_DigestInit_ex(context, EVP_md5(), NULL) != 1) {
        status = ingot_fail(error, INGOT_ENVIRONMENT, "MD5: libcrypto does not provide it here");
    }
    if (status == INGOT_OK) status = digest(fd, path, as_text, context, piece, &size, error);
    if (status == INGOT_OK && EVP_DigestFinal_ex(context, out, NULL) != 1) {
        status = ingot_fail(error, INGOT_FAILED, "MD5: libcrypto failed");
    }
    if (status == INGOT_OK && bytes != NULL) *bytes = size;
    EVP_MD_CTX_free(context);
    free(piece);
    close(fd);
    return status;
}
