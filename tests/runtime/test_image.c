/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Images of every kind against Pillow, preparation against torchvision
 * (tests/vectors/make_images.py), and every way in which a file can be bad.
 */
/* link: runtime/data/image.c runtime/data/image_jpeg.c runtime/data/image_png.c runtime/data/exif.c
 * runtime/data/image_folder.c runtime/data/known.c runtime/data/folder_tree.c
 * runtime/data/folder_scan.c runtime/data/held.c runtime/data/folder_configure.c
 * runtime/data/option_lists.c runtime/data/pixels.c runtime/dsp/resize.c
 * runtime/dsp/resample_image.c runtime/base/error.c runtime/base/file.c runtime/base/writer.c
 * runtime/base/sha256.c runtime/base/json.c runtime/base/parallel.c ; libs: jpeg png jansson crypto
 * m cmocka */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json.h"
#include "data/exif.h"
#include "data/image_folder.h"
#include "data/pixels.h"

#define VECTORS "tests/vectors/images/"

static json_t *vectors;
static const ingot_image_rules rgb_rules = {3, {10, 200, 30}, 100000};

static int setup(void **state) {
    (void)state;
    vectors = json_load_file(VECTORS "images.json", 0, NULL);
    return vectors == NULL;
}

static int teardown(void **state) {
    (void)state;
    json_decref(vectors);
    return 0;
}

static uint8_t *from_hex(const json_t *text, size_t *size) {
    *size = json_string_length(text) / 2;
    uint8_t *bytes = malloc(*size + 1);
    for (size_t i = 0; i < *size; i++) {
        unsigned value;
        assert_int_equal(sscanf(json_string_value(text) + 2 * i, "%2x", &value), 1);
        bytes[i] = (uint8_t)value;
    }
    return bytes;
}

static int number(const json_t *of, const char *key) {
    const json_t *value = json_object_get(of, key);
    assert_true(json_is_integer(value));
    return (int)json_integer_value(value);
}

static uint8_t *load(const char *name, size_t *size) {
    char path[256], *bytes;
    ingot_error error;
    snprintf(path, sizeof path, VECTORS "%s", name);
    assert_int_equal(ingot_read_file(path, 1 << 20, &bytes, size, &error), INGOT_OK);
    return (uint8_t *)bytes;
}

/* The largest difference between planes and [height][width][channels]. */
static int worst(const ingot_image *image, const uint8_t *expected) {
    const size_t area = (size_t)image->height * (size_t)image->width;
    int most = 0;
    for (size_t i = 0; i < area; i++) {
        for (size_t c = 0; c < (size_t)image->channels; c++) {
            const int off =
                abs(image->pixels[c * area + i] - expected[i * (size_t)image->channels + c]);
            if (off > most) most = off;
        }
    }
    return most;
}

static void check_image(const char *name, const json_t *expected, int channels) {
    size_t size, values;
    uint8_t *bytes = load(name, &size);
    uint8_t *wanted = from_hex(json_object_get(expected, channels == 3 ? "rgb" : "grey"), &values);
    ingot_image_rules rules = rgb_rules;
    rules.channels = channels;
    ingot_image image;
    ingot_error error = {""};
    if (ingot_image_decode(bytes, size, &rules, &image, &error) != INGOT_OK) {
        fail_msg("%s: %s", name, error.text);
    }
    assert_int_equal(image.channels, channels);
    assert_int_equal(image.height, number(expected, "height"));
    assert_int_equal(image.width, number(expected, "width"));
    const int off = worst(&image, wanted);
    if (off > number(expected, "slack")) fail_msg("%s differs by %d", name, off);
    ingot_image_free(&image);
    free(wanted);
    free(bytes);
}

static void test_every_kind(void **state) {
    (void)state;
    const char *name;
    json_t *expected;
    int seen = 0;
    json_object_foreach(json_object_get(vectors, "images"), name, expected) {
        check_image(name, expected, 3);
        check_image(name, expected, 1);
        seen++;
    }
    assert_int_equal(seen, 28);
}

