/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * sign.h: AWS Signature Version 4 for S3 ("Authenticating Requests: Using the Authorization
 * Header"), with OpenSSL's HMAC. libcurl 7.88 can sign as well, but only with this machine's clock,
 * which may be wrong, and takes a colon in an access key for the end of it.
 */
#ifndef INGOT_ARCHIVE_SIGN_H
#define INGOT_ARCHIVE_SIGN_H

#include <stddef.h>
#include <time.h>

#include "base/error.h"

typedef struct ingot_signing {
    const char *access_key, *secret_key, *region;
    const char *method, *path, *query; /* encoded; the query's parameters sorted by name */
    /* "name:value\n" of each header that is signed, names in lower case and in order; host and
     * x-amz-date are among them. */
    const char *headers;
    const char *payload; /* SHA-256 of the body in hex */
    time_t now;
} ingot_signing;

enum { INGOT_AUTHORIZATION = 1024 };

/* The value of the header Authorization. */
ingot_status ingot_sign(const ingot_signing *s, char authorization[INGOT_AUTHORIZATION],
                        ingot_error *error);

/* "20261129T014500Z" */
void ingot_sign_time(time_t now, char text[17]);

#endif
