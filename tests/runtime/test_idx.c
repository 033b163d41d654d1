/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The idx reader: files as they should be, plain and gzip, and every way in which they are not.
 */
/* clang-format off */
/* link: runtime/data/idx.c runtime/data/idx_decode.c runtime/base/error.c runtime/base/file.c runtime/base/sha256.c runtime/base/json.c ; libs: crypto jansson z cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zlib.h>

#include "base/json.h"
#include "data/idx.h"
#include "tests/support/scratch.h"

static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,  0,  0,
                                       0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 3, 7};
static const ingot_idx_config config = {"ti", "tl", "ei", "el"};

static size_t zip(const void *bytes, size_t size, unsigned char *to, size_t room) {
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (z_const Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = to;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t made = stream.total_out;
    deflateEnd(&stream);
    return made;
}

static ingot_status decode(ingot_idx_kind kind, const void *bytes, size_t size) {
    ingot_idx idx;
    char *copy = malloc(size + 1);
    memcpy(copy, bytes, size);
    ingot_status status = ingot_idx_decode(kind, copy, size, &idx, &error);
    if (status == INGOT_OK) ingot_idx_free(&idx);
    return status;
}

static void good_files(void **state) {
    (void)state;
    unsigned char packed[200];
    size_t size = zip(images, 20, packed, sizeof packed);
    size += zip(images + 20, sizeof images - 20, packed + size, sizeof packed - size);
    const unsigned char *forms[] = {images, packed}; /* the second in two gzip members */
    size_t sizes[] = {sizeof images, size};
    for (int i = 0; i < 2; i++) {
        ingot_idx idx;
        char *copy = malloc(sizes[i]);
        memcpy(copy, forms[i], sizes[i]);
        assert_ok(ingot_idx_decode(INGOT_IDX_IMAGES, copy, sizes[i], &idx, &error));
        assert_int_equal(idx.records, 2);
        assert_int_equal(idx.channels, 1);
        assert_int_equal(idx.height, 2);
        assert_int_equal(idx.width, 3);
        assert_memory_equal(idx.elements, images + 16, 12);
        ingot_idx_free(&idx);
    }
    static const unsigned char colour[] = {0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 3,
                                           0, 0, 0, 1, 0, 0, 0, 1, 9, 8, 7};
    assert_ok(decode(INGOT_IDX_IMAGES, colour, sizeof colour));
    assert_ok(decode(INGOT_IDX_LABELS, labels, sizeof labels));
}

