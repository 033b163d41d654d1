/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The reader of text folders: which folder is the class, what is a text and what is not, and that
 * what it yields is cleaned.
 */
/* clang-format off */
/* link: runtime/data/text_folder.c runtime/data/text_rules.c runtime/data/known.c runtime/data/folder_configure.c runtime/data/option_lists.c runtime/data/folder_tree.c runtime/data/folder_scan.c runtime/data/held.c runtime/text/clean.c runtime/text/utf8.c runtime/text/unicode.c runtime/text/unicode_tables.c runtime/base/error.c runtime/base/file.c runtime/base/json.c runtime/base/writer.c runtime/base/sha256.c runtime/base/parallel.c ; libs: jansson crypto m cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "data/text_folder.h"
#include "tests/support/scratch.h"

static const ingot_reader *const reader = &ingot_reader_text_folder;

static int set_up(void **state) {
    (void)state;
    scratch_begin();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    scratch_end();
    return 0;
}

static void put(const char *name, const char *text) {
    put_file(name, text, strlen(text));
}

static char listing[4096];

static ingot_status write_line(void *user, const ingot_file *file, ingot_error *why) {
    (void)user, (void)why;
    const size_t used = strlen(listing);
    snprintf(listing + used, sizeof listing - used, "%s %s %lld%s%s\n", file->path,
             file->label != NULL ? file->label : "-", (long long)file->replaced,
             file->problem != NULL    ? " problem "
             : file->left_out != NULL ? " left out "
                                      : "",
             file->problem != NULL    ? file->problem
             : file->left_out != NULL ? file->left_out
                                      : "");
    return INGOT_OK;
}

static void *configured(const char *options) {
    json_t *object = json_loads(options, 0, NULL);
    void *config;
    assert_non_null(object);
    assert_int_equal(ingot_text_folder_configure(object, &config, &error), INGOT_OK);
    json_decref(object);
    return config;
}

static const char *scanned(const char *options) {
    void *config = configured(options);
    listing[0] = '\0';
    if (reader->scan(config, in_scratch("data"), NULL, write_line, NULL, &error) != INGOT_OK) {
        snprintf(listing, sizeof listing, "%s", error.text);
    }
    free(config);
    return listing;
}

static void the_class_is_the_first_folder_or_the_nearest(void **state) {
    (void)state;
    put("data/train/med/1", "one");
    put("data/test/med/2", "two");
    put("data/train/space/3.txt", "three");
    put("data/README", "not in a folder");
    assert_string_equal(scanned("{}"), "test/med/2 test 0\ntrain/med/1 train 0\n"
                                       "train/space/3.txt train 0\n");
    assert_string_equal(scanned("{\"nearest\":1}"), "test/med/2 med 0\ntrain/med/1 med 0\n"
                                                    "train/space/3.txt space 0\n");
    assert_string_equal(scanned("{\"nearest\":1,\"classes\":[\"space\"]}"),
                        "train/space/3.txt space 0\n");
    assert_non_null(strstr(scanned("{\"nearest\":1,\"classes\":[\"moon\"]}"),
                           "/data/moon: no such class folder"));
    assert_string_equal(scanned("{\"flat\":true,\"include\":[\"*.txt\"]}"),
                        "train/space/3.txt - 0\n");
}

static void what_is_no_text(void **state) {
    (void)state;
    put("data/a/empty", "");
    put("data/a/blank", " \n\t\r\n ");
    put("data/a/bad", "x\xff\xe2\x82y\xc0\x80");
    put("data/a/short", " four\n");
    assert_string_equal(scanned("{}"), "a/bad a 4\n"
                                       "a/blank a 0 problem empty: there is no text in it\n"
                                       "a/empty a 0 problem empty: there is no text in it\n"
                                       "a/short a 0\n");
    assert_string_equal(scanned("{\"min_length\":5}"),
                        "a/bad a 4\n"
                        "a/blank a 0 left out 0 characters, shorter than min_length, 5\n"
                        "a/empty a 0 left out 0 characters, shorter than min_length, 5\n"
                        "a/short a 0 left out 4 characters, shorter than min_length, 5\n");
    assert_string_equal(scanned("{\"latin1\":1,\"include\":[\"*bad\"]}"), "a/bad a 0\n");
}

/* What the reader yields of some bytes. */
static const char *yielded(const char *options, const char *bytes) {
    static char text[256];
    void *config = configured(options);
    ingot_source *source;
    ingot_signal signal;
    int32_t label;
    assert_int_equal(
        reader->open_bytes(config, "p", (const uint8_t *)bytes, strlen(bytes), &source, &error),
        INGOT_OK);
    assert_int_equal(reader->records(source), 1);
    assert_int_equal(reader->read(source, 0, &signal, &label, &error), INGOT_OK);
    assert_int_equal(signal.kind, INGOT_SIGNAL_TEXT);
    assert_int_equal(label, -1);
    snprintf(text, sizeof text, "%.*s|%lld", (int)signal.length, signal.text,
             (long long)signal.replaced);
    assert_int_equal(reader->read(source, 1, &signal, &label, &error), INGOT_FAILED);
    assert_string_equal(error.text, "p: has one record, not number 1");
    reader->close_file(source);
    free(config);
    return text;
}

static void texts_are_cleaned(void **state) {
    (void)state;
    assert_string_equal(yielded("{}", "\xef\xbb\xbfgr\xc3\xbcn\r\n\x01\xff"),
                        "gr\xc3\xbcn\n\xef\xbf\xbd|1");
    assert_string_equal(yielded("{\"latin1\":1}", "gr\xfcn"), "gr\xc3\xbcn|0");
    assert_string_equal(yielded("{}", "From: x\nTo: y\n\nbody\n\nmore"),
                        "From: x\nTo: y\n\nbody\n\nmore|0");
    assert_string_equal(yielded("{\"strip_headers\":1}", "From: x\r\n\r\nbody\n\nmore"),
                        "body\n\nmore|0");
    assert_string_equal(yielded("{\"strip_headers\":1}", "no header"), "no header|0");
}

static void a_file_by_name(void **state) {
    (void)state;
    put("data/x", "some text");
    void *config = configured("{}");
    ingot_source *source;
    ingot_signal signal;
    int32_t label;
    assert_int_equal(reader->open_file(config, in_scratch("data/x"), NULL, &source, &error),
                     INGOT_OK);
    assert_int_equal(reader->read(source, 0, &signal, &label, &error), INGOT_OK);
    assert_int_equal(signal.length, 9);
    reader->close_file(source);
    assert_int_equal(reader->open_file(config, in_scratch("data/y"), NULL, &source, &error),
                     INGOT_FAILED);
    free(config);
}

static void options_that_are_none(void **state) {
    (void)state;
    void *config;
    json_t *object = json_loads("{\"minimum\":1}", 0, NULL);
    assert_int_equal(ingot_text_folder_configure(object, &config, &error), INGOT_USAGE);
    assert_string_equal(error.text, "text_folder: unknown option 'minimum'");
    json_decref(object);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_class_is_the_first_folder_or_the_nearest, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_are_cleaned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_that_are_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