/* ------------------------------------------------------------------ preparation */

static ingot_status keep(void *user, int64_t index, const void *sample, ingot_error *error) {
    (void)error;
    assert_int_equal(index, 0);
    *(const uint8_t **)user = sample;
    return INGOT_OK;
}

static ingot_pixels_config config_of(const json_t *c) {
    const json_t *crop = json_object_get(c, "crop"), *resize = json_object_get(c, "resize");
    return (ingot_pixels_config){
        .channels = 3,
        .prepare = {.shorter = number(c, "shorter"),
                    .resize_height = (int32_t)json_integer_value(json_array_get(resize, 0)),
                    .resize_width = (int32_t)json_integer_value(json_array_get(resize, 1)),
                    .height = (int32_t)json_integer_value(json_array_get(crop, 0)),
                    .width = (int32_t)json_integer_value(json_array_get(crop, 1)),
                    .antialias = number(c, "antialias")}};
}

static void test_preparation_as_torchvision(void **state) {
    (void)state;
    size_t at;
    json_t *c;
    json_array_foreach(json_object_get(vectors, "resized"), at, c) {
        const ingot_pixels_config config = config_of(c);
        size_t size, wanted_size;
        uint8_t *bytes = from_hex(json_object_get(c, "bytes"), &size);
        uint8_t *wanted = from_hex(json_object_get(c, "planes"), &wanted_size);
        const int32_t height = number(c, "height"), width = number(c, "width");
        const size_t area = size / 3;
        uint8_t *planes = malloc(size);
        for (size_t i = 0; i < size; i++) planes[i % 3 * area + i / 3] = bytes[i];
        ingot_signal signal = {.kind = INGOT_SIGNAL_IMAGE,
                               .pixels = planes,
                               .channels = 3,
                               .height = height,
                               .width = width};
        void *workspace;
        const uint8_t *sample = NULL;
        ingot_error error = {""};
        assert_int_equal(ingot_features_pixels.workspace_new(&config, &workspace, &error),
                         INGOT_OK);
        assert_int_equal(
            ingot_features_pixels.compute(&config, workspace, &signal, keep, &sample, &error),
            INGOT_OK);
        assert_int_equal(wanted_size,
                         3 * (size_t)config.prepare.height * (size_t)config.prepare.width);
        for (size_t i = 0; i < wanted_size; i++) {
            if (abs(sample[i] - wanted[i]) > 1) {
                fail_msg("%s: value %zu is %d, not %d",
                         json_string_value(json_object_get(c, "name")), i, sample[i], wanted[i]);
            }
        }
        ingot_features_pixels.workspace_free(workspace);
        free(planes);
        free(wanted);
        free(bytes);
    }
    assert_int_equal(at, 7);
}

static void test_too_small_to_cut(void **state) {
    (void)state;
    const ingot_pixels_config config = {.channels = 1, .prepare = {.height = 3, .width = 3}};
    const uint8_t pixels[4] = {0};
    ingot_signal signal = {
        .kind = INGOT_SIGNAL_IMAGE, .pixels = pixels, .channels = 1, .height = 2, .width = 2};
    void *workspace;
    ingot_error error;
    const uint8_t *sample;
    assert_int_equal(ingot_features_pixels.workspace_new(&config, &workspace, &error), INGOT_OK);
    assert_int_equal(
        ingot_features_pixels.compute(&config, workspace, &signal, keep, &sample, &error),
        INGOT_FAILED);
    assert_string_equal(error.text,
                        "an image of 2 x 2 (height, width), too small to cut out 3 x 3");
    ingot_features_pixels.workspace_free(workspace);
}

/* ------------------------------------------------------------------ bad files */

static void refused(const uint8_t *bytes, size_t size, const char *why) {
    ingot_image image;
    ingot_error error = {""};
    /* of its own size, so that AddressSanitizer sees what is read behind it */
    uint8_t *copy = malloc(size + (size == 0));
    memcpy(copy, bytes, size);
    assert_int_equal(ingot_image_decode(copy, size, &rgb_rules, &image, &error), INGOT_FAILED);
    if (strncmp(error.text, why, strlen(why)) != 0) fail_msg("'%s', not '%s'", error.text, why);
    assert_null(image.pixels);
    free(copy);
}

