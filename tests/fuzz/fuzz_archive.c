/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as what a store gives back: the first says as what, a record, an entry of the log, a
 * list of objects, or a whole object. What is accepted must keep what record.h promises.
 */
/* fuzz: runtime/archive/record.c runtime/archive/log_fold.c runtime/archive/object.c
 runtime/archive/object_file.c runtime/archive/chunk.c runtime/archive/s3_list.c
 runtime/archive/sign.c runtime/base/url.c runtime/archive/xml.c runtime/base/json.c
 runtime/base/error.c runtime/base/sha256.c runtime/base/file.c runtime/base/writer.c
 runtime/base/parallel.c ; libs: jansson crypto zstd expat */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "archive/log.h"
#include "archive/object.h"
#include "archive/record.h"
#include "archive/s3.h"
#include "memory_place.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* s3_list.c asks for these; parsing does not. */
ingot_status ingot_s3_send(ingot_s3 *s3, const ingot_s3_request *request, ingot_s3_answer *answer,
                           ingot_error *error) {
    (void)s3;
    (void)request;
    (void)answer;
    return ingot_fail(error, INGOT_FAILED, "none");
}
void ingot_s3_free_answer(ingot_s3_answer *answer) {
    (void)answer;
}
ingot_status ingot_s3_explain(const ingot_s3 *s3, const ingot_s3_request *request,
                              const ingot_s3_answer *answer, ingot_error *error) {
    (void)s3;
    (void)request;
    (void)answer;
    return ingot_fail(error, INGOT_FAILED, "none");
}
double ingot_s3_time(const char *text) {
    return (double)strlen(text);
}
double ingot_s3_now(ingot_s3 *s3, const ingot_s3_answer *answer) {
    (void)s3;
    (void)answer;
    return 0;
}

static void as_record(const char *text, size_t size) {
    json_t *record;
    size_t i;
    const json_t *member;
    ingot_error error;
    if (ingot_record_parse(text, size, "input", &record, &error) != INGOT_OK) return;
    json_array_foreach(json_object_get(record, "members"), i, member) {
        const char *path = ingot_member_text(member, "path");
        assert(path[0] != '/' && !strstr(path, "/../") && strncmp(path, "../", 3) != 0);
        assert(ingot_member_text(member, "role") && ingot_member_text(member, "sha256"));
    }
    json_decref(record);
}

static void as_entry(const char *text, size_t size) {
    ingot_log log;
    const json_t *artifact;
    ingot_error error;
    if (ingot_log_new(&log, &error) != INGOT_OK) return;
    if (ingot_log_fold(&log, text, size, &error) == INGOT_OK) {
        (void)ingot_log_find(&log, "x@production", &artifact, &error);
        (void)ingot_log_find(&log, "abcdef0", &artifact, &error);
        (void)ingot_log_find(&log, "x", &artifact, &error);
    }
    ingot_log_free(&log);
}

static void as_list(const char *text, size_t size) {
    ingot_s3_page page;
    ingot_error error;
    if (ingot_s3_page_read(text, size, &page, &error) != INGOT_OK) return;
    for (size_t i = 0; i < page.count; i++) assert(page.items[i].key);
    assert(!page.truncated || page.next);
    ingot_s3_page_free(&page);
}

static void as_object(const char *bytes, size_t size) {
    static memory m;
    char key[INGOT_OBJECT_KEY], *out = NULL;
    size_t got = 0;
    static const char hex[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    ingot_error error;
    ingot_place place = memory_place(&m);
    ingot_object_key(hex, key);
    (void)memory_put(&place, key, bytes, size, &error);
    if (ingot_object_get(&place, hex, 1 << 16, &out, &got, &error) == INGOT_OK) assert(got == 0);
    free(out);
    memory_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size == 0) return 0;
    char *text = malloc(size);
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = 0;
    switch (bytes[0] % 4) {
    case 0:
        as_record(text, size - 1);
        break;
    case 1:
        as_entry(text, size - 1);
        break;
    case 2:
        as_list(text, size - 1);
        break;
    default:
        as_object(text, size - 1);
    }
    free(text);
    return 0;
}
