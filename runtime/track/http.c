/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * http.c: see http.h.
 */
#include "track/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/curl.h"

enum { CONNECT_SECONDS = 5, WHOLE_SECONDS = 60, LARGEST = 16 << 20 };

struct ingot_http {
    const ingot_curl *curl;
    CURL *handle;
    int (*stop)(void *user);
    void *user;
};

ingot_status ingot_http_open(int (*stop)(void *user), void *user, ingot_http **http,
                             ingot_error *error) {
    const ingot_curl *curl;
    if (ingot_curl_load(&curl, error) != INGOT_OK) {
        return ingot_fail_in(error, INGOT_FAILED, "MLflow needs libcurl");
    }
    *http = calloc(1, sizeof **http);
    if (*http) (*http)->handle = curl->easy_init();
    if (!*http || !(*http)->handle) {
        free(*http);
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    (*http)->curl = curl;
    (*http)->stop = stop;
    (*http)->user = user;
    return INGOT_OK;
}

void ingot_http_close(ingot_http *http) {
    if (!http) return;
    http->curl->easy_cleanup(http->handle);
    free(http);
}

static size_t take(char *bytes, size_t one, size_t count, void *user) {
    ingot_answer *answer = user;
    const size_t more = one * count;
    if (more > LARGEST || answer->size + more > LARGEST) return 0;
    char *grown = realloc(answer->body, answer->size + more + 1);
    if (!grown) return 0;
    memcpy(grown + answer->size, bytes, more);
    answer->body = grown;
    answer->size += more;
    grown[answer->size] = 0;
    return more;
}

static int progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                    curl_off_t up) {
    const ingot_http *http = user;
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return http->stop && http->stop(http->user);
}

static struct curl_slist *headers_of(const ingot_curl *curl, const char *type) {
    char line[2300];
    const char *token = getenv("MLFLOW_TRACKING_TOKEN");
    struct curl_slist *list = curl->slist_append(NULL, "Expect:");
    snprintf(line, sizeof line, "Content-Type: %s", type);
    list = curl->slist_append(list, line);
    /* A header with a line break in it would be two. */
    if (token && *token && strlen(token) < 2200 && !strpbrk(token, "\r\n")) {
        snprintf(line, sizeof line, "Authorization: Bearer %s", token);
        list = curl->slist_append(list, line);
    }
    return list;
}

ingot_status ingot_http_send(ingot_http *http, const char *method, const char *url,
                             const char *type, const void *body, size_t size, ingot_answer *answer,
                             ingot_error *error) {
    const ingot_curl *curl = http->curl;
    CURL *h = http->handle;
    char said[CURL_ERROR_SIZE] = "";
    const char *user = getenv("MLFLOW_TRACKING_USERNAME");
    const char *password = getenv("MLFLOW_TRACKING_PASSWORD");
    const char *token = getenv("MLFLOW_TRACKING_TOKEN");
    /* OpenSSL's own variable: libcurl looks only where its distribution keeps certificates. */
    const char *certificates = getenv("SSL_CERT_FILE");
    memset(answer, 0, sizeof *answer);
    curl->easy_reset(h); /* keeps the connection */
    struct curl_slist *headers = headers_of(curl, type);
    curl->easy_setopt(h, CURLOPT_URL, url);
    curl->easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
    if (body) {
        curl->easy_setopt(h, CURLOPT_POSTFIELDS, body);
        curl->easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    }
    curl->easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl->easy_setopt(h, CURLOPT_USERAGENT, "ingot");
    if (certificates && *certificates) curl->easy_setopt(h, CURLOPT_CAINFO, certificates);
    curl->easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(h, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl->easy_setopt(h, CURLOPT_TIMEOUT, (long)WHOLE_SECONDS);
    curl->easy_setopt(h, CURLOPT_ERRORBUFFER, said);
    curl->easy_setopt(h, CURLOPT_WRITEFUNCTION, take);
    curl->easy_setopt(h, CURLOPT_WRITEDATA, answer);
    curl->easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    curl->easy_setopt(h, CURLOPT_XFERINFOFUNCTION, progress);
    curl->easy_setopt(h, CURLOPT_XFERINFODATA, http);
    if (user && *user && !(token && *token)) {
        curl->easy_setopt(h, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl->easy_setopt(h, CURLOPT_USERNAME, user);
        curl->easy_setopt(h, CURLOPT_PASSWORD, password ? password : "");
    }
    const CURLcode code = curl->easy_perform(h);
    curl->slist_free_all(headers);
    if (code == CURLE_OK) {
        curl->easy_getinfo(h, CURLINFO_RESPONSE_CODE, &answer->code);
        return INGOT_OK;
    }
    free(answer->body);
    memset(answer, 0, sizeof *answer);
    return ingot_fail(error, INGOT_FAILED, "%s",
                      code == CURLE_ABORTED_BY_CALLBACK ? "there was no time left"
                      : said[0]                         ? said
                                                        : curl->easy_strerror(code));
}
