/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * http.h: HTTP requests through libcurl, which is loaded when the first is made: an executable that
 * sends nothing starts without it.
 *
 * Credentials come from the environment, as MLflow's own client takes them: MLFLOW_TRACKING_TOKEN
 * (bearer) or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (basic). Redirections are not
 * followed: they would carry the credentials elsewhere.
 */
#ifndef INGOT_TRACK_HTTP_H
#define INGOT_TRACK_HTTP_H

#include <stddef.h>

#include "base/error.h"

typedef struct ingot_http ingot_http;

typedef struct ingot_answer {
    long code;  /* 200 … */
    char *body; /* [size], a zero after it; release with free */
    size_t size;
} ingot_answer;

/* `stop` (may be NULL) is asked about every second while waiting; non-zero gives up. */
ingot_status ingot_http_open(int (*stop)(void *user), void *user, ingot_http **http,
                             ingot_error *error);
void ingot_http_close(ingot_http *http);

/* One request. Fails where no whole answer came; then *answer is empty, and whether the server did
 * what was asked is not known. Answers above 16 MB are none. `body` NULL: none. */
ingot_status ingot_http_send(ingot_http *http, const char *method, const char *url,
                             const char *type, const void *body, size_t size, ingot_answer *answer,
                             ingot_error *error);

#endif
