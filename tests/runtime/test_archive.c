/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The parts of an archive (runtime/archive): signatures beside the examples of AWS's documentation,
 * cuts that follow the content, records and log entries that are refused, and writers that agree on
 * one entry however slow they are and whenever they die.
 */
/* link: runtime/archive/agree.c runtime/archive/log.c runtime/archive/log_fold.c
 runtime/archive/record.c runtime/archive/object.c runtime/archive/object_file.c
 runtime/archive/chunk.c runtime/archive/sign.c runtime/base/url.c runtime/archive/xml.c
 runtime/archive/aws.c runtime/base/error.c runtime/base/file.c runtime/base/writer.c
 runtime/base/json.c runtime/base/sha256.c runtime/base/parallel.c ; libs: cmocka crypto expat inih
 jansson zstd */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "archive/chunk.h"
#include "archive/log.h"
#include "archive/object.h"
#include "archive/record.h"
#include "archive/sign.h"
#include "archive/xml.h"
#include "base/url.h"
#include "memory_place.h"

static ingot_error error;

/* ------------------------------------------------------------------ signatures */

/* AWS, "Signature Calculations for the Authorization Header", examples GET Object, GET Bucket
 * Lifecycle and Get Bucket (List Objects). */
static void signs_as_documented(void **state) {
    static const struct {
        const char *path, *query, *range, *signature;
    } examples[] = {
        {"/test.txt", "", "range:bytes=0-9\n",
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {"/", "lifecycle=", "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {"/", "max-keys=2&prefix=J", "",
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    };
    static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char headers[512], authorization[INGOT_AUTHORIZATION];
        snprintf(headers, sizeof headers,
                 "host:examplebucket.s3.amazonaws.com\n%sx-amz-content-sha256:%s\n"
                 "x-amz-date:20130524T000000Z\n",
                 examples[i].range, empty);
        const ingot_signing s = {.access_key = "AKIAIOSFODNN7EXAMPLE",
                                 .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                 .region = "us-east-1",
                                 .method = "GET",
                                 .path = examples[i].path,
                                 .query = examples[i].query,
                                 .headers = headers,
                                 .payload = empty,
                                 .now = 1369353600};
        assert_int_equal(ingot_sign(&s, authorization, &error), INGOT_OK);
        assert_non_null(strstr(authorization, examples[i].signature));
        assert_non_null(
            strstr(authorization, i == 0 ? "SignedHeaders=host;range;x-amz-content-sha256;"
                                           "x-amz-date,"
                                         : "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"));
    }
}

static void encodes_paths(void **state) {
    (void)state;
    char *path = ingot_url_encode("a b/ü~+", 1), *part = ingot_url_encode("a/b=", 0);
    assert_string_equal(path, "a%20b/%C3%BC~%2B");
    assert_string_equal(part, "a%2Fb%3D");
    free(path);
    free(part);
}

/* ------------------------------------------------------------------ chunks */

enum { BYTES = 3 << 20 };

static size_t cut_all(const unsigned char *bytes, size_t size, size_t *ends) {
    ingot_cutter cutter;
    size_t at = 0, count = 0;
    assert_int_equal(ingot_cutter_make(BYTES, &cutter, &error), INGOT_OK);
    while (at < size) {
        const size_t length = ingot_cut(&cutter, bytes + at, size - at);
        assert_true(length <= cutter.most);
        assert_true(length >= cutter.least || at + length == size);
        at += length;
        ends[count++] = at;
    }
    return count;
}

static void cuts_follow_the_content(void **state) {
    unsigned char *bytes = malloc(BYTES + 100), *more = malloc(BYTES + 100);
    size_t before[400], after[400], shared = 0;
    uint32_t seed = 7;
    (void)state;
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
    const size_t count = cut_all(bytes, BYTES, before);
    assert_true(count > 25 && count < 120); /* the average is 1/32 to 1/64 of the file */
    /* 100 bytes come in at a third: the chunks behind are those they were */
    memcpy(more, bytes, BYTES / 3);
    memset(more + BYTES / 3, 'x', 100);
    memcpy(more + BYTES / 3 + 100, bytes + BYTES / 3, BYTES - BYTES / 3);
    const size_t again = cut_all(more, BYTES + 100, after);
    for (size_t i = 0, j = 0; i < count && j < again;) {
        const size_t end = before[i] > BYTES / 3 ? before[i] + 100 : before[i];
        if (end == after[j]) {
            shared++;
            i++;
            j++;
        } else if (end < after[j]) {
            i++;
        } else {
            j++;
        }
    }
    assert_true(shared + 3 >= count);
    free(bytes);
    free(more);
}

/* The cuts are part of the format: what this gives for bytes of a fixed sequence must never change
 * (the numbers are from a second implementation of the definition in chunk.h). */
static void cuts_are_for_ever(void **state) {
    unsigned char *bytes = malloc(BYTES);
    size_t ends[400];
    uint32_t seed = 1;
    (void)state;
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
    cut_all(bytes, BYTES, ends);
    assert_int_equal(ends[0], 36760);
    assert_int_equal(ends[1], 71173);
    free(bytes);
}

/* ------------------------------------------------------------------ records */

static void refuses_paths(void **state) {
    static const char *const bad[] = {"",     "/a", "a/",  "a//b",  "..",   "../a", "a/../b",
                                      "a/..", ".",  "./a", "a/./b", "a\nb", "a\x7f"};
    static const char *const good[] = {"a", "a/b", "..a", "a..", ".a", "a b/ü", "a\\b"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_non_null(ingot_member_path_problem(bad[i]));
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_null(ingot_member_path_problem(good[i]));
    }
}

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MEMBER(path, more)                                                                         \
    "{\"path\":\"" path "\",\"role\":\"file\",\"sha256\":\"" DIGEST "\"," more "}"
#define RECORD(members)                                                                            \
    "{\"format\":1,\"name\":\"x\",\"stamp\":\"" DIGEST "\",\"members\":[" members "]}"

static void refuses_records(void **state) {
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"{", "line 1"},
        {"[]", "no format"},
        {"{\"format\":2}", "made by a newer version"},
        {"{\"format\":1,\"name\":\"a/b\",\"stamp\":\"" DIGEST "\",\"members\":[]}", "no name"},
        {"{\"format\":1,\"name\":\"x\",\"stamp\":\"ab\",\"members\":[]}", "no stamp"},
        {RECORD(""), "no members"},
        {RECORD(MEMBER("../a", "\"size\":0,\"chunks\":[]")), "climbs out"},
        {RECORD(MEMBER("a", "\"size\":-1,\"chunks\":[]")), "no number of bytes"},
        {RECORD(MEMBER("a", "\"size\":1,\"chunks\":[]")), "fewer bytes"},
        {RECORD(MEMBER("a", "\"size\":1,\"chunks\":[[\"" DIGEST "\",2]]")), "more bytes"},
        {RECORD(MEMBER("a", "\"size\":1,\"chunks\":[[\"" DIGEST "\",99999999999]]")), "no [digest"},
        {RECORD(MEMBER("a", "\"size\":1,\"chunks\":[[\"x\",1]]")), "no [digest"},
        {RECORD(MEMBER("a", "\"size\":0,\"chunks\":{}")), "no list"},
        {RECORD(MEMBER("a", "\"size\":0,\"run\":1,\"chunks\":[]")), "neither true nor false"},
        {RECORD(
             MEMBER("b", "\"size\":0,\"chunks\":[]") "," MEMBER("a", "\"size\":0,\"chunks\":[]")),
         "not in order"},
        {RECORD(
             MEMBER("a", "\"size\":0,\"chunks\":[]") "," MEMBER("a/b", "\"size\":0,\"chunks\":[]")),
         "wants a folder"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *record = NULL;
        assert_int_equal(
            ingot_record_parse(bad[i].text, strlen(bad[i].text), "it", &record, &error),
            INGOT_FAILED);
        if (!strstr(error.text, bad[i].part)) fail_msg("%s: %s", bad[i].text, error.text);
        assert_null(record);
    }
    json_t *record = NULL;
    const char *text = RECORD(MEMBER("a", "\"size\":0,\"chunks\":[]"));
    assert_int_equal(ingot_record_parse(text, strlen(text), "it", &record, &error), INGOT_OK);
    json_decref(record);
}

