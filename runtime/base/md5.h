/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * md5.h: MD5 (RFC 1321) of files, as DVC names them by it; no safeguard against anyone. Through
 * OpenSSL's EVP; thread-safe.
 */
#ifndef INGOT_BASE_MD5_H
#define INGOT_BASE_MD5_H

#include <stdint.h>

#include "base/error.h"

/* Digest and size of a file. `as_text`: DVC's older digest ("md5-dos2unix"). DVC reads pieces of
 * 1 MiB; in each whose first 512 bytes look like text every "\r\n" is taken as "\n". `bytes` is the
 * file's size all the same, and may be NULL. */
ingot_status ingot_md5_file(const char *path, int as_text, uint8_t out[16], uint64_t *bytes,
                            ingot_error *error);

#endif
