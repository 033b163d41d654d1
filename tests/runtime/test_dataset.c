/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The lock, the data set it describes, and the store of its samples, on two small idx files: locks
 * that contradict themselves or only declare, data that is not the lock's, damaged and contested
 * cache entries, a full disk.
 */
/* clang-format off */
/* link: runtime/data/locked_file.c runtime/data/dataset.c runtime/data/known.c runtime/data/lock.c runtime/data/store.c runtime/data/store_compute.c runtime/data/maker.c runtime/data/augment_draw.c runtime/data/convert.c runtime/data/pixels.c runtime/dsp/resize.c runtime/dsp/resample_image.c runtime/data/idx.c runtime/data/idx_decode.c runtime/base/cache.c runtime/base/error.c runtime/base/file.c runtime/base/writer.c runtime/base/sha256.c runtime/base/json.c runtime/base/parallel.c ; libs: crypto jansson z cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/json.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "data/lock.h"
#include "data/pixels.h"
#include "tests/support/scratch.h"

enum { N = 600, H = 3, W = 7, AREA = H * W };

static const ingot_idx_config reader_config = {"ti", "tl", "", ""};
static const ingot_pixels_config features_config = {.channels = 1, .height = H, .width = W};
static const char *const class_names[] = {"zero", "one", "two"};
static ingot_program program;
static ingot_dataset *dataset;
static char lock_text[4096];
static unsigned char images[16 + N * AREA] = {0, 0, 8, 3, 0, 0, N >> 8, N & 255,
                                              0, 0, 0, H, 0, 0, 0,      W};
static unsigned char labels[8 + N] = {0, 0, 8, 1, 0, 0, N >> 8, N & 255};

/* A lock of the two files as they are given here. */
static void write_lock(const char *splits) {
    uint8_t sha[2][32], digest[32];
    char hex[3][65], lines[512];
    assert_ok(ingot_sha256_of(images, sizeof images, sha[0], &error));
    assert_ok(ingot_sha256_of(labels, sizeof labels, sha[1], &error));
    ingot_hex(sha[0], 32, hex[0]);
    ingot_hex(sha[1], 32, hex[1]);
    snprintf(lines, sizeof lines, "%s %zu ti\n%s %zu tl\n", hex[0], sizeof images, hex[1],
             sizeof labels);
    assert_ok(ingot_sha256_of(lines, strlen(lines), digest, &error));
    ingot_hex(digest, 32, hex[2]);
    snprintf(lock_text, sizeof lock_text,
             "{\n\"classes\": [\"zero\",\"one\",\"two\"],\n\"digest\": \"%s\",\n\"files\": [\n"
             "{\"bytes\":%zu,\"channels\":1,\"height\":%d,\"label_file\":\"tl\",\"path\":\"ti\","
             "\"records\":%d,\"role\":\"train_images\",\"sha256\":\"%s\",\"splits\":\"%s\","
             "\"width\":%d},\n"
             "{\"bytes\":%zu,\"path\":\"tl\",\"records\":%d,\"role\":\"train_labels\","
             "\"sha256\":\"%s\"}\n],\n\"format\": 1,\n\"skipped\": [\n"
             "{\"path\":\"bad\",\"problem\":\"broken\"}\n]\n}\n",
             hex[2], sizeof images, H, N, hex[0], splits, W, sizeof labels, N, hex[1]);
    program.lock = (ingot_blob){(const unsigned char *)lock_text,
                                (const unsigned char *)lock_text + strlen(lock_text)};
}

static int set_up(void **state) {
    (void)state;
    scratch_begin();
    for (int i = 0; i < N * AREA; i++) images[16 + i] = (unsigned char)(i * 7 + i / AREA);
    for (int i = 0; i < N; i++) labels[8 + i] = (unsigned char)(i % 3);
    put_file("data/ti", images, sizeof images);
    put_file("data/tl", labels, sizeof labels);
    program = (ingot_program){.classes = 3, .class_names = class_names};
    program.data = (ingot_data){.reader = &ingot_reader_idx,
                                .reader_config = &reader_config,
                                .features = &ingot_features_pixels,
                                .features_config = &features_config,
                                .features_key = "abc",
                                .channels = 3,
                                .height = H,
                                .width = W,
                                .stored_channels = 1,
                                .stored_u8 = 1,
                                .scale = {0.5f},
                                .shift = {-1},
                                .items = {400, 90, 100},
                                .samples = {400, 90, 100}};
    write_lock("300t50e90v10-100t50e");
    assert_ok(ingot_dataset_open(&program, &dataset, &error));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ingot_dataset_close(dataset);
    scratch_end();
    return 0;
}