static void wrong_files(void **state) {
    (void)state;
    unsigned char bytes[64], packed[200];
    size_t size;
    assert_fails(decode(INGOT_IDX_IMAGES, "", 0), INGOT_FAILED,
                 "not an idx file: 0 bytes, its magic number alone has 4");
    assert_fails(decode(INGOT_IDX_IMAGES, labels, sizeof labels), INGOT_FAILED,
                 "wrong magic number 0x00000801 (that is a labels file); an idx file of images has "
                 "0x00000803 or 0x00000804");
    assert_fails(decode(INGOT_IDX_LABELS, images, sizeof images), INGOT_FAILED,
                 "wrong magic number 0x00000803 (that is an images file); an idx file of labels "
                 "has 0x00000801");
    assert_fails(decode(INGOT_IDX_IMAGES, "\0\0\x0d\x03", 4), INGOT_FAILED,
                 "wrong magic number 0x00000d03 (floats); an idx file of images has 0x00000803 or "
                 "0x00000804");
    assert_fails(decode(INGOT_IDX_IMAGES, "RIFF....", 8), INGOT_FAILED,
                 "wrong magic number 0x52494646; an idx file of images has 0x00000803 or "
                 "0x00000804");
    assert_fails(decode(INGOT_IDX_IMAGES, images, 15), INGOT_FAILED,
                 "truncated: 15 bytes, the header has 16");
    assert_fails(decode(INGOT_IDX_IMAGES, images, sizeof images - 1), INGOT_FAILED,
                 "truncated after 11 bytes: the header says 2 images of 1 x 2 x 3, 12 bytes");
    memcpy(bytes, images, sizeof images);
    assert_fails(decode(INGOT_IDX_IMAGES, bytes, sizeof images + 5), INGOT_FAILED,
                 "5 trailing bytes: the header says 2 images of 1 x 2 x 3, 12 bytes");
    assert_fails(decode(INGOT_IDX_LABELS, labels, 9), INGOT_FAILED,
                 "truncated after 1 bytes: the header says 2 labels, 2 bytes");
    memset(bytes + 4, 0xff, 4); /* far more images than bytes */
    assert_fails(decode(INGOT_IDX_IMAGES, bytes, sizeof images), INGOT_FAILED,
                 "truncated after 12 bytes: the header says 4294967295 images of 1 x 2 x 3, "
                 "25769803770 bytes");
    size = zip(bytes, sizeof images, packed, sizeof packed);
    assert_int_equal(decode(INGOT_IDX_IMAGES, packed, size), INGOT_FAILED);
    assert_non_null(strstr(error.text, "compressed bytes cannot hold it: the header says "
                                       "4294967295 images"));
    memset(bytes + 8, 0xff, 8);
    assert_fails(decode(INGOT_IDX_IMAGES, bytes, sizeof images), INGOT_FAILED,
                 "images of 1 channels, 4294967295 x 4294967295 pixels; at least 1 x 1, at most "
                 "536870911 pixels and 1 to 4 channels can be read");
    memcpy(bytes, images, sizeof images);
    memset(bytes + 4, 0, 4);
    assert_fails(decode(INGOT_IDX_IMAGES, bytes, 16), INGOT_FAILED, "holds no images");
    /* gzip */
    size = zip(images, sizeof images, packed, sizeof packed);
    for (size_t cut = 2; cut < size; cut++) { /* any truncation, the check sums' included */
        assert_int_equal(decode(INGOT_IDX_IMAGES, packed, cut), INGOT_FAILED);
    }
    assert_fails(decode(INGOT_IDX_IMAGES, packed, size - 3), INGOT_FAILED, "truncated gzip data");
    memcpy(packed + size, "xyz", 3);
    assert_fails(decode(INGOT_IDX_IMAGES, packed, size + 3), INGOT_FAILED,
                 "damaged gzip data: incorrect header check");
    packed[size - 6] ^= 1;
    assert_fails(decode(INGOT_IDX_IMAGES, packed, size), INGOT_FAILED,
                 "damaged gzip data: incorrect data check");
    memcpy(bytes, images, sizeof images);
    size = zip(bytes, sizeof images + 1, packed, sizeof packed);
    assert_fails(decode(INGOT_IDX_IMAGES, packed, size), INGOT_FAILED,
                 "trailing bytes: the header says 2 images of 1 x 2 x 3, 12 bytes");
    size = zip(images, sizeof images - 2, packed, sizeof packed);
    assert_fails(decode(INGOT_IDX_IMAGES, packed, size), INGOT_FAILED,
                 "truncated after 10 bytes: the header says 2 images of 1 x 2 x 3, 12 bytes");
}

/* ------------------------------------------------------------------ the reader */

static char told[1024];

static ingot_status tell(void *user, const ingot_file *file, ingot_error *why) {
    (void)user, (void)why;
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s %s %d %d %s%s%s\n", file->path, file->role,
             (int)file->records, (int)file->bytes, file->label_file ? file->label_file : "-",
             file->problem ? " " : "", file->problem ? file->problem : "");
    return INGOT_OK;
}

static ingot_status tell_path(void *user, const char *path, ingot_error *why) {
    (void)user, (void)why;
    strcat(strcat(told, path), "\n");
    return INGOT_OK;
}

static void put_all(void) {
    unsigned char packed[200];
    size_t size = zip(images, sizeof images, packed, sizeof packed);
    put_file("ti", images, sizeof images);
    put_file("tl", labels, sizeof labels);
    put_file("ei.gz", packed, size);
    put_file("el", labels, sizeof labels);
}

