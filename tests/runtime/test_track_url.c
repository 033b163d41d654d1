/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Where a run is sent (track/track.h): option before spec before variable, URLs that are none, and
 * never one that holds a password; parts of URLs (track/http.h).
 */
/* link: runtime/track/track.c runtime/track/http.c runtime/base/curl.c runtime/base/url.c
 * runtime/base/error.c ; libs: cmocka */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/url.h"
#include "track/http.h"
#include "track/track.h"

static ingot_error error;

static const ingot_track named = {"http://spec:5000", NULL}, silent = {NULL, "digits"};

static void chosen(const char *option, const ingot_track *spec, const char *variable, int records,
                   const char *mlflow) {
    ingot_track_choice choice;
    assert_int_equal(ingot_track_choose(option, spec, variable, &choice, &error), INGOT_OK);
    assert_int_equal(choice.records, records);
    if (mlflow) {
        assert_string_equal(choice.mlflow, mlflow);
    } else {
        assert_null(choice.mlflow);
    }
}

static void test_what_counts(void **state) {
    (void)state;
    chosen(NULL, NULL, NULL, 1, NULL);
    chosen("none", &named, "http://env", 0, NULL);
    chosen("local", &named, "http://env", 1, NULL);
    chosen("mlflow=https://option/", &named, "http://env", 1, "https://option/");
    chosen(NULL, &named, "http://env", 1, "http://spec:5000");
    chosen(NULL, &silent, "http://env", 1, "http://env");
    chosen(NULL, &silent, "sqlite:///mlruns.db", 1, NULL); /* of MLflow's, and no server */
    chosen(NULL, NULL, "", 1, NULL);
}

static void refused(const char *option, const char *part) {
    ingot_track_choice choice;
    error.text[0] = 0;
    assert_int_equal(ingot_track_choose(option, NULL, NULL, &choice, &error), INGOT_USAGE);
    assert_non_null(strstr(error.text, part));
    assert_null(strstr(error.text, "secret"));
}

static void test_what_is_refused(void **state) {
    char longer[1200] = "mlflow=http://";
    (void)state;
    refused("nowhere", "--track wants none, local or mlflow=URL, not 'nowhere'");
    refused("mlflow=", "is not the URL of an MLflow server");
    refused("mlflow=ftp://host", "is not the URL of an MLflow server");
    refused("mlflow=http://", "is not the URL of an MLflow server");
    refused("mlflow=http:///path", "is not the URL of an MLflow server");
    refused("mlflow=http://host?a=b", "is not the URL of an MLflow server");
    refused("mlflow=http://host/#a", "is not the URL of an MLflow server");
    refused("mlflow=http://ho st", "is not the URL of an MLflow server");
    refused("mlflow=http://ana:secret@host", "holds a user or a password");
    refused("mlflow=https://secret@host/path", "holds a user or a password");
    memset(longer + 14, 'a', sizeof longer - 15);
    refused(longer, "is not the URL of an MLflow server");
    assert_int_equal(ingot_track_check_url("http://host/a@b", &error), INGOT_OK); /* in a path */
}

static void encoded(const char *text, int path, const char *wanted) {
    char *found = ingot_url_encode(text, path);
    assert_non_null(found);
    assert_string_equal(found, wanted);
    free(found);
}

static void test_parts_of_urls(void **state) {
    (void)state;
    encoded("", 0, "");
    encoded("Az09-._~", 0, "Az09-._~");
    encoded("a/b c&d=e?f#g%h", 0, "a%2Fb%20c%26d%3De%3Ff%23g%25h");
    encoded("a/b c", 1, "a/b%20c");
    encoded("\xc3\xa9\r\n", 1, "%C3%A9%0D%0A");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_counts),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_parts_of_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
