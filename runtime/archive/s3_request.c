/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * s3_request.c: see s3.h. A request is tried again where the connection fails or the service says
 * that it is busy or broken: up to AWS_MAX_ATTEMPTS times, after a random time of up to 0.2, 0.4,
 * 0.8 … 10 seconds ("full jitter"). A service that finds our clock wrong is asked again by its own.
 */
#define _GNU_SOURCE /* strptime, timegm, strcasestr */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "archive/s3.h"
#include "archive/sign.h"
#include "archive/xml.h"
#include "base/sha256.h"
#include "base/url.h"

enum { CONNECT_SECONDS = 10, SILENT_SECONDS = 30, LONGEST_WAIT = 10000, FIRST_WAIT = 200 };

void ingot_s3_free_answer(ingot_s3_answer *answer) {
    free(answer->body);
    memset(answer, 0, sizeof *answer);
}

double ingot_s3_time(const char *text) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    return end ? (double)timegm(&parts) : 0;
}

double ingot_s3_now(ingot_s3 *s3, const ingot_s3_answer *answer) {
    if (answer->date > 0) return answer->date;
    pthread_mutex_lock(&s3->lock);
    const double skew = s3->skew;
    pthread_mutex_unlock(&s3->lock);
    return (double)time(NULL) + skew;
}

void ingot_s3_how_long(double seconds, char *text, size_t room) {
    const double s = seconds < 0 ? -seconds : seconds;
    if (s >= 7200) {
        snprintf(text, room, "%.1f hours", s / 3600);
    } else if (s >= 120) {
        snprintf(text, room, "%.0f minutes", s / 60);
    } else {
        snprintf(text, room, "%.0f seconds", s);
    }
}

/* ------------------------------------------------------------------ what comes back */

static size_t take_body(char *bytes, size_t one, size_t count, void *user) {
    ingot_s3_answer *a = user;
    const size_t more = one * count;
    if (more > a->limit - a->size) {
        a->too_long = 1;
        return 0;
    }
    char *grown = realloc(a->body, a->size + more + 1);
    if (!grown) return 0;
    memcpy(grown + a->size, bytes, more);
    a->body = grown;
    a->size += more;
    grown[a->size] = 0;
    return more;
}

static double http_date(const char *text) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    return strptime(text, "%a, %d %b %Y %H:%M:%S", &parts) ? (double)timegm(&parts) : 0;
}

static size_t take_header(char *bytes, size_t one, size_t count, void *user) {
    ingot_s3_answer *a = user;
    char line[512];
    const size_t size = one * count, kept = size < sizeof line ? size : sizeof line - 1;
    memcpy(line, bytes, kept);
    line[kept] = 0;
    line[strcspn(line, "\r\n")] = 0;
    const char *colon = strchr(line, ':');
    const char *value = colon ? colon + 1 + strspn(colon + 1, " \t") : NULL;
    if (!colon) return size;
    if (strncasecmp(line, "date:", 5) == 0) a->date = http_date(value);
    if (strncasecmp(line, "last-modified:", 14) == 0) a->modified = http_date(value);
    if (strncasecmp(line, "content-length:", 15) == 0) a->length = strtoull(value, NULL, 10);
    if (strncasecmp(line, "etag:", 5) == 0) snprintf(a->etag, sizeof a->etag, "%.127s", value);
    return size;
}

/* The code of <Error><Code>. */
static ingot_status take_problem(void *user, const char *path, const char *text,
                                 ingot_error *error) {
    ingot_s3_answer *a = user;
    (void)error;
    if (strcmp(path, "Error/Code") == 0) snprintf(a->problem, sizeof a->problem, "%.60s", text);
    return INGOT_OK;
}

static void find_problem(ingot_s3_answer *answer) {
    ingot_error ignored;
    if (!answer->body) return;
    (void)ingot_xml_read(answer->body, answer->size, take_problem, answer, &ignored);
}

/* ------------------------------------------------------------------ what goes out */

static CURL *take_handle(ingot_s3 *s3) {
    CURL *handle = NULL;
    pthread_mutex_lock(&s3->lock);
    if (s3->idle_count > 0) handle = s3->idle[--s3->idle_count];
    pthread_mutex_unlock(&s3->lock);
    if (!handle) return s3->curl->easy_init();
    s3->curl->easy_reset(handle); /* keeps the connection */
    return handle;
}

