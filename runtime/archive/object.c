/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * object.c: see object.h.
 */
#include "archive/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* Above 3 an executable shrinks by 2 % more and weights by nothing (bench/archive.lua). */
enum { LEVEL = 3 };

void ingot_object_key(const char *hex, char key[INGOT_OBJECT_KEY]) {
    snprintf(key, INGOT_OBJECT_KEY, "objects/%.2s/%.64s.zst", hex, hex);
}

const char *ingot_object_of(const char *key, char hex[INGOT_SHA256_HEX]) {
    uint8_t digest[INGOT_SHA256_BYTES];
    char again[INGOT_OBJECT_KEY];
    if (strlen(key) != 8 + 3 + 64 + 4 || !ingot_sha256_from_hex(key + 11, 64, digest)) return NULL;
    memcpy(hex, key + 11, 64);
    hex[64] = 0;
    ingot_object_key(hex, again);
    return strcmp(again, key) == 0 ? hex : NULL;
}

static ingot_status compress_and_put(ingot_place *place, const char *key, const void *bytes,
                                     size_t size, uint64_t *written, ingot_error *error) {
    const size_t room = ZSTD_compressBound(size);
    char *packed = malloc(room);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ingot_status status = INGOT_OK;
    size_t used = 0;
    if (!packed || !context) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory");
    } else {
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
        used = ZSTD_compress2(context, packed, room, bytes, size);
        if (ZSTD_isError(used)) {
            status = ingot_fail(error, INGOT_FAILED, "zstd: %s", ZSTD_getErrorName(used));
        }
    }
    if (status == INGOT_OK) status = place->kind->put(place, key, packed, used, error);
    if (status == INGOT_OK) *written = used;
    ZSTD_freeCCtx(context);
    free(packed);
    return status;
}

ingot_status ingot_object_put(ingot_place *place, const char *hex, const void *bytes, size_t size,
                              uint64_t *written, ingot_error *error) {
    char key[INGOT_OBJECT_KEY];
    ingot_key_facts facts;
    int found = 0;
    *written = 0;
    ingot_object_key(hex, key);
    ingot_status status = place->kind->stat(place, key, &facts, &found, error);
    if (status == INGOT_OK && found && facts.age > INGOT_GRACE_SECONDS / 2) {
        status = place->kind->renew(place, key, &found, error);
    }
    if (status != INGOT_OK || found) return status;
    return compress_and_put(place, key, bytes, size, written, error);
}

static ingot_status damaged(const ingot_place *place, const char *key, const char *why,
                            ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "%s/%s: damaged: %s", place->name, key, why);
}

static ingot_status unpack(const ingot_place *place, const char *key, const char *hex,
                           const char *packed, size_t packed_size, size_t limit, char **bytes,
                           size_t *size, ingot_error *error) {
    uint8_t digest[INGOT_SHA256_BYTES];
    char found[INGOT_SHA256_HEX];
    const unsigned long long whole = ZSTD_getFrameContentSize(packed, packed_size);
    if (whole == ZSTD_CONTENTSIZE_ERROR || whole == ZSTD_CONTENTSIZE_UNKNOWN) {
        return damaged(place, key, "no zstd frame of known size", error);
    }
    if (whole > limit) return damaged(place, key, "larger than what refers to it says", error);
    char *out = malloc((size_t)whole + 1);
    if (!out) return ingot_fail(error, INGOT_FAILED, "out of memory");
    const size_t used = ZSTD_decompress(out, (size_t)whole, packed, packed_size);
    ingot_status status = INGOT_OK;
    if (ZSTD_isError(used)) {
        status = damaged(place, key, ZSTD_getErrorName(used), error);
    } else if (used != whole) {
        status = damaged(place, key, "truncated", error);
    }
    if (status == INGOT_OK) status = ingot_sha256_of(out, used, digest, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, found);
        if (strcmp(found, hex) != 0) {
            status = damaged(place, key, "its bytes have another SHA-256 than its name", error);
        }
    }
    if (status != INGOT_OK) {
        free(out);
        return status;
    }
    out[used] = 0;
    *bytes = out;
    *size = used;
    return INGOT_OK;
}

ingot_status ingot_object_get(ingot_place *place, const char *hex, size_t limit, char **bytes,
                              size_t *size, ingot_error *error) {
    char key[INGOT_OBJECT_KEY], *packed = NULL;
    size_t packed_size = 0;
    int found = 0;
    ingot_object_key(hex, key);
    if (limit > INGOT_LARGEST_OBJECT) limit = INGOT_LARGEST_OBJECT;
    ingot_status status = place->kind->get(place, key, ZSTD_compressBound(limit) + 64, &packed,
                                           &packed_size, &found, error);
    if (status != INGOT_OK) return status;
    if (!found) return ingot_fail(error, INGOT_FAILED, "%s/%s: is missing", place->name, key);
    status = unpack(place, key, hex, packed, packed_size, limit, bytes, size, error);
    free(packed);
    return status;
}