static void test_truncated_everywhere(void **state) {
    (void)state;
    static const char *const names[] = {"rgb8.png",   "rgb8_interlaced.png", "palette8_alpha.png",
                                        "rgb420.jpg", "progressive.jpg",     "cmyk.jpg"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t size;
        uint8_t *bytes = load(names[n], &size);
        const int png = strstr(names[n], ".png") != NULL;
        /* Whatever is cut off, down to the last byte, is missed. */
        for (size_t left = png ? 8 : 3; left < size; left++) {
            refused(bytes, left, png ? "truncated PNG: the file ends within the image" : "");
        }
        free(bytes);
    }
    size_t size;
    uint8_t *bytes = load("rgb420.jpg", &size);
    refused(bytes, size - 20, "truncated JPEG: Premature end of JPEG file");
    free(bytes);
}

static void test_flipped_bits(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = load("rgb8.png", &size);
    for (size_t at = 8; at < size; at++) { /* every chunk has a checksum */
        bytes[at] ^= 0x10;
        ingot_image image;
        ingot_error error = {""};
        assert_int_equal(ingot_image_decode(bytes, size, &rgb_rules, &image, &error), INGOT_FAILED);
        bytes[at] ^= 0x10;
    }
    free(bytes);
}

static void test_not_images(void **state) {
    (void)state;
    refused((const uint8_t *)"", 0, "an empty file");
    refused((const uint8_t *)"GIF89a", 6, "a GIF file; JPEG and PNG are read");
    refused((const uint8_t *)"BMxxxx", 6, "a BMP file");
    refused((const uint8_t *)"II*\0", 4, "a TIFF file");
    refused((const uint8_t *)"RIFFxxxxWEBP", 12, "a WebP file");
    refused((const uint8_t *)"xxxxftypheic", 12, "a HEIF or AVIF file");
    refused((const uint8_t *)"hello", 5, "neither JPEG nor PNG; it begins with 68 65 6c 6c 6f");
}

static void test_bombs(void **state) {
    (void)state;
    size_t size;
    ingot_image image;
    ingot_error error;
    static const char *const names[2] = {"rgb8.png", "rgb420.jpg"};
    for (int i = 0; i < 2; i++) {
        uint8_t *bytes = load(names[i], &size);
        ingot_image_rules few = rgb_rules;
        few.max_pixels = 11 * 14 - 1;
        assert_int_equal(ingot_image_decode(bytes, size, &few, &image, &error), INGOT_FAILED);
        assert_string_equal(error.text, "an image of 14 x 11 pixels, more than max_pixels, 153");
        few.max_pixels = 11 * 14;
        assert_int_equal(ingot_image_decode(bytes, size, &few, &image, &error), INGOT_OK);
        ingot_image_free(&image);
        free(bytes);
    }
}

static void test_damaged_orientation_is_upright(void **state) {
    (void)state;
    const uint8_t good[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12,
                            1,   3,   0,  1, 0, 0, 0, 8, 0, 0, 0};
    assert_int_equal(ingot_exif_orientation(good, sizeof good), 8);
    for (size_t left = 0; left < sizeof good; left++) {
        uint8_t *copy = malloc(left + 1);
        memcpy(copy, good, left);
        assert_int_equal(ingot_exif_orientation(copy, left), 1);
        free(copy);
    }
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {{0, 'X'},   {2, 43}, {4, 200}, {7, 255}, {8, 0},
                   {10, 0x13}, {12, 4}, {14, 2},  {18, 0},  {18, 9}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        uint8_t bad[sizeof good];
        memcpy(bad, good, sizeof good);
        bad[changes[i].at] = changes[i].value;
        assert_int_equal(ingot_exif_orientation(bad, sizeof bad), 1);
    }
}

/* ------------------------------------------------------------------ the reader */

