/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * url.c: see url.h.
 */
#include "base/url.h"

#include <stdlib.h>
#include <string.h>

char *ingot_url_encode(const char *text, int path) {
    static const char hex[] = "0123456789ABCDEF";
    char *encoded = malloc(strlen(text) * 3 + 1), *to = encoded;
    if (!encoded) return NULL;
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c) || (path && c == '/')) {
            *to++ = (char)c;
        } else {
            *to++ = '%';
            *to++ = hex[c >> 4];
            *to++ = hex[c & 15];
        }
    }
    *to = 0;
    return encoded;
}
