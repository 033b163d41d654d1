/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * s3_multipart.c: large objects in parts (s3.h). An upload that another process broke off goes on:
 * the parts that are there, as their MD5 says, are not sent again. Two that send the same object at
 * once may share an upload; who is late with completing it finds the object there.
 */
#define _GNU_SOURCE /* asprintf */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/s3.h"
#include "archive/xml.h"
#include "base/sha256.h"
#include "base/url.h"

enum { MOST_PARTS = 1000, TRIES = 3 };

typedef struct upload {
    ingot_s3 *s3;
    const char *key;
    const unsigned char *bytes;
    size_t size;
    int count;
    char *id, *encoded;           /* of the upload; NULL: none yet */
    char md5[MOST_PARTS + 1][33]; /* of our parts, from 1 */
    int there[MOST_PARTS + 1];
} upload;

static ingot_status no_memory(ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

static void forget(upload *u) {
    free(u->id);
    free(u->encoded);
    u->id = u->encoded = NULL;
    memset(u->there, 0, sizeof u->there);
}

static const unsigned char *part_of(const upload *u, int number, size_t *size) {
    const size_t from = (size_t)(number - 1) * u->s3->aws.part;
    *size = u->size - from < u->s3->aws.part ? u->size - from : u->s3->aws.part;
    return u->bytes + from;
}

static ingot_status digest_parts(upload *u, ingot_error *error) {
    for (int i = 1; i <= u->count; i++) {
        unsigned char digest[16];
        size_t size;
        const unsigned char *bytes = part_of(u, i, &size);
        if (!EVP_Digest(bytes, size, digest, NULL, EVP_md5(), NULL)) {
            return ingot_fail(error, INGOT_FAILED, "OpenSSL has no MD5");
        }
        ingot_hex(digest, sizeof digest, u->md5[i]);
    }
    return INGOT_OK;
}

/* ------------------------------------------------------------------ what the service says */

/* ListMultipartUploads, one entry at a time; the last of the key counts. Also for sweeping. */
typedef struct listed {
    const char *wanted; /* the whole key; NULL: each goes to `old` */
    char *key, *id;
    double initiated, now, age; /* those of that age are old */
    char **old;                 /* "key\0id", pairs one after the other */
    size_t old_count;
    char *found;
} listed;

static ingot_status keep(char **to, const char *text, ingot_error *error) {
    free(*to);
    *to = strdup(text);
    return *to ? INGOT_OK : no_memory(error);
}

static ingot_status end_upload(listed *l, ingot_error *error) {
    ingot_status status = INGOT_OK;
    if (!l->key || !l->id)
        return ingot_fail(error, INGOT_FAILED, "XML: an upload without UploadId");
    if (l->wanted && strcmp(l->key, l->wanted) == 0) status = keep(&l->found, l->id, error);
    if (!l->wanted && ingot_s3_age(l->now, l->initiated) >= l->age) {
        char **grown = realloc(l->old, (l->old_count + 2) * sizeof *grown);
        if (!grown) return no_memory(error);
        l->old = grown;
        l->old[l->old_count++] = l->key;
        l->old[l->old_count++] = l->id;
        l->key = l->id = NULL;
    }
    return status;
}

static ingot_status take_upload(void *user, const char *path, const char *text,
                                ingot_error *error) {
    listed *l = user;
    if (strcmp(path, "ListMultipartUploadsResult/Upload/Key") == 0)
        return keep(&l->key, text, error);
    if (strcmp(path, "ListMultipartUploadsResult/Upload/UploadId") == 0) {
        return keep(&l->id, text, error);
    }
    if (strcmp(path, "ListMultipartUploadsResult/Upload/Initiated") == 0) {
        l->initiated = ingot_s3_time(text);
    }
    if (strcmp(path, "ListMultipartUploadsResult/Upload") == 0) return end_upload(l, error);
    return INGOT_OK;
}

typedef struct part {
    upload *upload;
    long number;
    char md5[33];
} part;

static ingot_status take_part(void *user, const char *path, const char *text, ingot_error *error) {
    part *p = user;
    (void)error;
    if (strcmp(path, "ListPartsResult/Part/PartNumber") == 0) p->number = strtol(text, NULL, 10);
    if (strcmp(path, "ListPartsResult/Part/ETag") == 0) {
        snprintf(p->md5, sizeof p->md5, "%.32s", text + (text[0] == '"'));
    }
    if (strcmp(path, "ListPartsResult/Part") == 0) {
        if (p->number >= 1 && p->number <= p->upload->count &&
            strcmp(p->md5, p->upload->md5[p->number]) == 0) {
            p->upload->there[p->number] = 1;
        }
        p->number = 0;
        p->md5[0] = 0;
    }
    return INGOT_OK;
}

static ingot_status take_id(void *user, const char *path, const char *text, ingot_error *error) {
    upload *u = user;
    if (strcmp(path, "InitiateMultipartUploadResult/UploadId") == 0)
        return keep(&u->id, text, error);
    return INGOT_OK;
}

/* A request whose answer is read as XML. *code is that of the answer; an error other than 404
 * fails. */
static ingot_status ask(ingot_s3 *s3, const ingot_s3_request *request, ingot_xml_visit visit,
                        void *user, long *code, ingot_error *error) {
    ingot_s3_answer answer;
    ingot_status status = ingot_s3_send(s3, request, &answer, error);
    if (status != INGOT_OK) return status;
    *code = answer.code;
    if (answer.code >= 300 && answer.code != 404) {
        status = ingot_s3_explain(s3, request, &answer, error);
    } else if (answer.code < 300 && answer.body) {
        status = ingot_xml_read(answer.body, answer.size, visit, user, error);
    }
    ingot_s3_free_answer(&answer);
    return status;
}

/* Uploads of keys that begin with `prefix` (whole, encoded). */
static ingot_status list_uploads(ingot_s3 *s3, const char *prefix, listed *l, ingot_error *error) {
    char *query = NULL;
    long code = 0;
    if (asprintf(&query, "max-uploads=1000&prefix=%s&uploads=", prefix) < 0)
        return no_memory(error);
    const ingot_s3_request request = {.method = "GET", .query = query, .limit = 16 << 20};
    ingot_status status = ask(s3, &request, take_upload, l, &code, error);
    free(l->key);
    free(l->id);
    l->key = l->id = NULL;
    free(query);
    return status;
}

/* ------------------------------------------------------------------ the steps */

static ingot_status set_id(upload *u, char *id, ingot_error *error) {
    u->id = id;
    u->encoded = id ? ingot_url_encode(id, 0) : NULL;
    return u->encoded ? INGOT_OK : no_memory(error);
}

/* Goes on with an upload of this key, and learns which parts are there. */
static ingot_status resume(upload *u, ingot_error *error) {
    char *whole = NULL, *encoded = NULL, *query = NULL;
    long code = 0;
    if (asprintf(&whole, "%s%s", u->s3->prefix, u->key) < 0) return no_memory(error);
    encoded = ingot_url_encode(whole, 0);
    listed l = {.wanted = whole};
    ingot_status status = encoded ? list_uploads(u->s3, encoded, &l, error) : no_memory(error);
    free(encoded);
    free(whole);
    if (status != INGOT_OK || !l.found) {
        free(l.found);
        return status;
    }
    status = set_id(u, l.found, error);
    if (status == INGOT_OK && asprintf(&query, "max-parts=1000&uploadId=%s", u->encoded) < 0) {
        query = NULL;
        status = no_memory(error);
    }
    if (status == INGOT_OK) {
        part p = {.upload = u};
        const ingot_s3_request request = {.method = "GET", .key = u->key, .query = query};
        status = ask(u->s3, &request, take_part, &p, &code, error);
    }
    free(query);
    if (status == INGOT_OK && code == 404) forget(u); /* it has ended meanwhile */
    return status;
}

static ingot_status initiate(upload *u, ingot_error *error) {
    const ingot_s3_request request = {.method = "POST", .key = u->key, .query = "uploads="};
    long code = 0;
    ingot_status status = ask(u->s3, &request, take_id, u, &code, error);
    if (status != INGOT_OK) return status;
    if (!u->id) {
        return ingot_fail(error, INGOT_FAILED, "%s/%s: the service begins no upload (%ld)",
                          u->s3->name, u->key, code);
    }
    return set_id(u, u->id, error);
}

static ingot_status send_part(upload *u, int number, int *gone, ingot_error *error) {
    char *query = NULL;
    size_t size;
    ingot_s3_answer answer;
    const unsigned char *bytes = part_of(u, number, &size);
    if (asprintf(&query, "partNumber=%d&uploadId=%s", number, u->encoded) < 0) {
        return no_memory(error);
    }
    const ingot_s3_request request = {
        .method = "PUT", .key = u->key, .query = query, .body = bytes, .size = size};
    ingot_status status = ingot_s3_send(u->s3, &request, &answer, error);
    free(query);
    if (status != INGOT_OK) return status;
    *gone = answer.code == 404;
    if (answer.code >= 300 && !*gone) status = ingot_s3_explain(u->s3, &request, &answer, error);
    ingot_s3_free_answer(&answer);
    return status;
}

/* *gone 1: there is no such upload any more. */
static ingot_status complete(upload *u, int *gone, ingot_error *error) {
    char *query = NULL;
    const size_t room = 64 + (size_t)u->count * 128;
    char *body = malloc(room);
    ingot_s3_answer answer;
    if (!body || asprintf(&query, "uploadId=%s", u->encoded) < 0) {
        free(body);
        return no_memory(error);
    }
    size_t used = (size_t)snprintf(body, room, "<CompleteMultipartUpload>");
    for (int i = 1; i <= u->count; i++) {
        used += (size_t)snprintf(body + used, room - used,
                                 "<Part><PartNumber>%d</PartNumber><ETag>\"%s\"</ETag></Part>", i,
                                 u->md5[i]);
    }
    used += (size_t)snprintf(body + used, room - used, "</CompleteMultipartUpload>");
    const ingot_s3_request request = {
        .method = "POST", .key = u->key, .query = query, .body = body, .size = used};
    ingot_status status = ingot_s3_send(u->s3, &request, &answer, error);
    free(body);
    free(query);
    if (status != INGOT_OK) return status;
    /* A service that needs long says 200 at once, and what went wrong in the body. */
    *gone = answer.code == 404 || (answer.body && strstr(answer.body, "NoSuchUpload"));
    if (!*gone && (answer.code >= 300 || (answer.body && strstr(answer.body, "<Error>")))) {
        status = ingot_s3_explain(u->s3, &request, &answer, error);
    }
    ingot_s3_free_answer(&answer);
    return status;
}

static ingot_status is_there(const upload *u, int *there, ingot_error *error) {
    const ingot_s3_request request = {.method = "HEAD", .key = u->key};
    ingot_s3_answer answer;
    ingot_status status = ingot_s3_send(u->s3, &request, &answer, error);
    if (status != INGOT_OK) return status;
    *there = answer.code == 200 && answer.length == u->size;
    ingot_s3_free_answer(&answer);
    return INGOT_OK;
}

static ingot_status one_try(upload *u, int *gone, ingot_error *error) {
    *gone = 0;
    ingot_status status = resume(u, error);
    if (status == INGOT_OK && !u->id) status = initiate(u, error);
    for (int i = 1; status == INGOT_OK && !*gone && i <= u->count; i++) {
        if (!u->there[i]) status = send_part(u, i, gone, error);
    }
    if (status == INGOT_OK && !*gone) status = complete(u, gone, error);
    return status;
}

ingot_status ingot_s3_put_in_parts(ingot_s3 *s3, const char *key, const void *bytes, size_t size,
                                   ingot_error *error) {
    upload u = {.s3 = s3, .key = key, .bytes = bytes, .size = size};
    int gone = 1, there = 0;
    const size_t count = (size + s3->aws.part - 1) / s3->aws.part;
    u.count = (int)count;
    if (count > MOST_PARTS) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s/%s: %zu parts; at most %d are sent (multipart_chunksize)", s3->name,
                          key, count, MOST_PARTS);
    }
    ingot_status status = digest_parts(&u, error);
    for (int i = 0; status == INGOT_OK && gone && !there && i < TRIES; i++) {
        status = one_try(&u, &gone, error);
        if (status == INGOT_OK && gone) status = is_there(&u, &there, error);
        forget(&u);
    }
    forget(&u);
    if (status == INGOT_OK && gone && !there) {
        status =
            ingot_fail(error, INGOT_FAILED,
                       "%s/%s: the service ends uploads before they are complete", s3->name, key);
    }
    return status;
}