static void give_handle(ingot_s3 *s3, CURL *handle) {
    pthread_mutex_lock(&s3->lock);
    const int kept = s3->idle_count < 64;
    if (kept) s3->idle[s3->idle_count++] = handle;
    pthread_mutex_unlock(&s3->lock);
    if (!kept) s3->curl->easy_cleanup(handle);
}

typedef struct parts {
    char *path; /* encoded */
    char *url;
    char *source; /* of a copy */
    char payload[INGOT_SHA256_HEX];
} parts;

static void free_parts(parts *p) {
    free(p->path);
    free(p->url);
    free(p->source);
}

static ingot_status make_parts(const ingot_s3 *s3, const ingot_s3_request *r, parts *p,
                               ingot_error *error) {
    uint8_t digest[INGOT_SHA256_BYTES];
    char *plain = NULL, *source = NULL;
    const char *query = r->query ? r->query : "";
    memset(p, 0, sizeof *p);
    /* For the bucket the path is its root without the last '/', unless that is all there is. */
    const size_t root = strlen(s3->root);
    const int length = (int)(r->key || root == 1 ? root : root - 1);
    int made = asprintf(&plain, "%.*s%s%s", length, s3->root, r->key ? s3->prefix : "",
                        r->key ? r->key : "");
    if (made >= 0) p->path = ingot_url_encode(plain, 1);
    if (made >= 0) free(plain);
    if (p->path && asprintf(&p->url, "%s%s%s%s", s3->base, p->path, *query ? "?" : "", query) < 0) {
        p->url = NULL;
    }
    if (p->url && r->copy_to_self) {
        made = asprintf(&source, "/%s/%s%s", s3->bucket, s3->prefix, r->key);
        if (made >= 0) p->source = ingot_url_encode(source, 1);
        if (made >= 0) free(source);
    }
    if (!p->url || (r->copy_to_self && !p->source)) {
        free_parts(p);
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    ingot_status status = ingot_sha256_of(r->body ? r->body : "", r->size, digest, error);
    if (status != INGOT_OK) {
        free_parts(p);
        return status;
    }
    ingot_hex(digest, sizeof digest, p->payload);
    return INGOT_OK;
}

static ingot_status sign(ingot_s3 *s3, const ingot_s3_request *r, const parts *p, char *headers,
                         size_t room, char authorization[INGOT_AUTHORIZATION], ingot_error *error) {
    char now[17];
    pthread_mutex_lock(&s3->lock);
    const time_t at = time(NULL) + (time_t)s3->skew;
    pthread_mutex_unlock(&s3->lock);
    ingot_sign_time(at, now);
    const char *token = s3->aws.session_token;
    const int used = snprintf(
        headers, room, "host:%s\nx-amz-content-sha256:%s\n%s%s%sx-amz-date:%s\n%s%s%s%s", s3->host,
        p->payload, p->source ? "x-amz-copy-source:" : "", p->source ? p->source : "",
        p->source ? "\n" : "", now, p->source ? "x-amz-metadata-directive:REPLACE\n" : "",
        *token ? "x-amz-security-token:" : "", token, *token ? "\n" : "");
    if (used < 0 || (size_t)used >= room) {
        return ingot_fail(error, INGOT_FAILED, "%s: a key is too long", s3->name);
    }
    const ingot_signing s = {.access_key = s3->aws.access_key,
                             .secret_key = s3->aws.secret_key,
                             .region = s3->aws.region,
                             .method = r->method,
                             .path = p->path,
                             .query = r->query ? r->query : "",
                             .headers = headers,
                             .payload = p->payload,
                             .now = at};
    return ingot_sign(&s, authorization, error);
}

/* The headers that were signed, but host, which libcurl writes, and those that were not. */
static struct curl_slist *header_list(const ingot_curl *curl, char *signed_headers,
                                      const char *authorization, const ingot_s3_request *r) {
    char line[INGOT_AUTHORIZATION + 32];
    struct curl_slist *list = curl->slist_append(NULL, "Expect:");
    char *save = NULL;
    for (char *one = strtok_r(signed_headers, "\n", &save); one;
         one = strtok_r(NULL, "\n", &save)) {
        if (strncmp(one, "host:", 5) != 0) list = curl->slist_append(list, one);
    }
    snprintf(line, sizeof line, "Authorization: %s", authorization);
    list = curl->slist_append(list, line);
    list = curl->slist_append(list, "Content-Type: application/octet-stream");
    if (r->only_if_new) list = curl->slist_append(list, "If-None-Match: *");
    return list;
}

/* One try. *transport is CURLE_OK where an answer came. */
static ingot_status try_once(ingot_s3 *s3, const ingot_s3_request *r, const parts *p,
                             ingot_s3_answer *answer, CURLcode *transport, char *said,
                             ingot_error *error) {
    const ingot_curl *c = s3->curl;
    char authorization[INGOT_AUTHORIZATION];
    const size_t room = 16384;
    char *headers = malloc(room);
    if (!headers) return ingot_fail(error, INGOT_FAILED, "out of memory");
    ingot_status status = sign(s3, r, p, headers, room, authorization, error);
    CURL *h = status == INGOT_OK ? take_handle(s3) : NULL;
    if (!h) {
        free(headers);
        return status != INGOT_OK ? status : ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    struct curl_slist *list = header_list(c, headers, authorization, r);
    free(headers);
    answer->limit = r->limit ? r->limit : 1 << 20;
    said[0] = 0;
    c->easy_setopt(h, CURLOPT_URL, p->url);
    if (strcmp(r->method, "HEAD") == 0) {
        c->easy_setopt(h, CURLOPT_NOBODY, 1L);
    } else if (strcmp(r->method, "GET") != 0) {
        c->easy_setopt(h, CURLOPT_CUSTOMREQUEST, r->method);
    }
    if (strcmp(r->method, "PUT") == 0 || strcmp(r->method, "POST") == 0) {
        c->easy_setopt(h, CURLOPT_POSTFIELDS, r->body ? r->body : "");
        c->easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->size);
    }
    c->easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
    c->easy_setopt(h, CURLOPT_HTTPHEADER, list);
    c->easy_setopt(h, CURLOPT_USERAGENT, "ingot");
    c->easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    c->easy_setopt(h, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    c->easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
    c->easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)SILENT_SECONDS);
    c->easy_setopt(h, CURLOPT_ERRORBUFFER, said);
    c->easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
    c->easy_setopt(h, CURLOPT_WRITEDATA, answer);
    c->easy_setopt(h, CURLOPT_HEADERFUNCTION, take_header);
    c->easy_setopt(h, CURLOPT_HEADERDATA, answer);
    if (s3->aws.ca_bundle[0]) c->easy_setopt(h, CURLOPT_CAINFO, s3->aws.ca_bundle);
    *transport = c->easy_perform(h);
    if (*transport == CURLE_OK) c->easy_getinfo(h, CURLINFO_RESPONSE_CODE, &answer->code);
    if (*transport != CURLE_OK && !said[0]) {
        snprintf(said, CURL_ERROR_SIZE, "%s", c->easy_strerror(*transport));
    }
    c->slist_free_all(list);
    give_handle(s3, h);
    return INGOT_OK;
}

