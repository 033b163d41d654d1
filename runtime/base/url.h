/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * url.h: text as a part of a URL.
 */
#ifndef INGOT_BASE_URL_H
#define INGOT_BASE_URL_H

/* All but letters, digits and -._~ as %XX (RFC 3986, unreserved characters), which is also what the
 * signature of S3 wants; slashes are kept where `path`. From malloc; NULL: out of memory. */
char *ingot_url_encode(const char *text, int path);

#endif