ingot_status ingot_s3_sweep_uploads(ingot_s3 *s3, double age, int dry, int64_t *count,
                                    ingot_error *error) {
    char *encoded = ingot_url_encode(s3->prefix, 0);
    const ingot_s3_answer none = {0};
    listed l = {.now = ingot_s3_now(s3, &none), .age = age};
    if (!encoded) return no_memory(error);
    ingot_status status = list_uploads(s3, encoded, &l, error);
    const size_t skip = strlen(s3->prefix);
    *count = 0;
    for (size_t i = 0; i + 1 < l.old_count; i += 2) {
        if (status == INGOT_OK && strncmp(l.old[i], s3->prefix, skip) == 0) {
            ++*count;
            char *id = ingot_url_encode(l.old[i + 1], 0), *query = NULL;
            long code = 0;
            if (!id || asprintf(&query, "uploadId=%s", id) < 0) query = NULL;
            const ingot_s3_request request = {
                .method = "DELETE", .key = l.old[i] + skip, .query = query};
            if (!query) status = no_memory(error);
            if (status == INGOT_OK && !dry) status = ask(s3, &request, take_id, NULL, &code, error);
            free(query);
            free(id);
        }
        free(l.old[i]);
        free(l.old[i + 1]);
    }
    free(l.old);
    free(encoded);
    return status;
}