/* ------------------------------------------------------------------ the lock */

static void items_are_in_order(void **state) {
    (void)state;
    assert_int_equal(dataset->item_count, 590);
    assert_int_equal(dataset->sample_count, 590);
    static const struct {
        int64_t item, record;
        int32_t split;
    } some[] = {{0, 0, 0},     {299, 299, 0}, {300, 450, 0}, {399, 549, 0}, {400, 350, 1},
                {489, 439, 1}, {490, 300, 2}, {539, 349, 2}, {540, 550, 2}, {589, 599, 2}};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        const ingot_item *item = &dataset->items[some[i].item];
        assert_int_equal(item->record, some[i].record);
        assert_int_equal(item->split, some[i].split);
        assert_int_equal(item->first_sample, some[i].item);
        assert_int_equal(item->label, -1);
        assert_int_equal(item->file, 0);
        assert_int_equal(item->label_file, 1);
    }
}

/* Parses the lock with one piece of text replaced. */
static ingot_status parse_with(const char *from, const char *to) {
    static char text[8192];
    const char *at = strstr(lock_text, from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - lock_text), lock_text, to,
             at + strlen(from));
    ingot_lock *lock;
    ingot_status status = ingot_lock_parse(text, strlen(text), "x.lock", &lock, &error);
    if (status == INGOT_OK) ingot_lock_free(lock);
    return status;
}

static void locks_that_are_wrong(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"\"format\": 1", "\"format\": 2",
         "x.lock: format: expected 1; the lock is of another version"},
        {"\"classes\": [\"zero\",", "\"classes\": [\"one\",",
         "x.lock: classes: a name is there twice"},
        {"\"classes\": [\"zero\",", "\"classes\": [3,",
         "x.lock: classes: expected names that are not empty"},
        {"\"path\":\"ti\"", "\"path\":\"../ti\"",
         "x.lock: files[0] (../ti): path: expected one inside the data's folder"},
        {"\"path\":\"ti\"", "\"path\":\"/etc/passwd\"",
         "x.lock: files[0] (/etc/passwd): path: expected one inside the data's folder"},
        {"\"path\":\"ti\"", "\"path\":\"zz\"",
         "x.lock: files[1] (tl): path: not in ascending order"},
        {"\"records\":600,\"role\":\"train_i", "\"records\":-1,\"role\":\"train_i",
         "x.lock: files[0] (ti): records: expected an integer from 0"},
        {"\"role\":\"train_labels\",", "",
         "x.lock: files[1] (tl): role: expected a string that is not empty"},
        {"300t50e", "300t51e",
         "x.lock: files[0] (ti): splits: the runs do not add up to the records"},
        {"300t50e", "300t50x",
         "x.lock: files[0] (ti): splits: expected run lengths like 48000t12000v"},
        {"300t50e", "350t0e",
         "x.lock: files[0] (ti): splits: expected run lengths like 48000t12000v"},
        {"300t50e", "9223372036854775807t9223372036854775807e",
         "x.lock: files[0] (ti): splits: expected run lengths like 48000t12000v"},
        {"300t50e", "300t50t",
         "x.lock: files[0] (ti): splits: two runs of the same split in a row"},
        {"\"label_file\":\"tl\"", "\"label_file\":\"no\"",
         "x.lock: files[0] (ti): label_file: not one of the files"},
        {"\"label_file\":\"tl\",", "", "x.lock: files[0] (ti): label_file: missing"},
        {"\"role\":\"train_labels\"", "\"role\":\"train_labels\",\"class\":\"four\"",
         "x.lock: files[1] (tl): class: not one of the classes"},
        {"\"role\":\"train_labels\"", "\"role\":\"train_labels\",\"split\":\"tst\"",
         "x.lock: files[1] (tl): split: expected train, validation or test"},
        {"\"role\":\"train_labels\"", "\"role\":\"train_labels\",\"split\":\"test\"",
         "x.lock: files[1] (tl): class: missing"},
        {"\"bytes\":608", "\"bytes\":609", "x.lock: digest: does not fit the files"},
        {"\"skipped\": [", "\"skippd\": [", "x.lock: skipped: expected a list"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_fails(parse_with(cases[i][0], cases[i][1]), INGOT_FAILED, cases[i][2]);
    }
    assert_ok(parse_with("\"format\": 1", "\"format\": 1, \"extra\": [1]"));
}