/* ------------------------------------------------------------------ the log */

static void refuses_entries(void **state) {
#define ENTRY(more) "{\"format\":1,\"number\":1,\"previous\":\"\",\"by\":\"a\"," more "}"
#define NOW "\"time\":\"2026-01-01T00:00:00Z\","
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"{\"format\":3}", "newer version"},
        {"{\"format\":1,\"number\":2}", "its number is 2"},
        {"{\"format\":1,\"number\":1,\"previous\":\"x\"}", "does not follow"},
        {ENTRY("\"time\":\"now\",\"event\":\"tagged\""), "time, by or event"},
        {ENTRY(NOW "\"event\":\"burnt\""), "event `burnt` is not known"},
        {ENTRY(NOW "\"event\":\"archived\""), "wants record, stamp and name"},
        {ENTRY(NOW "\"event\":\"tagged\",\"tag\":\"a b\",\"stamp\":\"" DIGEST "\""), "wants tag"},
        {ENTRY(NOW "\"event\":\"promoted\",\"name\":\"x\""), "wants name, stamp and stage"},
        {ENTRY(NOW "\"event\":\"removed\""), "wants stamp"},
        {ENTRY(NOW "\"event\":\"policy\",\"require_gate\":[1]"), "wants stages"},
        {ENTRY(NOW "\"event\":\"tool\""), "wants machine"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ingot_log log;
        assert_int_equal(ingot_log_new(&log, &error), INGOT_OK);
        assert_int_equal(ingot_log_fold(&log, bad[i].text, strlen(bad[i].text), &error),
                         INGOT_FAILED);
        if (!strstr(error.text, bad[i].part)) fail_msg("%s: %s", bad[i].text, error.text);
        ingot_log_free(&log);
    }
}