typedef struct seen {
    int count;
    char lines[8][256];
} seen;

static ingot_status take(void *user, const ingot_file *file, ingot_error *error) {
    (void)error;
    seen *to = user;
    snprintf(to->lines[to->count++], 256, "%s %s %s %d %d %d %s", file->path, file->label,
             file->role, file->channels, file->height, file->width,
             file->problem != NULL ? file->problem : "-");
    return INGOT_OK;
}

static void copy(const char *root, const char *name, const char *to, size_t cut) {
    char path[512];
    size_t size;
    ingot_error error;
    uint8_t *bytes = load(name, &size);
    snprintf(path, sizeof path, "%s/%s", root, to);
    assert_int_equal(ingot_write_file(path, bytes, size - cut, NULL, &error), INGOT_OK);
    free(bytes);
}

static void test_folder(void **state) {
    (void)state;
    char root[] = "/tmp/ingot-images-XXXXXX", path[512];
    assert_non_null(mkdtemp(root));
    ingot_error error = {""};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", root, i ? "dogs" : "cats");
        assert_int_equal(ingot_make_directories(path, &error), INGOT_OK);
    }
    copy(root, "turned6.jpg", "cats/a.jpg", 0);
    copy(root, "rgb8.png", "cats/really_png.jpg", 0);
    copy(root, "rgb8.png", "dogs/short.png", 30);
    json_t *options =
        json_pack("{s:i, s:i, s:i}", "channels", 1, "background", 0x102030, "max_pixels", 1000);
    void *config;
    assert_int_equal(ingot_image_folder_configure(options, &config, &error), INGOT_OK);
    json_decref(options);
    const ingot_image_folder_config *made = config;
    assert_int_equal(made->rules.background[0], 0x10);
    assert_int_equal(made->rules.background[2], 0x30);
    seen all = {0};
    const ingot_reader *reader = &ingot_reader_image_folder;
    assert_int_equal(reader->scan(config, root, NULL, take, &all, &error), INGOT_OK);
    assert_int_equal(all.count, 3);
    assert_string_equal(all.lines[0], "cats/a.jpg cats image 1 14 11 -");
    assert_string_equal(all.lines[1], "cats/really_png.jpg cats image 1 11 14 -");
    assert_string_equal(all.lines[2],
                        "dogs/short.png dogs image 0 0 0 truncated PNG: the file ends "
                        "within the image");
    snprintf(path, sizeof path, "%s/dogs/short.png", root);
    ingot_source *source;
    ingot_signal signal;
    int32_t label;
    assert_int_equal(reader->open_file(config, path, NULL, &source, &error), INGOT_OK);
    assert_int_equal(reader->records(source), 1);
    assert_int_equal(reader->read(source, 0, &signal, &label, &error), INGOT_FAILED);
    assert_non_null(strstr(error.text, "dogs/short.png: truncated PNG"));
    assert_int_equal(reader->read(source, 1, &signal, &label, &error), INGOT_FAILED);
    assert_non_null(strstr(error.text, "has one record, not number 1"));
    reader->close_file(source);
    assert_int_equal(ingot_remove_tree(root, &error), INGOT_OK);
    assert_int_equal(reader->scan(made, root, NULL, take, &all, &error), INGOT_FAILED);
    free(config);
}

static void test_options(void **state) {
    (void)state;
    static const char *const bad[] = {"{\"channels\": 2}", "{\"background\": 16777216}",
                                      "{\"max_pixels\": 0}", "{\"channels\": \"3\"}",
                                      "{\"other\": 1}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *options = json_loads(bad[i], 0, NULL);
        void *config;
        ingot_error error = {""};
        assert_int_equal(ingot_image_folder_configure(options, &config, &error), INGOT_USAGE);
        assert_int_equal(strncmp(error.text, "image_folder: ", 14), 0);
        assert_null(config);
        json_decref(options);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_preparation_as_torchvision),
        cmocka_unit_test(test_too_small_to_cut),
        cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_not_images),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_damaged_orientation_is_upright),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