static int may_try_again(const ingot_s3_request *r, CURLcode transport, const ingot_s3_answer *a) {
    switch (transport) {
    case CURLE_OK:
        break;
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_WRITE_ERROR:
    case CURLE_OUT_OF_MEMORY:
        return 0;
    default:
        return 1;
    }
    if (a->code == 409 && r->only_if_new) return 1; /* another such request is under way */
    return a->code == 408 || a->code == 429 || a->code == 500 || a->code == 502 || a->code == 503 ||
           a->code == 504 || strcmp(a->problem, "RequestTimeout") == 0;
}

static void wait_before(int attempt) {
    uint32_t random = 0;
    long longest = FIRST_WAIT;
    for (int i = 1; i < attempt && longest < LONGEST_WAIT; i++) longest *= 2;
    if (longest > LONGEST_WAIT) longest = LONGEST_WAIT;
    if (getrandom(&random, sizeof random, 0) < 0) random = 1u << 31;
    const long milliseconds = (long)((double)longest * ((double)random / 4294967296.0));
    const struct timespec wait = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

/* Takes over the service's clock, once: 1 where that is worth another try. */
static int take_clock(ingot_s3 *s3, const ingot_s3_answer *answer) {
    if (answer->date <= 0 || strcmp(answer->problem, "RequestTimeTooSkewed") != 0) return 0;
    pthread_mutex_lock(&s3->lock);
    const double skew = answer->date - (double)time(NULL), before = s3->skew;
    const int worth = !s3->skew_known || skew - before > 60 || before - skew > 60;
    char by[32];
    ingot_s3_how_long(skew, by, sizeof by);
    s3->skew = skew;
    s3->skew_known = 1;
    snprintf(s3->notice, 200,
             "this machine's clock is %s %s that of %.80s, by which requests are signed now", by,
             skew > 0 ? "behind" : "ahead of", s3->base);
    pthread_mutex_unlock(&s3->lock);
    return worth;
}

ingot_status ingot_s3_send(ingot_s3 *s3, const ingot_s3_request *request, ingot_s3_answer *answer,
                           ingot_error *error) {
    parts p;
    char said[CURL_ERROR_SIZE];
    CURLcode transport = CURLE_OK;
    int clock_taken = 0;
    memset(answer, 0, sizeof *answer);
    ingot_status status = make_parts(s3, request, &p, error);
    if (status != INGOT_OK) return status;
    for (int attempt = 1; status == INGOT_OK; attempt++) {
        ingot_s3_free_answer(answer);
        status = try_once(s3, request, &p, answer, &transport, said, error);
        if (status != INGOT_OK) break;
        if (transport == CURLE_OK && answer->code >= 300) find_problem(answer);
        if (!clock_taken && take_clock(s3, answer)) {
            clock_taken = 1;
            attempt--;
            continue;
        }
        if (!may_try_again(request, transport, answer)) break;
        if (attempt >= s3->aws.attempts) {
            if (transport != CURLE_OK) {
                status = ingot_fail(error, INGOT_FAILED, "%s: %s: %s (after %d attempts)", s3->name,
                                    s3->base, said, attempt);
            }
            break;
        }
        wait_before(attempt);
    }
    if (status == INGOT_OK && transport != CURLE_OK) {
        status = answer->too_long
                     ? ingot_fail(error, INGOT_FAILED, "%s/%s: larger than %zu bytes", s3->name,
                                  request->key ? request->key : "", answer->limit)
                     : ingot_fail(error, INGOT_FAILED, "%s: %s: %s", s3->name, s3->base, said);
    }
    free_parts(&p);
    if (status != INGOT_OK) ingot_s3_free_answer(answer);
    return status;
}

/* ------------------------------------------------------------------ what an error means */

typedef struct said {
    char message[300];
} said;

static ingot_status take_message(void *user, const char *path, const char *text,
                                 ingot_error *error) {
    (void)error;
    if (strcmp(path, "Error/Message") == 0) {
        snprintf(((said *)user)->message, sizeof((said *)user)->message, "%.290s", text);
    }
    return INGOT_OK;
}

ingot_status ingot_s3_explain(const ingot_s3 *s3, const ingot_s3_request *request,
                              const ingot_s3_answer *answer, ingot_error *error) {
    said s = {""};
    ingot_error ignored;
    const char *code = answer->problem;
    if (answer->body) {
        (void)ingot_xml_read(answer->body, answer->size, take_message, &s, &ignored);
    }
    if (strcmp(code, "SignatureDoesNotMatch") == 0) {
        return ingot_fail(
            error, INGOT_FAILED,
            "%s: the service refuses the credentials `%s` (from %s): %s: the secret is not "
            "that of this key, or it knows no such key",
            s3->name, s3->aws.access_key, s3->aws.source, code);
    }
    if (strcmp(code, "InvalidAccessKeyId") == 0 || answer->code == 401) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: the service does not know the key `%s` (from %s)%s%s", s3->name,
                          s3->aws.access_key, s3->aws.source, *code ? ": " : "", code);
    }
    if (strcmp(code, "RequestTimeTooSkewed") == 0) {
        char difference[64] = "another time than";
        if (answer->date > 0) {
            const double ahead = (double)time(NULL) - answer->date;
            char by[32];
            ingot_s3_how_long(ahead, by, sizeof by);
            snprintf(difference, sizeof difference, "%s %s", by, ahead > 0 ? "ahead of" : "behind");
        }
        return ingot_fail(
            error, INGOT_FAILED,
            "%s: the service refuses the time of the request: this machine's clock is %s "
            "its own",
            s3->name, difference);
    }
    if (strcmp(code, "NoSuchBucket") == 0 || (answer->code == 404 && !request->key)) {
        return ingot_fail(error, INGOT_FAILED, "%s: %s has no bucket `%s`", s3->name, s3->base,
                          s3->bucket);
    }
    if (answer->code == 403) {
        return ingot_fail(error, INGOT_FAILED, "%s: `%s` (from %s) may not %s %s%s: %s %s",
                          s3->name, s3->aws.access_key, s3->aws.source, request->method, s3->prefix,
                          request->key ? request->key : "", *code ? code : "403", s.message);
    }
    return ingot_fail(error, INGOT_FAILED, "%s: %s %s%s: the service answers %ld %s %s", s3->name,
                      request->method, s3->prefix, request->key ? request->key : "", answer->code,
                      code, s.message);
}