/* ------------------------------------------------------------------ agreement */

static _Thread_local uint32_t dice = 1;
static _Thread_local int dies_after = -1; /* calls of this writer until it dies; -1: never */

static int slow_and_mortal(const char *what, const char *key) {
    (void)what;
    (void)key;
    dice = dice * 1664525 + 1013904223;
    if (dice >> 30 == 0) {
        const struct timespec wait = {0, (long)(dice >> 8) % 400000};
        nanosleep(&wait, NULL);
    }
    return dies_after >= 0 && dies_after-- == 0;
}

typedef struct writer {
    ingot_place *place;
    uint32_t seed;
    int mortal;
    char value[32];
    ingot_status status;
    int taken;
} writer;

static void *write_one(void *user) {
    writer *w = user;
    ingot_error ignored;
    dice = w->seed;
    dies_after = w->mortal ? (int)(w->seed % 23) : -1;
    w->status = ingot_agree(w->place, 1, w->value, strlen(w->value), &w->taken, &ignored);
    return NULL;
}

static void writers_agree(void **state) {
    enum { WRITERS = 5, ROUNDS = 120 };
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        memory *m = calloc(1, sizeof *m);
        ingot_place place = memory_place(m);
        pthread_t threads[WRITERS];
        writer writers[WRITERS];
        int won = 0;
        m->before = slow_and_mortal;
        for (uint32_t i = 0; i < WRITERS; i++) {
            writers[i] =
                (writer){.place = &place, .seed = round * 977 + i * 7919 + 1, .mortal = i < 3};
            snprintf(writers[i].value, sizeof writers[i].value, "value %u", i);
            assert_int_equal(pthread_create(&threads[i], NULL, write_one, &writers[i]), 0);
        }
        for (int i = 0; i < WRITERS; i++) pthread_join(threads[i], NULL);
        m->before = NULL;
        const int final = memory_find(m, "log/000000000001.json");
        assert_true(final >= 0); /* two of them live */
        for (int i = 0; i < WRITERS; i++) {
            const int is_it = strcmp(m->items[final].bytes, writers[i].value) == 0;
            if (writers[i].status != INGOT_OK) continue; /* dead: it may have won all the same */
            if (writers[i].taken == is_it)
                fail_msg("round %u: writer %d is told wrongly", round, i);
            won += is_it;
        }
        assert_true(won <= 1);
        memory_free(m);
        free(m);
    }
}

