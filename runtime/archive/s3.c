/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * s3.c: an archive under a prefix of a bucket (place.h, s3.h), on any service that speaks S3. Keys
 * are asked for as path (endpoint/bucket/key) where an endpoint is given, and by host name at AWS.
 */
#define _GNU_SOURCE /* asprintf */
#include "archive/s3.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "archive/sign.h"
#include "base/sha256.h"

enum { THREADS = 8 };

static ingot_status s3_get(ingot_place *place, const char *key, size_t limit, char **bytes,
                           size_t *size, int *found, ingot_error *error) {
    const ingot_s3_request request = {.method = "GET", .key = key, .limit = limit};
    ingot_s3_answer answer;
    *found = 0;
    ingot_status status = ingot_s3_send(place->state, &request, &answer, error);
    if (status != INGOT_OK) return status;
    if (answer.code == 200) {
        *found = 1;
        *bytes = answer.body ? answer.body : calloc(1, 1);
        *size = answer.size;
        return *bytes ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (answer.code != 404 || strcmp(answer.problem, "NoSuchBucket") == 0) {
        status = ingot_s3_explain(place->state, &request, &answer, error);
    }
    ingot_s3_free_answer(&answer);
    return status;
}

static ingot_status put(ingot_place *place, const char *key, const void *bytes, size_t size,
                        int only_if_new, long *code, ingot_error *error) {
    const ingot_s3_request request = {
        .method = "PUT", .key = key, .body = bytes, .size = size, .only_if_new = only_if_new};
    ingot_s3_answer answer;
    ingot_status status = ingot_s3_send(place->state, &request, &answer, error);
    if (status != INGOT_OK) return status;
    *code = answer.code;
    /* 412: taken, 409: being taken; the others: does not know such a thing. */
    const int about_the_condition = only_if_new && (*code == 412 || *code == 409 || *code == 501 ||
                                                    *code == 400 || *code == 405);
    if (*code >= 300 && !about_the_condition) {
        status = ingot_s3_explain(place->state, &request, &answer, error);
    }
    ingot_s3_free_answer(&answer);
    return status;
}

static ingot_status s3_put(ingot_place *place, const char *key, const void *bytes, size_t size,
                           ingot_error *error) {
    const ingot_s3 *s3 = place->state;
    long code;
    if (size > s3->aws.part) return ingot_s3_put_in_parts(place->state, key, bytes, size, error);
    return put(place, key, bytes, size, 0, &code, error);
}

/* A request that is sent again because its answer was lost finds what it wrote itself. */
static ingot_status s3_put_new(ingot_place *place, const char *key, const void *bytes, size_t size,
                               int *taken, ingot_error *error) {
    long code = 0;
    char *there = NULL;
    size_t there_size = 0;
    int found = 0;
    *taken = 0;
    ingot_status status = put(place, key, bytes, size, 1, &code, error);
    if (status != INGOT_OK || code < 300) return status;
    if (code != 412 && code != 409) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s/%s: the service answers %ld to a conditional PUT, which it once took",
                          place->name, key, code);
    }
    status = s3_get(place, key, size + (1 << 20), &there, &there_size, &found, error);
    *taken = !(found && there_size == size && memcmp(there, bytes, size) == 0);
    free(there);
    return status;
}

static ingot_status s3_stat(ingot_place *place, const char *key, ingot_key_facts *facts, int *found,
                            ingot_error *error) {
    const ingot_s3_request request = {.method = "HEAD", .key = key};
    ingot_s3_answer answer;
    *found = 0;
    ingot_status status = ingot_s3_send(place->state, &request, &answer, error);
    if (status != INGOT_OK) return status;
    if (answer.code == 200) {
        *found = 1;
        *facts = (ingot_key_facts){
            .size = answer.length,
            .age = ingot_s3_age(ingot_s3_now(place->state, &answer), answer.modified)};
    } else if (answer.code != 404) {
        status = ingot_s3_explain(place->state, &request, &answer, error);
    }
    ingot_s3_free_answer(&answer);
    return status;
}

static ingot_status s3_renew(ingot_place *place, const char *key, int *found, ingot_error *error) {
    const ingot_s3_request request = {.method = "PUT", .key = key, .copy_to_self = 1};
    ingot_s3_answer answer;
    ingot_status status = ingot_s3_send(place->state, &request, &answer, error);
    if (status != INGOT_OK) return status;
    /* As with large uploads, a failure may come with code 200. */
    *found = answer.code == 200 && !(answer.body && strstr(answer.body, "<Error>"));
    if (answer.code >= 300 && answer.code != 404) {
        status = ingot_s3_explain(place->state, &request, &answer, error);
    }
    ingot_s3_free_answer(&answer);
    return status;
}

static ingot_status s3_remove(ingot_place *place, const char *key, ingot_error *error) {
    const ingot_s3_request request = {.method = "DELETE", .key = key};
    ingot_s3_answer answer;
    ingot_status status = ingot_s3_send(place->state, &request, &answer, error);
    if (status != INGOT_OK) return status;
    if (answer.code >= 300 && answer.code != 404) {
        status = ingot_s3_explain(place->state, &request, &answer, error);
    }
    ingot_s3_free_answer(&answer);
    return status;
}

static ingot_status s3_sweep(ingot_place *place, double age, int dry, int64_t *count,
                             ingot_error *error) {
    return ingot_s3_sweep_uploads(place->state, age, dry, count, error);
}

