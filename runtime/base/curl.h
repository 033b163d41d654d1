/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * curl.h: libcurl, loaded when it is first needed: a program that sends nothing starts without it,
 * and runs where it is not installed.
 */
#ifndef INGOT_BASE_CURL_H
#define INGOT_BASE_CURL_H

#include <curl/curl.h>

#include "base/error.h"

/* The functions used, by their own names; curl.h's type-checking macros stay out of it. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
typedef struct ingot_curl {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *handle);
    void (*easy_reset)(CURL *handle);
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    CURLcode (*easy_perform)(CURL *handle);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
} ingot_curl;

/* The functions; INGOT_ENVIRONMENT where there is no libcurl. Thread-safe. */
ingot_status ingot_curl_load(const ingot_curl **curl, ingot_error *error);

#endif