static void scans_and_reads(void **state) {
    (void)state;
    scratch_begin();
    put_all();
    told[0] = '\0';
    assert_ok(ingot_reader_idx.scan(&config, scratch, NULL, tell, NULL, &error));
    assert_string_equal(strstr(told, "el "), "el test_labels 2 10 -\nti train_images 2 28 tl\n"
                                             "tl train_labels 2 10 -\n");
    assert_memory_equal(told, "ei.gz test_images 2 ", 20);
    told[0] = '\0';
    assert_ok(ingot_reader_idx.list(&config, scratch, tell_path, NULL, &error));
    assert_string_equal(told, "ei.gz\nel\nti\ntl\n");
    ingot_source *source;
    ingot_signal signal;
    int32_t label;
    assert_ok(ingot_reader_idx.open_file(&config, in_scratch("ei.gz"), in_scratch("el"), &source,
                                         &error));
    assert_int_equal(ingot_reader_idx.records(source), 2);
    assert_ok(ingot_reader_idx.read(source, 1, &signal, &label, &error));
    assert_int_equal(label, 7);
    assert_memory_equal(signal.pixels, images + 22, 6);
    assert_fails(ingot_reader_idx.read(source, 2, &signal, &label, &error), INGOT_FAILED,
                 "record 2 of 2");
    ingot_reader_idx.close_file(source);
    ingot_reader_idx.close_file(NULL);
    scratch_end();
}

static void layouts_that_are_wrong(void **state) {
    (void)state;
    scratch_begin();
    ingot_source *source;
    assert_fails(ingot_reader_idx.scan(&config, in_scratch("no"), NULL, tell, NULL, &error),
                 INGOT_FAILED, "~/no: no such folder of data");
    assert_fails(ingot_reader_idx.scan(&config, scratch, NULL, tell, NULL, &error), INGOT_FAILED,
                 "~: no train_images: neither ti nor ti.gz is there");
    put_all();
    static const unsigned char three[] = {0, 0, 8, 1, 0, 0, 0, 3, 3, 7, 1};
    put_file("tl", three, sizeof three);
    assert_fails(ingot_reader_idx.scan(&config, scratch, NULL, tell, NULL, &error), INGOT_FAILED,
                 "~/ti: 2 images, but ~/tl: 3 labels");
    assert_fails(
        ingot_reader_idx.open_file(&config, in_scratch("ti"), in_scratch("tl"), &source, &error),
        INGOT_FAILED, "~/ti: 2 images, but ~/tl: 3 labels");
    put_file("tl", "junk", 4);
    told[0] = '\0';
    assert_ok(ingot_reader_idx.scan(&config, scratch, NULL, tell, NULL, &error));
    assert_non_null(strstr(told, "tl train_labels 0 4 - wrong magic number 0x6a756e6b; an idx "
                                 "file of labels has 0x00000801\n"));
    assert_fails(ingot_reader_idx.open_file(&config, in_scratch("tl"), NULL, &source, &error),
                 INGOT_FAILED,
                 "~/tl: wrong magic number 0x6a756e6b; an idx file of images has 0x00000803 or "
                 "0x00000804");
    scratch_end();
}

static ingot_status configure(const char *text, void **made) {
    json_t *options = json_loads(text, 0, NULL);
    ingot_status status = ingot_idx_configure(options, made, &error);
    json_decref(options);
    return status;
}

static void options(void **state) {
    (void)state;
    void *made;
    assert_ok(configure("{\"test_images\":\"\",\"test_labels\":\"\"}", &made));
    assert_string_equal(((ingot_idx_config *)made)->train_labels, "train-labels-idx1-ubyte");
    assert_string_equal(((ingot_idx_config *)made)->test_images, "");
    free(made);
    assert_fails(configure("{\"imags\":\"x\"}", &made), INGOT_USAGE, "idx: unknown option 'imags'");
    assert_fails(configure("{\"test_images\":3}", &made), INGOT_USAGE,
                 "idx: test_images: expected a file name");
    assert_fails(configure("{\"test_images\":\"a/../../x\"}", &made), INGOT_USAGE,
                 "idx: test_images: 'a/../../x' is not inside the data's folder");
    assert_fails(configure("{\"test_images\":\"\"}", &made), INGOT_USAGE,
                 "idx: images and labels come in pairs; only the test pair may be left out");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files),      cmocka_unit_test(wrong_files),
        cmocka_unit_test(scans_and_reads), cmocka_unit_test(layouts_that_are_wrong),
        cmocka_unit_test(options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
