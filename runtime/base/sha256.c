/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * sha256.c: see sha256.h.
 */
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Large enough that the system call costs nothing, small enough to stay in the L2 cache. */
enum { CHUNK = 256 * 1024 };

ingot_status ingot_sha256_begin(ingot_sha256 *hash, ingot_error *error) {
    hash->context = EVP_MD_CTX_new();
    if (hash->context == NULL) return ingot_fail(error, INGOT_FAILED, "SHA-256: out of memory");
    if (EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
        return ingot_fail(error, INGOT_ENVIRONMENT, "SHA-256: libcrypto does not provide it");
    }
    return INGOT_OK;
}

ingot_status ingot_sha256_add(ingot_sha256 *hash, const void *bytes, size_t size,
                              ingot_error *error) {
    if (size == 0) return INGOT_OK;
    if (EVP_DigestUpdate(hash->context, bytes, size) != 1) {
        return ingot_fail(error, INGOT_FAILED, "SHA-256: libcrypto failed");
    }
    return INGOT_OK;
}

ingot_status ingot_sha256_end(ingot_sha256 *hash, uint8_t out[32], ingot_error *error) {
    ingot_status status = INGOT_OK;
    if (out != NULL && EVP_DigestFinal_ex(hash->context, out, NULL) != 1) {
        status = ingot_fail(error, INGOT_FAILED, "SHA-256: libcrypto failed");
    }
    EVP_MD_CTX_free(hash->context);
    hash->context = NULL;
    return status;
}

ingot_status ingot_sha256_of(const void *bytes, size_t size, uint8_t out[32], ingot_error *error) {
    ingot_sha256 hash;
    ingot_status status = ingot_sha256_begin(&hash, error);
    if (status == INGOT_OK) status = ingot_sha256_add(&hash, bytes, size, error);
    ingot_status end = ingot_sha256_end(&hash, status == INGOT_OK ? out : NULL, error);
    return status != INGOT_OK ? status : end;
}

ingot_status ingot_sha256_descriptor(int fd, const char *path, uint8_t out[32], uint64_t *bytes,
                                     ingot_error *error) {
    unsigned char *buffer = malloc(CHUNK);
    if (buffer == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    ingot_sha256 hash;
    ingot_status status = ingot_sha256_begin(&hash, error);
    uint64_t total = 0;
    while (status == INGOT_OK) {
        ssize_t got = pread(fd, buffer, CHUNK, (off_t)total);
        if (got == 0) break;
        if (got < 0) {
            if (errno == EINTR) continue;
            status = ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", path, strerror(errno));
        } else {
            total += (uint64_t)got;
            status = ingot_sha256_add(&hash, buffer, (size_t)got, error);
        }
    }
    free(buffer);
    ingot_status end = ingot_sha256_end(&hash, status == INGOT_OK ? out : NULL, error);
    if (status == INGOT_OK) status = end;
    if (status == INGOT_OK && bytes != NULL) *bytes = total;
    return status;
}

ingot_status ingot_sha256_file(const char *path, uint8_t out[32], uint64_t *bytes,
                               ingot_error *error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot open: %s", path, strerror(errno));
    }
    ingot_status status = ingot_sha256_descriptor(fd, path, out, bytes, error);
    close(fd);
    return status;
}

void ingot_hex(const uint8_t *bytes, size_t size, char *hex) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * size] = '\0';
}

static int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

int ingot_sha256_from_hex(const char *hex, size_t length, uint8_t out[32]) {
    if (length != 64) return 0;
    for (size_t i = 0; i < 32; i++) {
        int high = digit_value(hex[2 * i]), low = digit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0) return 0;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return 1;
}