static void program_and_lock_must_agree(void **state) {
    (void)state;
    ingot_dataset *other;
    program.data.items[0]--;
    assert_fails(ingot_dataset_open(&program, &other, &error), INGOT_FAILED,
                 "the lock in this executable gives 400 items and 400 samples for train, compiled "
                 "were 399 and 400");
    program.data.items[0] = 400;
    program.classes = 2;
    assert_fails(ingot_dataset_open(&program, &other, &error), INGOT_FAILED,
                 "the classes of the lock in this executable are not those compiled into it");
    program.lock.end--, program.lock.end--;
    assert_int_equal(ingot_dataset_open(&program, &other, &error), INGOT_FAILED);
}

static void check_tells_what_differs(void **state) {
    (void)state;
    const char *root = in_scratch("data");
    assert_ok(ingot_dataset_check(&program, dataset, root, NULL, &error));
    images[20] ^= 1; /* the same size */
    put_file("data/ti", images, sizeof images);
    assert_int_equal(unlink(in_scratch("data/tl")), 0);
    put_file("data/tl.gz", "x", 1);
    assert_fails(ingot_dataset_check(&program, dataset, root, NULL, &error), INGOT_LOCK_MISMATCH,
                 "~/data does not match the lock: 1 missing (tl), 1 extra (tl.gz), 1 changed (ti)");
    images[20] ^= 1;
    assert_fails(ingot_dataset_check(&program, dataset, in_scratch("no"), NULL, &error),
                 INGOT_FAILED, "~/no: cannot read the data: No such file or directory");
    assert_fails(ingot_dataset_check(&program, dataset, in_scratch("data/ti"), NULL, &error),
                 INGOT_FAILED, "~/data/ti: cannot read the data: not a folder");
}

/* ------------------------------------------------------------------ a lock of no data */

/* A lock of 5 + 0 + 2 declared sounds. */
static const char declared_text[] =
    "{\"classes\":[\"zero\",\"one\",\"two\"],\"counts\":{"
    "\"test\":{\"classes\":{\"one\":2},\"items\":2},"
    "\"train\":{\"classes\":{\"one\":1,\"two\":1,\"zero\":3},\"items\":5},"
    "\"validation\":{\"classes\":{},\"items\":0}},"
    "\"declared\":{\"frames\":80000,\"rate\":8000},"
    "\"digest\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
    "\"files\":[],\"format\":1,\"skipped\":[]}";

static int64_t a_segment_a_second(const void *config, const ingot_file *facts) {
    (void)config;
    return facts->frames / facts->rate;
}

static const ingot_features segments = {.name = "segments", .count = a_segment_a_second};

static void a_declared_lock_has_items_and_no_files(void **state) {
    (void)state;
    ingot_program other = program;
    other.lock = (ingot_blob){(const unsigned char *)declared_text,
                              (const unsigned char *)declared_text + strlen(declared_text)};
    other.data.features = &segments;
    for (int i = 0; i < INGOT_SPLITS; i++) {
        other.data.items[i] = (int64_t[]){5, 0, 2}[i];
        other.data.samples[i] = 10 * other.data.items[i];
    }
    ingot_dataset *declared;
    assert_ok(ingot_dataset_open(&other, &declared, &error));
    assert_int_equal(declared->declared, 1);
    assert_int_equal(declared->file_count, 0);
    assert_int_equal(declared->item_count, 7);
    assert_int_equal(declared->sample_count, 70);
    static const int32_t labels_of[7] = {0, 0, 0, 1, 2, 1, 1};
    for (int i = 0; i < 7; i++) {
        const ingot_item *item = &declared->items[i];
        assert_int_equal(item->label, labels_of[i]);
        assert_int_equal(item->split, i < 5 ? INGOT_TRAIN : INGOT_TEST);
        assert_int_equal(item->first_sample, 10 * i);
        assert_int_equal(item->samples, 10);
        assert_int_equal(item->file, -1);
    }
    /* No data is its data, whether it is there or not. */
    assert_fails(ingot_dataset_check(&other, declared, in_scratch("data"), NULL, &error),
                 INGOT_LOCK_MISMATCH,
                 "~/data: this executable was built without the data, for what its spec declares "
                 "of it; where the data is, write the lock with `lua build.lua lock SPEC` and "
                 "build again");
    assert_int_equal(ingot_dataset_check(&other, declared, in_scratch("no"), NULL, &error),
                     INGOT_LOCK_MISMATCH);
    ingot_dataset_close(declared);
    other.data.samples[2]++;
    assert_fails(ingot_dataset_open(&other, &declared, &error), INGOT_FAILED,
                 "the lock in this executable gives 2 items and 20 samples for test, compiled were "
                 "2 and 21");
    other.data.items[0]--;
    assert_int_equal(ingot_dataset_open(&other, &declared, &error), INGOT_FAILED);
}

