/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * words.h: the words runs, compare and sync, as the executable and ingot-runs (for build.lua) have
 * them.
 */
#ifndef INGOT_TRACK_WORDS_H
#define INGOT_TRACK_WORDS_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

typedef struct ingot_track_request {
    const char *work;
    char *const *arguments;
    int argument_count;
    const char *sort; /* runs; NULL: newest first */
    int64_t limit;    /* runs; 0: all */
    const char
        *track;      /* sync: mlflow=URL for runs that were sent nowhere so far; NULL: leave them */
    FILE *out;       /* for people; NULL: none */
    json_t *summary; /* results for machines are put into it */
} ingot_track_request;

/* runs [CONDITION...], runs show RUN, runs tag RUN NAME=VALUE... */
ingot_status ingot_track_runs(const ingot_track_request *request, ingot_error *error);

/* compare RUN RUN... */
ingot_status ingot_track_compare(const ingot_track_request *request, ingot_error *error);

/* sync [RUN...] */
ingot_status ingot_track_sync(const ingot_track_request *request, ingot_error *error);

#endif