/* Entries that several write at once: none is lost, none is there twice. */
static void *append_some(void *user) {
    writer *w = user;
    ingot_error problem = {""};
    dice = w->seed;
    for (int i = 0; i < 4; i++) {
        int lost = 1;
        while (lost && w->status == INGOT_OK) {
            ingot_log log = {0};
            json_t *event =
                json_pack("{s:s, s:s, s:s}", "event", "untagged", "tag", w->value, "by", "x");
            w->status = ingot_log_read(w->place, &log, &problem);
            if (w->status == INGOT_OK) {
                w->status = ingot_log_append(w->place, &log, event, &lost, &problem);
            }
            json_decref(event);
            ingot_log_free(&log);
        }
    }
    return NULL;
}

static void entries_are_kept(void **state) {
    enum { WRITERS = 4 };
    memory *m = calloc(1, sizeof *m);
    ingot_place place = memory_place(m);
    pthread_t threads[WRITERS];
    writer writers[WRITERS];
    ingot_log log = {0};
    (void)state;
    m->before = slow_and_mortal;
    for (uint32_t i = 0; i < WRITERS; i++) {
        writers[i] = (writer){.place = &place, .seed = i + 1};
        snprintf(writers[i].value, sizeof writers[i].value, "w%u", i);
        assert_int_equal(pthread_create(&threads[i], NULL, append_some, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(writers[i].status, INGOT_OK);
    }
    m->before = NULL;
    if (ingot_log_read(&place, &log, &error) != INGOT_OK) fail_msg("%s", error.text);
    assert_int_equal(json_array_size(log.entries), WRITERS * 4);
    for (int i = 0; i < WRITERS; i++) {
        size_t k;
        int count = 0;
        const json_t *entry;
        json_array_foreach(log.entries, k, entry) {
            count += strcmp(ingot_entry_text(entry, "tag"), writers[i].value) == 0;
        }
        assert_int_equal(count, 4);
    }
    ingot_log_free(&log);
    memory_free(m);
    free(m);
}

/* ------------------------------------------------------------------ XML */

static ingot_status count_leaves(void *user, const char *path, const char *text, ingot_error *e) {
    (void)text;
    (void)e;
    *(int *)user += strcmp(path, "a/b") == 0;
    return INGOT_OK;
}

static void reads_xml(void **state) {
    int count = 0;
    const char *good = "<a><b>1</b><c><b>2</b></c><b/></a>";
    const char *bomb = "<!DOCTYPE a [<!ENTITY x \"xx\">]><a>&x;</a>";
    (void)state;
    assert_int_equal(ingot_xml_read(good, strlen(good), count_leaves, &count, &error), INGOT_OK);
    assert_int_equal(count, 2);
    assert_int_equal(ingot_xml_read("<a>", 3, count_leaves, &count, &error), INGOT_FAILED);
    assert_int_equal(ingot_xml_read(bomb, strlen(bomb), count_leaves, &count, &error),
                     INGOT_FAILED);
    assert_non_null(strstr(error.text, "document type"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_documented),     cmocka_unit_test(encodes_paths),
        cmocka_unit_test(cuts_follow_the_content), cmocka_unit_test(cuts_are_for_ever),
        cmocka_unit_test(refuses_paths),           cmocka_unit_test(refuses_records),
        cmocka_unit_test(refuses_entries),         cmocka_unit_test(writers_agree),
        cmocka_unit_test(entries_are_kept),        cmocka_unit_test(reads_xml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