/* Takes a key that is certainly new, twice: the second must be refused. */
static ingot_status s3_probe(ingot_place *place, ingot_append *append, ingot_error *error) {
    uint8_t random[8];
    char id[17], key[48];
    long first = 0, second = 0;
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return ingot_fail(error, INGOT_FAILED, "no random bytes: %s", strerror(errno));
    }
    ingot_hex(random, sizeof random, id);
    snprintf(key, sizeof key, "probe-%s", id);
    ingot_status status = put(place, key, "", 0, 1, &first, error);
    if (status == INGOT_OK && first < 300) status = put(place, key, "", 0, 1, &second, error);
    *append = first < 300 && second == 412 ? INGOT_APPEND_CONDITIONAL : INGOT_APPEND_AGREEMENT;
    if (status == INGOT_OK && first < 300) status = s3_remove(place, key, error);
    return status;
}

static void free_service(ingot_s3 *s3) {
    if (!s3) return;
    for (int i = 0; i < s3->idle_count; i++) s3->curl->easy_cleanup(s3->idle[i]);
    pthread_mutex_destroy(&s3->lock);
    free(s3->bucket);
    free(s3->prefix);
    free(s3->base);
    free(s3->host);
    free(s3->root);
    free(s3);
}

static void s3_close(ingot_place *place) {
    free_service(place->state);
    place->state = NULL;
}

static const ingot_place_kind s3_kind = {
    s3_get,        s3_put,    s3_put_new, s3_stat,  s3_renew,
    ingot_s3_list, s3_remove, s3_sweep,   s3_probe, s3_close,
};

/* s3://bucket/a/b -> bucket, "a/b/". */
static ingot_status split_name(const char *name, ingot_s3 *s3, ingot_error *error) {
    const char *bucket = name + strlen("s3://");
    const size_t length = strcspn(bucket, "/");
    const char *prefix = bucket + length;
    while (*prefix == '/') prefix++;
    size_t used = strlen(prefix);
    while (used > 0 && prefix[used - 1] == '/') used--;
    for (size_t i = 0; i < length; i++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                    bucket[i])) {
            return ingot_fail(error, INGOT_USAGE, "%s: `%.*s` is no name of a bucket", name,
                              (int)length, bucket);
        }
    }
    if (length < 3 || length > 63) {
        return ingot_fail(error, INGOT_USAGE, "%s: the name of a bucket has 3 to 63 letters", name);
    }
    for (const char *c = prefix; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 127) {
            return ingot_fail(error, INGOT_USAGE, "%s: a control character in the prefix", name);
        }
    }
    s3->bucket = strndup(bucket, length);
    if (used == 0) {
        s3->prefix = strdup("");
    } else if (asprintf(&s3->prefix, "%.*s/", (int)used, prefix) < 0) {
        s3->prefix = NULL;
    }
    return s3->bucket && s3->prefix ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
}

/* Where requests go. */
static ingot_status locate(ingot_s3 *s3, ingot_error *error) {
    char *endpoint = NULL;
    int made = 0;
    const int dotted = strchr(s3->bucket, '.') != NULL; /* no certificate fits a.b.s3.… */
    if (s3->aws.endpoint[0]) {
        endpoint = strdup(s3->aws.endpoint);
    } else if (asprintf(&endpoint, "https://%s%ss3.%s.amazonaws.com", dotted ? "" : s3->bucket,
                        dotted ? "" : ".", s3->aws.region) < 0) {
        endpoint = NULL;
    }
    if (!endpoint) return ingot_fail(error, INGOT_FAILED, "out of memory");
    char *host = strstr(endpoint, "://") + 3, *path = strchr(host, '/');
    const int by_path = s3->aws.endpoint[0] || dotted;
    made = asprintf(&s3->root, "%s/%s%s", path ? path : "", by_path ? s3->bucket : "",
                    by_path ? "/" : "");
    if (made < 0) s3->root = NULL;
    if (path) *path = 0;
    s3->base = strdup(endpoint);
    /* The port that goes without saying is not in the header Host. */
    const size_t length = strlen(host);
    if (strncmp(endpoint, "http:", 5) == 0 && length > 3 && strcmp(host + length - 3, ":80") == 0) {
        host[length - 3] = 0;
    }
    if (strncmp(endpoint, "https:", 6) == 0 && length > 4 &&
        strcmp(host + length - 4, ":443") == 0) {
        host[length - 4] = 0;
    }
    s3->host = strdup(host);
    free(endpoint);
    return s3->root && s3->base && s3->host ? INGOT_OK
                                            : ingot_fail(error, INGOT_FAILED, "out of memory");
}

ingot_status ingot_s3_open(ingot_place *place, int make, ingot_error *error) {
    (void)make; /* a bucket is made by whoever pays for it */
    ingot_s3 *s3 = calloc(1, sizeof *s3);
    if (!s3) return ingot_fail(error, INGOT_FAILED, "out of memory");
    s3->name = place->name;
    s3->notice = place->notice;
    pthread_mutex_init(&s3->lock, NULL);
    ingot_status status = split_name(place->name, s3, error);
    if (status == INGOT_OK) {
        status = ingot_curl_load(&s3->curl, error);
        if (status != INGOT_OK)
            status = ingot_fail_in(error, status, "%s: needs libcurl", place->name);
    }
    if (status == INGOT_OK) {
        status = ingot_aws_configure(&s3->aws, error);
        if (status != INGOT_OK) status = ingot_fail_in(error, status, "%s", place->name);
    }
    if (status == INGOT_OK) status = locate(s3, error);
    if (status != INGOT_OK) {
        free_service(s3);
        return status;
    }
    place->kind = &s3_kind;
    place->threads = THREADS;
    place->state = s3;
    return INGOT_OK;
}