static void declared_locks_that_are_wrong(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"\"items\":5", "\"items\":6", "x.lock: counts: the classes do not add up to the items"},
        {"\"zero\":3", "\"four\":3", "x.lock: counts: has a class that is not one of the classes"},
        {"\"zero\":3", "\"zero\":-3", "x.lock: zero: expected an integer from 0"},
        {"\"validation\"", "\"valid\"", "x.lock: items: expected an integer from 0"},
        {"\"rate\":8000", "\"rate\":0", "x.lock: rate: expected an integer from 1"},
        {"\"rate\":8000", "\"rate\":\"8\"", "x.lock: rate: expected an integer from 0"},
        {"\"frames\":80000,", "", "x.lock: frames: expected an integer from 0"},
        {"\"declared\":{\"frames\":80000,\"rate\":8000}", "\"declared\":true",
         "x.lock: declared: expected an object"},
        {"\"declared\":{\"frames\":80000,\"rate\":8000}", "\"d\":0",
         "x.lock: files: expected a list of files"},
        {"\"files\":[]", "\"files\":[{}]",
         "x.lock: files: expected none in a lock that is declared"},
        {"\"files\":[]", "\"files\":3", "x.lock: files: expected none in a lock that is declared"},
        {"e3b0", "e3b1", "x.lock: digest: does not fit the files"},
    };
    snprintf(lock_text, sizeof lock_text, "%s", declared_text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_fails(parse_with(cases[i][0], cases[i][1]), INGOT_FAILED, cases[i][2]);
    }
    assert_ok(parse_with("\"one\":1", "\"one\":1"));
}

/* ------------------------------------------------------------------ the store */

static int computed;
static const char *why;
static ingot_store *store;
static int64_t last_done, stop_at;

static int progress(void *user, int64_t done, int64_t total) {
    (void)user;
    assert_int_equal(total, 590);
    last_done = done;
    return stop_at > 0 && done >= stop_at;
}

static ingot_status open_store(int32_t threads) {
    static char root[512], work[512];
    snprintf(root, sizeof root, "%s", in_scratch("data"));
    snprintf(work, sizeof work, "%s", in_scratch("work"));
    return ingot_store_open(&program, dataset, root, work, threads, progress, NULL, &computed, &why,
                            &store, &error);
}

static void store_is_computed_once(void **state) {
    (void)state;
    assert_ok(open_store(4));
    assert_int_equal(computed, 1);
    assert_null(why);
    assert_int_equal(last_done, 590);
    assert_int_equal(ingot_store_bytes(store), 590 * AREA);
    float x[4 * 3 * AREA];
    int32_t of[4];
    int64_t samples[3] = {0, 301, 589};
    static const int records[4] = {0, 451, 599, 599}; /* the last is repeated */
    assert_int_equal(ingot_store_batch(&program, store, samples, 3, 4, x, of, NULL), INGOT_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(of[i], records[i] % 3);
        for (int c = 0; c < 3; c++) {
            for (int k = 0; k < AREA; k++) {
                float expected = (float)images[16 + records[i] * AREA + k] * 0.5f - 1;
                assert_true(x[(i * 3 + c) * AREA + k] == expected);
            }
        }
    }
    assert_int_equal(ingot_store_label(store, 301), 451 % 3);
    assert_int_equal(ingot_store_item(store, 301), 301);
    ingot_store_close(store);
    assert_ok(open_store(1));
    assert_int_equal(computed, 0);
    ingot_store_close(store);
    assert_int_equal(files_in("work/cache"), 2); /* the entry and its lock */
}

