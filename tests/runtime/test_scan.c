/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The program ingot-scan as the generator calls it: its lines, its exit codes, its one line of
 * error. The program is compiled into this test; the audio reader is not needed and made up here.
 */
/* clang-format off */
/* link: runtime/data/idx.c runtime/data/idx_decode.c runtime/data/known.c runtime/data/count_terms.c runtime/data/count_pieces.c runtime/text/wordpiece.c runtime/text/wordpiece_train.c runtime/text/basic.c runtime/text/trie.c runtime/data/lock.c runtime/text/terms.c runtime/text/vocabulary.c runtime/text/words.c runtime/text/porter.c runtime/text/stop_words.c runtime/text/unicode.c runtime/text/unicode_tables.c runtime/text/utf8.c runtime/base/writer.c runtime/base/error.c runtime/base/file.c runtime/base/sha256.c runtime/base/json.c runtime/base/md5.c runtime/base/yaml.c runtime/base/parallel.c runtime/base/cpu.c runtime/train/safetensors.c ; libs: crypto jansson z yaml cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/wait.h>

int scan_main(int argc, char **argv);
#define main scan_main
#include "runtime/tools/scan.c"
#undef main

#include "tests/support/scratch.h"

/* A layout of two files, one of them bad in a way that is not text. */
static ingot_status odd_scan(const void *config, const char *root, struct ingot_known *known,
                             ingot_file_sink sink, void *user, ingot_error *why) {
    (void)config, (void)known;
    ingot_file good = {.path = strcmp(root, "newline") == 0 ? "a\nb" : "a/x.wav",
                       .label = "a",
                       .role = "audio",
                       .bytes = 5,
                       .records = 1,
                       .frames = 99,
                       .rate = 8000,
                       .channels = 2};
    ingot_file bad = {.path = "a/y.wav", .role = "audio", .bytes = 3, .problem = "not \xff audio"};
    ingot_status status = sink(user, &good, why);
    return status == INGOT_OK ? sink(user, &bad, why) : status;
}

ingot_status ingot_image_folder_configure(const json_t *options, void **config, ingot_error *why) {
    return ingot_audio_folder_configure(options, config, why);
}

ingot_status ingot_text_table_configure(const json_t *options, void **config, ingot_error *why) {
    return ingot_audio_folder_configure(options, config, why);
}

ingot_status ingot_text_folder_configure(const json_t *options, void **config, ingot_error *why) {
    return ingot_audio_folder_configure(options, config, why);
}

ingot_status ingot_csv_configure(const json_t *options, void **config, ingot_error *why) {
    return ingot_audio_folder_configure(options, config, why);
}

const ingot_reader ingot_reader_text_table = {.name = "text_table", .scan = odd_scan};
const ingot_reader ingot_reader_text_folder = {.name = "text_folder", .scan = odd_scan};
const ingot_reader ingot_reader_csv = {.name = "csv", .scan = odd_scan};
const ingot_reader ingot_reader_image_folder = {.name = "image_folder", .scan = odd_scan};
const ingot_reader ingot_reader_audio_folder = {.name = "audio_folder", .scan = odd_scan};

ingot_status ingot_audio_folder_configure(const json_t *options, void **config, ingot_error *why) {
    (void)options, (void)why;
    *config = NULL;
    return INGOT_OK;
}

static char *output, *errors;

