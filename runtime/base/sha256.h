/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * sha256.h: SHA-256 (FIPS 180-4) of bytes, streams and files, through OpenSSL's EVP, which uses the
 * CPU's SHA instructions where it has them. Thread-safe; a context belongs to one thread at a time.
 */
#ifndef INGOT_BASE_SHA256_H
#define INGOT_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { INGOT_SHA256_BYTES = 32, INGOT_SHA256_HEX = 65 /* with the terminating zero */ };

/* A running digest. begin, any number of add, end; `end` also releases it and may be called with
 * out == NULL to give up. After a failure of any of them only `end` may follow. */
typedef struct ingot_sha256 {
    void *context; /* EVP_MD_CTX */
} ingot_sha256;

ingot_status ingot_sha256_begin(ingot_sha256 *hash, ingot_error *error);
ingot_status ingot_sha256_add(ingot_sha256 *hash, const void *bytes, size_t size,
                              ingot_error *error);
ingot_status ingot_sha256_end(ingot_sha256 *hash, uint8_t out[32], ingot_error *error);

ingot_status ingot_sha256_of(const void *bytes, size_t size, uint8_t out[32], ingot_error *error);

/* Digest and size of a file's content, read once from front to back. bytes may be NULL. */
ingot_status ingot_sha256_file(const char *path, uint8_t out[32], uint64_t *bytes,
                               ingot_error *error);

/* The same from an open descriptor, from its start; the descriptor's offset is left alone. `path`
 * is for messages. */
ingot_status ingot_sha256_descriptor(int fd, const char *path, uint8_t out[32], uint64_t *bytes,
                                     ingot_error *error);

/* Lower-case hex of any digest; `hex` holds 2 * size + 1 characters. */
void ingot_hex(const uint8_t *bytes, size_t size, char *hex);

/* 64 hex digits, lower case, nothing after them. Returns 0 where it is not that. */
int ingot_sha256_from_hex(const char *hex, size_t length, uint8_t out[32]);

#endif
