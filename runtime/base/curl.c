/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * curl.c: see curl.h.
 */
#include "base/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static ingot_curl curl;
static char load_problem[256];
static pthread_once_t loaded = PTHREAD_ONCE_INIT;

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) snprintf(load_problem, sizeof load_problem, "libcurl.so.4 has no %s", name);
    return found;
}

/* POSIX lets a function's address travel as a void *; ISO C has no word for it. */
#define LOAD(name) (*(void **)(&curl.name) = symbol(library, "curl_" #name))

static void load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(load_problem, sizeof load_problem, "%s (package libcurl4)", dlerror());
        return;
    }
    LOAD(global_init);
    LOAD(easy_init);
    LOAD(easy_cleanup);
    LOAD(easy_reset);
    LOAD(easy_setopt);
    LOAD(easy_getinfo);
    LOAD(easy_perform);
    LOAD(easy_strerror);
    LOAD(slist_append);
    LOAD(slist_free_all);
    if (!load_problem[0] && curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(load_problem, sizeof load_problem, "libcurl cannot be initialised");
    }
}

ingot_status ingot_curl_load(const ingot_curl **functions, ingot_error *error) {
    pthread_once(&loaded, load);
    *functions = &curl;
    if (!load_problem[0]) return INGOT_OK;
    return ingot_fail(error, INGOT_ENVIRONMENT, "%s", load_problem);
}
