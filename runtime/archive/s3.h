/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * s3.h: what the files s3*.c share: a service, one request to it and its answer. s3.c is the place
 * (place.h); s3_request.c signs, sends and tries again; s3_list.c lists; s3_multipart.c uploads in
 * parts.
 */
#ifndef INGOT_ARCHIVE_S3_H
#define INGOT_ARCHIVE_S3_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/aws.h"
#include "archive/place.h"
#include "base/curl.h"

typedef struct ingot_s3 {
    const ingot_curl *curl;
    const char *name; /* of the place, for messages */
    ingot_aws aws;
    char *bucket, *prefix; /* the prefix is "" or ends in '/' */
    char *base, *host,
        *root;            /* "http://host:9000", "host:9000", the path before keys: "/bucket/" */
    pthread_mutex_t lock; /* of all that follows */
    CURL *idle[64];       /* handles, with their connections */
    int idle_count;
    double skew; /* seconds that the service's clock is ahead of ours, once it has refused ours */
    int skew_known;
    char *notice; /* [200], of the place */
} ingot_s3;

typedef struct ingot_s3_request {
    const char *method;
    const char *key;   /* of the archive; NULL: the bucket itself */
    const char *query; /* encoded, sorted; NULL: none */
    const void *body;
    size_t size;
    size_t limit;     /* of the answer's body */
    int only_if_new;  /* If-None-Match: * */
    int copy_to_self; /* PUT: a copy of itself */
} ingot_s3_request;

typedef struct ingot_s3_answer {
    long code;
    char *body; /* [size], a zero after it */
    size_t size, limit;
    int too_long;
    double date, modified; /* seconds since 1970; 0: not said */
    uint64_t length;
    char etag[128];
    char problem[64]; /* the code of an error's XML: "NoSuchKey" */
} ingot_s3_answer;

/* Sends until there is an answer that another try would not change. Fails where there is none; an
 * answer with an error code is no failure here. Release it with ingot_s3_free_answer. */
ingot_status ingot_s3_send(ingot_s3 *s3, const ingot_s3_request *request, ingot_s3_answer *answer,
                           ingot_error *error);
void ingot_s3_free_answer(ingot_s3_answer *answer);

/* What an answer with an error code means to a person. Never INGOT_OK. */
ingot_status ingot_s3_explain(const ingot_s3 *s3, const ingot_s3_request *request,
                              const ingot_s3_answer *answer, ingot_error *error);

/* Seconds since 1970 of "2026-11-29T01:45:00.000Z", 0 where it is not that. */
double ingot_s3_time(const char *text);

/* "3.2 hours" */
void ingot_s3_how_long(double seconds, char *text, size_t room);

/* Now, by the service's clock as far as it is known. */
double ingot_s3_now(ingot_s3 *s3, const ingot_s3_answer *answer);

/* Seconds from `then` to `now`, at least 0: a service may round times up to the next second. */
static inline double ingot_s3_age(double now, double then) {
    return now > then ? now - then : 0;
}

ingot_status ingot_s3_list(ingot_place *place, const char *prefix, const char *after,
                           ingot_key_visit visit, void *user, ingot_error *error);

/* What ListObjectsV2 answers (s3_list.c); for fuzzing. */
typedef struct ingot_s3_page {
    struct ingot_s3_item {
        char *key;
        uint64_t size;
        double modified;
    } * items;
    size_t count, room;
    int truncated;
    char *next;                   /* continuation token */
    char *key, *modified, *bytes; /* of the item being read */
} ingot_s3_page;
ingot_status ingot_s3_page_read(const char *bytes, size_t size, ingot_s3_page *page,
                                ingot_error *error);
void ingot_s3_page_free(ingot_s3_page *page);

ingot_status ingot_s3_put_in_parts(ingot_s3 *s3, const char *key, const void *bytes, size_t size,
                                   ingot_error *error);
ingot_status ingot_s3_sweep_uploads(ingot_s3 *s3, double age, int dry, int64_t *count,
                                    ingot_error *error);

#endif