static void damage_is_repaired_and_said(void **state) {
    (void)state;
    static const char *const names[] = {"samples.bin", "samples.bin", "labels.bin", "index.json",
                                        "index.json"};
    static const int at[] = {5, -1, 3, 20, -2}; /* a byte changed; cut short; gone */
    static const char *const reasons[] = {
        "its samples are damaged", "its samples are damaged", "its labels are damaged",
        "its index does not fit the program", "its index is missing or damaged"};
    assert_ok(open_store(2));
    ingot_store_close(store);
    for (int i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof path, "work/cache/features-abc/%s", names[i]);
        if (at[i] == -2) assert_int_equal(unlink(in_scratch(path)), 0);
        if (at[i] == -1) assert_int_equal(truncate(in_scratch(path), 100), 0);
        if (at[i] >= 0) {
            FILE *file = fopen(in_scratch(path), "r+b");
            assert_non_null(file);
            assert_int_equal(fseek(file, at[i], SEEK_SET), 0);
            assert_int_equal(fputc('7', file), '7');
            assert_int_equal(fclose(file), 0);
        }
        assert_ok(open_store(2));
        assert_int_equal(computed, 1);
        assert_non_null(why);
        if (i != 3) assert_string_equal(why, reasons[i]);
        ingot_store_close(store);
        assert_ok(open_store(2));
        assert_int_equal(computed, 0);
        assert_null(why);
        ingot_store_close(store);
    }
}

static void float_samples_and_threads(void **state) {
    (void)state;
    assert_ok(open_store(1));
    ingot_store_close(store);
    uint8_t one[32], four[32];
    const char *path = "work/cache/features-abc/samples.bin";
    assert_ok(ingot_sha256_file(in_scratch(path), one, NULL, &error));
    assert_ok(ingot_remove_tree(in_scratch("work"), &error));
    assert_ok(open_store(4));
    ingot_store_close(store);
    assert_ok(ingot_sha256_file(in_scratch(path), four, NULL, &error));
    assert_memory_equal(one, four, 32);
    ingot_data data = program.data;
    data.stored_u8 = 0;
    float stored[AREA], x[3 * AREA];
    for (int i = 0; i < AREA; i++) stored[i] = (float)i;
    ingot_sample_convert(&data, stored, x);
    for (int i = 0; i < 3 * AREA; i++) assert_true(x[i] == (float)(i % AREA) * 0.5f - 1);
}

static void bad_data_leaves_nothing(void **state) {
    (void)state;
    images[99] ^= 1;
    put_file("data/ti", images, sizeof images);
    assert_fails(open_store(2), INGOT_LOCK_MISMATCH,
                 "~/data/ti: not the file of the lock: its bytes have changed");
    images[99] ^= 1;
    assert_int_equal(files_in("work/cache"), 1);
    /* a label that is no class, in a lock that is true */
    ingot_dataset_close(dataset);
    labels[8 + 7] = 9;
    put_file("data/ti", images, sizeof images);
    put_file("data/tl", labels, sizeof labels);
    write_lock("300t50e90v10-100t50e");
    assert_ok(ingot_dataset_open(&program, &dataset, &error));
    assert_fails(open_store(2), INGOT_FAILED, "~/data/ti: record 7: label 9, there are 3 classes");
    assert_int_equal(files_in("work/cache"), 1);
}

static void interrupt_leaves_nothing(void **state) {
    (void)state;
    stop_at = 17;
    assert_fails(open_store(2), INGOT_FAILED, "interrupted while computing features");
    stop_at = 0;
    assert_int_equal(files_in("work/cache"), 1);
    assert_ok(open_store(2));
    ingot_store_close(store);
}

static void full_disk_leaves_nothing(void **state) {
    (void)state;
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    limit = before;
    limit.rlim_cur = 5000;
    setrlimit(RLIMIT_FSIZE, &limit);
    ingot_status status = open_store(2);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, INGOT_FAILED);
    assert_string_equal(message(), "~/work/cache/features-abc.tmp/samples.bin: cannot write: "
                                   "File too large");
    assert_int_equal(files_in("work/cache"), 1);
}

static void two_processes_compute_once(void **state) {
    (void)state;
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            if (open_store(1) != INGOT_OK) _exit(9);
            ingot_store_close(store);
            _exit(computed);
        }
    }
    int sum = 0;
    for (int i = 0; i < 4; i++) {
        int result;
        assert_int_equal(waitpid(children[i], &result, 0), children[i]);
        assert_true(WIFEXITED(result));
        sum += WEXITSTATUS(result);
    }
    assert_int_equal(sum, 1);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(items_are_in_order),
        CASE(locks_that_are_wrong),
        CASE(program_and_lock_must_agree),
        CASE(check_tells_what_differs),
        CASE(store_is_computed_once),
        CASE(damage_is_repaired_and_said),
        CASE(float_samples_and_threads),
        CASE(bad_data_leaves_nothing),
        CASE(interrupt_leaves_nothing),
        CASE(full_disk_leaves_nothing),
        CASE(two_processes_compute_once),
        CASE(a_declared_lock_has_items_and_no_files),
        CASE(declared_locks_that_are_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