/* Runs the program with this standard input; returns its exit code. */
static int run_scan(const char *input) {
    put_file("in", input, strlen(input));
    pid_t child = fork();
    if (child == 0) {
        dup2(open(in_scratch("in"), O_RDONLY), 0);
        dup2(open(in_scratch("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
        dup2(open(in_scratch("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
        char name[] = "ingot-scan", *arguments[] = {name, NULL};
        int code = scan_main(1, arguments);
        fflush(stdout);
        _exit(code);
    }
    int result;
    size_t size;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    free(output);
    free(errors);
    assert_ok(ingot_read_file(in_scratch("out"), 1 << 20, &output, &size, &error));
    assert_ok(ingot_read_file(in_scratch("err"), 1 << 20, &errors, &size, &error));
    return WEXITSTATUS(result);
}

static void usage(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", "ingot-scan: standard input: not JSON: line 1, column 0: '[' or '{' expected near end "
             "of file\n"},
        {"{}", "ingot-scan: standard input: expected {\"reader\":\"...\",\"path\":\"...\", ...}\n"},
        {"{\"reader\":\"tar\",\"path\":\"x\"}", "ingot-scan: no reader 'tar'\n"},
        {"{\"reader\":\"idx\",\"path\":\"x\",\"rate\":1}",
         "ingot-scan: idx: unknown option 'rate'\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(run_scan(cases[i][0]), INGOT_USAGE);
        assert_string_equal(errors, cases[i][1]);
        assert_string_equal(output, "");
    }
    assert_int_equal(run_scan("{\"reader\":\"idx\",\"path\":\"/no/such\"}"), INGOT_FAILED);
    assert_string_equal(errors, "ingot-scan: /no/such: no such folder of data\n");
    assert_int_equal(run_scan("{\"reader\":\"audio_folder\",\"path\":\"newline\"}"), INGOT_FAILED);
    assert_string_equal(errors, "ingot-scan: a b: a control character in the file's name\n");
    assert_null(strstr(output, "summary"));
}

static void lines_of_sounds(void **state) {
    (void)state;
    assert_int_equal(run_scan("{\"reader\":\"audio_folder\",\"path\":\"x\"}"), INGOT_OK);
    assert_string_equal(errors, "");
    char zeros[65], lines[128], expected[1024];
    uint8_t digest[32];
    memset(zeros, '0', 64);
    zeros[64] = '\0';
    snprintf(lines, sizeof lines, "%s 5 a/x.wav\n", zeros);
    assert_ok(ingot_sha256_of(lines, strlen(lines), digest, &error));
    char hex[65];
    ingot_hex(digest, 32, hex);
    snprintf(expected, sizeof expected,
             "{\"bytes\":5,\"channels\":2,\"frames\":99,\"label\":\"a\",\"path\":\"a/x.wav\","
             "\"rate\":8000,\"records\":1,\"role\":\"audio\",\"sha256\":\"%s\"}\n"
             "{\"bytes\":3,\"path\":\"a/y.wav\",\"problem\":\"not ? audio\",\"role\":\"audio\","
             "\"sha256\":\"%s\"}\n"
             "{\"summary\":{\"bytes\":5,\"digest\":\"%s\",\"files\":1,\"frames\":99,\"problems\":1,"
             "\"records\":1}}\n",
             zeros, zeros, hex);
    assert_string_equal(output, expected);
}

static void lines_of_images(void **state) {
    (void)state;
    static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6};
    static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 3, 0};
    put_file("data/ti", images, sizeof images);
    put_file("data/tl", labels, sizeof labels);
    char input[512];
    snprintf(input, sizeof input,
             "{\"reader\":\"idx\",\"path\":\"%s\",\"train_images\":\"ti\",\"train_labels\":\"tl\","
             "\"test_images\":\"\",\"test_labels\":\"\"}",
             in_scratch("data"));
    assert_int_equal(run_scan(input), INGOT_OK);
    assert_non_null(strstr(output, "{\"bytes\":18,\"channels\":1,"
                                   "\"digests_hex\":\"e77b9a9ae9e30b0d67586e98fad27da0\","
                                   "\"height\":1,\"label_file\":\"tl\","
                                   "\"path\":\"ti\",\"records\":2,\"role\":\"train_images\","));
    assert_non_null(strstr(output,
                           "{\"bytes\":10,\"label_counts\":[1,0,0,1],\"labels_hex\":\"0300\","
                           "\"path\":\"tl\",\"records\":2,\"role\":\"train_labels\","));
    assert_non_null(strstr(output, "\"files\":2,\"frames\":0,\"problems\":0,\"records\":4}}\n"));
}

static int set_up(void **state) {
    (void)state;
    scratch_begin();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free(output);
    free(errors);
    output = errors = NULL;
    scratch_end();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(usage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_of_sounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_of_images, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
