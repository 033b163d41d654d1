/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The reader of audio folders, on folders made here with libsndfile: facts, order, options, and
 * every kind of bad file with the exact message.
 */
/* link: runtime/data/audio_folder.c runtime/data/known.c runtime/data/folder_configure.c
 * runtime/data/option_lists.c runtime/data/folder_tree.c runtime/data/folder_scan.c
 * runtime/data/held.c runtime/data/audio_file.c runtime/data/audio_container.c runtime/base/error.c
 * runtime/base/file.c runtime/base/writer.c runtime/base/sha256.c runtime/base/parallel.c ; libs:
 * sndfile jansson crypto m cmocka */
#define _GNU_SOURCE
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <sndfile.h>

#include "base/file.h"
#include "data/audio_folder.h"

static char root[] = "/tmp/ingot-audio-XXXXXX";

static const char *in_root(const char *relative) {
    static char path[4][512];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", root, relative);
    return path[turn];
}

static void make_folder(const char *relative) {
    ingot_error error;
    assert_int_equal(ingot_make_directories(in_root(relative), &error), INGOT_OK);
}

static void make_bytes(const char *relative, const void *bytes, size_t size) {
    FILE *file = fopen(in_root(relative), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A sine of `frames` frames; `poison` goes to the second channel of frame 7 where it is not 0. */
static void make_sound(const char *relative, int format, int rate, int channels, int frames,
                       float poison) {
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
    SNDFILE *sound = sf_open(in_root(relative), SFM_WRITE, &info);
    if (sound == NULL) fail_msg("%s: %s", relative, sf_strerror(NULL));
    float *x = malloc((size_t)(frames * channels + 1) * sizeof(float));
    for (int i = 0; i < frames * channels; i++) x[i] = 0.5F * sinf((float)i * 0.05F);
    if (poison != 0.0F) x[7 * channels + channels - 1] = poison;
    assert_int_equal(sf_writef_float(sound, x, frames), frames);
    free(x);
    assert_int_equal(sf_close(sound), 0);
}

static void cut(const char *relative, long bytes) {
    struct stat facts;
    assert_int_equal(stat(in_root(relative), &facts), 0);
    assert_int_equal(truncate(in_root(relative), facts.st_size - bytes), 0);
}

#define WAV16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

static int setup(void **state) {
    (void)state;
    strcpy(root, "/tmp/ingot-audio-XXXXXX");
    return mkdtemp(root) == NULL;
}

static int teardown(void **state) {
    (void)state;
    ingot_error error;
    return ingot_remove_tree(root, &error) != INGOT_OK;
}

/* ------------------------------------------------------------------ what a scan says */

static char said[16384];

static ingot_status say(void *user, const ingot_file *file, ingot_error *error) {
    (void)user;
    (void)error;
    const size_t used = strlen(said);
    snprintf(said + used, sizeof said - used, "%s|%s|%s|%lld|%lld|%d|%d|%s%s\n", file->path,
             file->label ? file->label : "-", file->role, (long long)file->records,
             (long long)file->frames, file->rate, file->channels,
             file->problem    ? file->problem
             : file->left_out ? "left out: "
                              : "ok",
             file->left_out ? file->left_out : "");
    return INGOT_OK;
}

static const char *scan_with(const ingot_audio_folder_config *config) {
    ingot_error error = {""};
    said[0] = '\0';
    const ingot_status status =
        ingot_reader_audio_folder.scan(config, root, NULL, say, NULL, &error);
    if (status != INGOT_OK) snprintf(said, sizeof said, "%s", error.text);
    return said;
}

/* The text with the root's path for each `@`. */
static const char *fails(const char *text) {
    static char whole[1024];
    size_t used = 0;
    for (; *text != '\0' && used + sizeof root < sizeof whole; text++) {
        if (*text == '@') {
            memcpy(whole + used, root, strlen(root));
            used += strlen(root);
        } else {
            whole[used++] = *text;
        }
    }
    whole[used] = '\0';
    return whole;
}

static void formats_and_order(void **state) {
    (void)state;
    make_folder("b/deep/er");
    make_folder("a");
    make_folder(".hidden");
    make_sound("b/z.wav", WAV16, 8000, 1, 100, 0);
    make_sound("b/deep/er/x.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2, 5000, 0);
    make_sound("b/deep.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 22050, 2, 30000, 0);
    make_sound("a/f.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 6, 77, 0);
    make_sound("a/.skipped.wav", WAV16, 8000, 1, 100, 0);
    make_sound("a/g.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24, 16000, 1, 31, 0);
    make_sound("a/h.au", SF_FORMAT_AU | SF_FORMAT_ULAW, 8000, 1, 31, 0);
    make_sound(".hidden/g.wav", WAV16, 8000, 1, 100, 0);
    make_bytes("README.txt", "not a class", 11);
    const ingot_audio_folder_config config = {0};
    assert_string_equal(scan_with(&config), "a/f.wav|a|audio|1|77|48000|6|ok\n"
                                            "a/g.aiff|a|audio|1|31|16000|1|ok\n"
                                            "a/h.au|a|audio|1|31|8000|1|ok\n"
                                            "b/deep.ogg|b|audio|1|30000|22050|2|ok\n"
                                            "b/deep/er/x.flac|b|audio|1|5000|44100|2|ok\n"
                                            "b/z.wav|b|audio|1|100|8000|1|ok\n");
}

static void bad_files_among_good_ones(void **state) {
    (void)state;
    make_folder("c");
    make_sound("c/a.wav", WAV16, 8000, 1, 100, 0);
    make_sound("c/b-cut.wav", WAV16, 8000, 2, 100, 0);
    cut("c/b-cut.wav", 40);
    make_sound("c/c-cut.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 1, 60000, 0);
    cut("c/c-cut.flac", 2000);
    make_sound("c/d-cut.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 22050, 1, 60000, 0);
    cut("c/d-cut.ogg", 300);
    make_bytes("c/e.wav", "", 0);
    make_bytes("c/f.wav", "These bytes are text, not sound, whatever their name says.\n", 59);
    make_sound("c/g.wav", WAV16, 8000, 1, 0, 0);
    make_sound("c/h.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 8000, 2, 50, NAN);
    make_sound("c/i.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 8000, 1, 50, -INFINITY);
    make_sound("c/j-cut.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 8000, 1, 50, 0);
    cut("c/j-cut.aiff", 10);
    make_sound("c/k-cut.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, 8000, 1, 50, 0);
    cut("c/k-cut.au", 10);
    make_bytes("c/l.wav", "RIFF\x24\0\0\0WAVEfmt ", 16);
    const ingot_audio_folder_config config = {0};
    scan_with(&config);
    const char *lines[] = {
        "c/a.wav|c|audio|1|100|8000|1|ok\n",
        "c/b-cut.wav|c|audio|0|0|0|0|truncated: the header promises 400 bytes of audio, the file "
        "holds 360\n",
        "c/d-cut.ogg|c|audio|0|0|0|0|truncated: the file ends inside an Ogg page\n",
        "c/e.wav|c|audio|0|0|0|0|empty file\n",
        "c/f.wav|c|audio|0|0|0|0|not audio: ",
        "c/g.wav|c|audio|0|0|8000|1|no sound: 0 frames\n",
        "c/h.wav|c|audio|0|0|8000|2|sample is NaN at frame 7\n",
        "c/i.wav|c|audio|0|0|8000|1|sample is infinite at frame 7\n",
        "c/j-cut.aiff|c|audio|0|0|0|0|truncated: the header promises ",
        "c/k-cut.au|c|audio|0|0|0|0|truncated: the header promises 100 bytes of audio, the file "
        "holds 90\n",
        "c/l.wav|c|audio|0|0|0|0|not audio: ",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strstr(said, lines[i]) == NULL) fail_msg("no line %s in\n%s", lines[i], said);
    }
    /* What the FLAC decoder says of a cut differs between its versions; that it is said does not.
     */
    const char *flac = strstr(said, "c/c-cut.flac|c|audio|0|");
    assert_non_null(flac);
    const size_t length = (size_t)(strchr(flac, '\n') - flac);
    assert_true(memmem(flac, length, "truncated: the header promises 60000 frames", 43) != NULL ||
                memmem(flac, length, "cannot decode after frame ", 26) != NULL);
}

static void folders_that_are_wrong(void **state) {
    (void)state;
    const ingot_audio_folder_config all = {0};
    assert_string_equal(scan_with(&all),
                        fails("@: no class folders; sounds are expected in @/<class>/"));
    make_folder("en");
    assert_string_equal(scan_with(&all), fails("@/en: this class folder is empty"));
    make_sound("en/a.wav", WAV16, 8000, 1, 100, 0);
    const char *const only_flac[] = {"*.flac", NULL};
    const ingot_audio_folder_config flac = {.include = only_flac};
    assert_string_equal(scan_with(&flac),
                        fails("@/en: include and exclude leave none of the 1 files of this class"));
    const char *const two[] = {"en", "fr", NULL};
    const ingot_audio_folder_config classes = {.classes = two};
    assert_string_equal(scan_with(&classes), fails("@/fr: no such class folder"));
    ingot_error error;
    assert_int_equal(
        ingot_reader_audio_folder.scan(&all, "/nowhere/at/all", NULL, say, NULL, &error),
        INGOT_FAILED);
    assert_string_equal(error.text,
                        "/nowhere/at/all: cannot read the data: No such file or directory");
    assert_int_equal(symlink("..", in_root("en/loop")), 0);
    assert_non_null(
        strstr(scan_with(&all), "folders nest deeper than 32 (a link that leads back?)"));
}

static ingot_status say_path(void *user, const char *path, ingot_error *error) {
    (void)user;
    (void)error;
    strcat(strcat(said, path), "\n");
    return INGOT_OK;
}

static void options(void **state) {
    (void)state;
    make_folder("en/silence");
    make_folder("fr");
    make_folder("empty");
    make_sound("en/long.wav", WAV16, 8000, 1, 8000, 0);
    make_sound("en/short.wav", WAV16, 8000, 1, 7999, 0);
    make_sound("en/silence/1.wav", WAV16, 8000, 1, 8000, 0);
    make_sound("fr/a.wav", WAV16, 8000, 1, 9000, 0);
    make_sound("fr/none.wav", WAV16, 8000, 1, 0, 0);
    make_bytes("fr/LICENCE", "text", 4);
    json_t *json = json_pack("{s:[s,s],s:[s],s:[s],s:f}", "classes", "en", "fr", "include", "*.wav",
                             "exclude", "*/silence/*", "min_seconds", 1.0);
    void *config = NULL;
    ingot_error error;
    assert_int_equal(ingot_audio_folder_configure(json, &config, &error), INGOT_OK);
    json_decref(json);
    assert_string_equal(scan_with(config),
                        "en/long.wav|en|audio|1|8000|8000|1|ok\n"
                        "en/short.wav|en|audio|1|7999|8000|1|left out: 0.999875 s, shorter than "
                        "min_seconds, 1\n"
                        "fr/a.wav|fr|audio|1|9000|8000|1|ok\n"
                        "fr/none.wav|fr|audio|1|0|8000|1|left out: 0 s, shorter than min_seconds, "
                        "1\n");
    said[0] = '\0';
    assert_int_equal(ingot_reader_audio_folder.list(config, root, say_path, NULL, &error),
                     INGOT_OK);
    assert_string_equal(said, "en/long.wav\nen/short.wav\nfr/a.wav\nfr/none.wav\n");
    free(config);
    const char *const wrong[] = {
        "{\"clases\": [\"en\"]}",
        "audio_folder: unknown option 'clases'",
        "{\"classes\": \"en\"}",
        "audio_folder: classes: expected a list of strings",
        "{\"include\": []}",
        "audio_folder: include: expected a list of strings",
        "{\"exclude\": [1]}",
        "audio_folder: exclude: expected a list of strings",
        "{\"min_seconds\": -1}",
        "audio_folder: min_seconds: expected a number, 0 or more",
        "{\"flat\": 1}",
        "audio_folder: flat: expected true or false",
        "{\"flat\": true, \"classes\": [\"a\"]}",
        "audio_folder: flat: goes without classes",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i += 2) {
        json = json_loads(wrong[i], 0, NULL);
        assert_int_equal(ingot_audio_folder_configure(json, &config, &error), INGOT_USAGE);
        assert_string_equal(error.text, wrong[i + 1]);
        json_decref(json);
    }
}

/* Labels come from elsewhere: files of any depth, without a label. */
static void a_flat_folder(void **state) {
    (void)state;
    json_t *json = json_pack("{s:b,s:[s]}", "flat", 1, "include", "*.wav");
    void *config = NULL;
    ingot_error error;
    assert_int_equal(ingot_audio_folder_configure(json, &config, &error), INGOT_OK);
    json_decref(json);
    assert_string_equal(scan_with(config), fails("@: there are no files; sounds are expected"));
    make_bytes("export.json", "[]", 2);
    assert_string_equal(scan_with(config),
                        fails("@: include and exclude leave none of the 1 files"));
    make_folder("sub/deeper");
    make_sound("b.wav", WAV16, 8000, 1, 100, 0);
    make_sound("sub/deeper/a.wav", WAV16, 8000, 1, 100, 0);
    make_sound(".hidden.wav", WAV16, 8000, 1, 100, 0);
    said[0] = '\0';
    assert_int_equal(ingot_reader_audio_folder.list(config, root, say_path, NULL, &error),
                     INGOT_OK);
    assert_string_equal(said, "b.wav\nsub/deeper/a.wav\n");
    assert_string_equal(scan_with(config), "b.wav|-|audio|1|100|8000|1|ok\n"
                                           "sub/deeper/a.wav|-|audio|1|100|8000|1|ok\n");
    free(config);
}

/* ------------------------------------------------------------------ one file */

static void reading_one_file(void **state) {
    (void)state;
    make_sound("a.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 11025, 2, 1000, 0);
    ingot_error error;
    ingot_source *source;
    const ingot_audio_folder_config config = {0};
    const ingot_reader *reader = &ingot_reader_audio_folder;
    assert_int_equal(reader->open_file(&config, in_root("a.wav"), NULL, &source, &error), INGOT_OK);
    assert_int_equal(reader->records(source), 1);
    ingot_signal signal;
    int32_t label = 5;
    for (int round = 0; round < 2; round++) { /* the second begins at the first frame again */
        assert_int_equal(reader->read(source, 0, &signal, &label, &error), INGOT_OK);
        assert_int_equal(signal.kind, INGOT_SIGNAL_AUDIO);
        assert_int_equal(signal.rate, 11025);
        assert_int_equal(signal.channels, 2);
        assert_int_equal(signal.frames, 1000);
        assert_int_equal(label, -1);
        int64_t at = 0, got = 0;
        do {
            float x[2 * 300];
            assert_int_equal(signal.read(&signal, x, 300, &got, &error), INGOT_OK);
            for (int64_t i = 0; i < 2 * got; i++) {
                assert_true(x[i] == 0.5F * sinf((float)(2 * at + i) * 0.05F));
            }
            at += got;
        } while (got > 0 && (round > 0 || at < 600));
        if (round > 0) assert_int_equal(at, 1000);
    }
    assert_int_equal(reader->read(source, 1, &signal, &label, &error), INGOT_FAILED);
    assert_non_null(strstr(error.text, "a.wav: has one record, not number 1"));
    reader->close_file(source);
    reader->close_file(NULL);
}

static void opening_bad_files_names_them(void **state) {
    (void)state;
    ingot_error error;
    ingot_source *source;
    const ingot_audio_folder_config config = {0};
    const ingot_reader *reader = &ingot_reader_audio_folder;
    assert_int_equal(reader->open_file(&config, "/nowhere.wav", NULL, &source, &error),
                     INGOT_FAILED);
    assert_string_equal(error.text, "/nowhere.wav: cannot read: No such file or directory");
    assert_int_equal(reader->open_file(&config, "/tmp", NULL, &source, &error), INGOT_FAILED);
    assert_string_equal(error.text, "/tmp: cannot read: not a file");
    make_sound("nan.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 8000, 1, 100, NAN);
    assert_int_equal(reader->open_file(&config, in_root("nan.wav"), NULL, &source, &error),
                     INGOT_OK);
    ingot_signal signal;
    int32_t label;
    assert_int_equal(reader->read(source, 0, &signal, &label, &error), INGOT_OK);
    float x[100];
    int64_t got;
    assert_int_equal(signal.read(&signal, x, 5, &got, &error), INGOT_OK);
    assert_int_equal(signal.read(&signal, x, 95, &got, &error), INGOT_FAILED);
    assert_string_equal(error.text, fails("@/nan.wav: sample is NaN at frame 7"));
    reader->close_file(source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(formats_and_order, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_files_among_good_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(folders_that_are_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(options, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flat_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_one_file, setup, teardown),
        cmocka_unit_test_setup_teardown(opening_bad_files_names_them, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
