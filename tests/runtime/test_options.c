/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The executable's command line.
 */
/* link: runtime/cli/options.c runtime/base/error.c ; libs: cmocka */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

static ingot_options options;
static ingot_error error;

/* Reads a command line of words separated by single spaces. */
static ingot_status read_line(const char *line) {
    static char text[256], *argv[32];
    int argc = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    argv[argc] = NULL;
    error.text[0] = 0;
    return ingot_options_read(argc, argv, &options, &error);
}

static void the_default_word_is_run(void **state) {
    (void)state;
    assert_int_equal(read_line("x"), INGOT_OK);
    assert_int_equal(options.word, INGOT_WORD_RUN);
    assert_string_equal(options.work, "./work");
    assert_int_equal(read_line("x --threads 3 --data=d/e --json"), INGOT_OK);
    assert_int_equal(options.word, INGOT_WORD_RUN);
    assert_int_equal(options.threads, 3);
    assert_string_equal(options.data, "d/e");
    assert_true(options.json);
}

static void words_options_and_arguments_mix(void **state) {
    (void)state;
    assert_int_equal(read_line("x --work w predict a.wav --weights f b.wav - -- --json"), INGOT_OK);
    assert_int_equal(options.word, INGOT_WORD_PREDICT);
    assert_int_equal(options.argument_count, 4);
    assert_string_equal(options.arguments[0], "a.wav");
    assert_string_equal(options.arguments[2], "-");
    assert_string_equal(options.arguments[3], "--json");
    assert_string_equal(options.weights, "f");
    assert_false(options.json);
    assert_int_equal(read_line("x bench --seconds .5 --repeats=7 --profile"), INGOT_OK);
    assert_true(options.seconds == 0.5 && options.repeats == 7 && options.profile);
}

static void refuses(const char *line, const char *part) {
    assert_int_equal(read_line(line), INGOT_USAGE);
    if (!strstr(error.text, part)) fail_msg("%s: '%s' lacks '%s'", line, error.text, part);
}

static void names_the_nearest(void **state) {
    (void)state;
    refuses("x trian", "did you mean 'train'");
    refuses("x evalute", "did you mean 'evaluate'");
    refuses("x xyzzyxyzzy", "no word 'xyzzyxyzzy' (");
    refuses("x train --thread 2", "did you mean '--threads'");
    refuses("x train --jsno", "did you mean '--json'");
    refuses("x README.md-that-is-not-there", "no word");
    refuses("x runtime/program.h", "did you mean 'predict runtime/program.h'");
}

static void refuses_wrong_values(void **state) {
    (void)state;
    refuses("x --threads 0", "--threads wants a whole number from 1 to 1024, not '0'");
    refuses("x --threads two", "'two'");
    refuses("x --threads", "--threads wants N after it");
    refuses("x --json=yes", "takes no value");
    refuses("x bench --seconds nan", "above 0");
    refuses("x bench --seconds -1", "above 0");
    refuses("x bench --repeats 99999999999999999999", "whole number");
    refuses("x --work=", "wants a name");
    refuses("x info --profile", "--profile is not an option of 'info'");
    refuses("x train more", "train takes no arguments, but 'more'");
    refuses("x predict", "predict wants FILE");
    refuses("x source a b", "one place");
}

static void a_usage_error_knows_json(void **state) {
    (void)state;
    refuses("x nonsense --quiet --json", "no word");
    assert_true(options.json && options.quiet);
}

static void every_word_has_its_help(void **state) {
    (void)state;
    for (int w = 0; w <= INGOT_WORDS; w++) {
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);
        ingot_help(to, "out/x", "x", (ingot_word)w);
        fclose(to);
        assert_non_null(strstr(text, "--work DIR"));
        assert_non_null(strstr(text, "Usage: out/x"));
        if (w < INGOT_WORDS) assert_non_null(strstr(text, ingot_word_name((ingot_word)w)));
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
            if (strlen(line) > 100) fail_msg("too long: %s", line);
        }
        free(text);
    }
    assert_int_equal(read_line("x predict --help"), INGOT_OK);
    assert_true(options.help && options.word_given);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_word_is_run),
        cmocka_unit_test(words_options_and_arguments_mix),
        cmocka_unit_test(names_the_nearest),
        cmocka_unit_test(refuses_wrong_values),
        cmocka_unit_test(a_usage_error_knows_json),
        cmocka_unit_test(every_word_has_its_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
