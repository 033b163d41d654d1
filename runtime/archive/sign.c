/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * sign.c: see sign.h.
 */
#include "archive/sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

void ingot_sign_time(time_t now, char text[17]) {
    struct tm parts;
    if (!gmtime_r(&now, &parts) || strftime(text, 17, "%Y%m%dT%H%M%SZ", &parts) == 0) text[0] = 0;
}

static int hmac(const uint8_t *key, size_t key_size, const char *text, uint8_t out[32]) {
    unsigned size = 0;
    return HMAC(EVP_sha256(), key, (int)key_size, (const unsigned char *)text, strlen(text), out,
                &size) != NULL &&
           size == 32;
}

/* "host;x-amz-date": the names of lines "name:value\n". */
static void names_of(const char *headers, char *names, size_t room) {
    size_t used = 0;
    names[0] = 0;
    while (*headers) {
        const size_t length = strcspn(headers, ":");
        used += (size_t)snprintf(names + used, used < room ? room - used : 0, "%s%.*s",
                                 used ? ";" : "", (int)length, headers);
        if (used >= room) return;
        headers += strcspn(headers, "\n");
        if (*headers) headers++;
    }
}

ingot_status ingot_sign(const ingot_signing *s, char authorization[INGOT_AUTHORIZATION],
                        ingot_error *error) {
    char now[17], scope[128], names[256], hex[INGOT_SHA256_HEX], text[512], secret[300];
    uint8_t digest[32], key[32];
    const size_t room = strlen(s->path) + strlen(s->query) + strlen(s->headers) + 512;
    char *request = malloc(room);
    if (!request) return ingot_fail(error, INGOT_FAILED, "out of memory");
    ingot_sign_time(s->now, now);
    names_of(s->headers, names, sizeof names);
    snprintf(scope, sizeof scope, "%.8s/%s/s3/aws4_request", now, s->region);
    snprintf(request, room, "%s\n%s\n%s\n%s\n%s\n%s", s->method, s->path, s->query, s->headers,
             names, s->payload);
    ingot_status status = ingot_sha256_of(request, strlen(request), digest, error);
    free(request);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", now, scope, hex);
    snprintf(secret, sizeof secret, "AWS4%s", s->secret_key);
    char date[9];
    snprintf(date, sizeof date, "%.8s", now);
    if (!hmac((const uint8_t *)secret, strlen(secret), date, key) ||
        !hmac(key, 32, s->region, digest) || !hmac(digest, 32, "s3", key) ||
        !hmac(key, 32, "aws4_request", digest) || !hmac(digest, 32, text, key)) {
        return ingot_fail(error, INGOT_FAILED, "OpenSSL cannot compute an HMAC");
    }
    ingot_hex(key, sizeof key, hex);
    snprintf(authorization, INGOT_AUTHORIZATION,
             "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s", s->access_key,
             scope, names, hex);
    return INGOT_OK;
}
