/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * WordPiece beside BertTokenizer of transformers on 10,000 texts in many scripts and states
 * (tests/vectors/make_tokens.py); vocabularies that are none; hostile sizes.
 */
/* clang-format off */
/* link: runtime/text/wordpiece.c runtime/text/wordpiece_train.c runtime/text/vocabulary.c runtime/text/basic.c runtime/text/trie.c runtime/text/utf8.c runtime/text/unicode.c runtime/text/unicode_tables.c runtime/base/error.c runtime/base/file.c ; libs: zstd cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "tests/support/scratch.h"
#include "text/wordpiece.h"
#include "text/wordpiece_train.h"

static ingot_basic_scratch memory;

static char *unpack(const char *name, size_t *size) {
    char path[128];
    snprintf(path, sizeof path, "tests/vectors/text/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *packed = malloc(1 << 22), *bytes = malloc(1 << 22);
    *size = ZSTD_decompress(bytes, 1 << 22, packed, fread(packed, 1, 1 << 22, file));
    fclose(file);
    free(packed);
    assert_false(ZSTD_isError(*size));
    return bytes;
}

static uint32_t u32(const char *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t hash_of(const int32_t *ids, size_t count) {
    uint32_t value = 0x811C9DC5u;
    const unsigned char *bytes = (const unsigned char *)ids;
    for (size_t i = 0; i < count * sizeof *ids; i++) value = (value ^ bytes[i]) * 0x01000193u;
    return value;
}

static void as_the_reference(void **state) {
    (void)state;
    const struct {
        const char *vocabulary;
        bool cased;
    } cases[] = {{"vocab-bert.zst", false}, {"vocab-many.zst", false}, {"vocab-many.zst", true}};
    size_t corpus_size, expected_size;
    char *corpus = unpack("corpus.zst", &corpus_size);
    char *expected = unpack("tokens.zst", &expected_size), *next = expected;
    static int32_t ids[1 << 16];
    for (size_t i = 0; i < 3; i++) {
        size_t size;
        char *text = unpack(cases[i].vocabulary, &size);
        ingot_wordpiece wordpiece;
        assert_int_equal(
            ingot_wordpiece_open(text, size, "vocab.txt", cases[i].cased, &wordpiece, &error),
            INGOT_OK);
        free(text);
        int texts = 0;
        for (char *at = corpus; at < corpus + corpus_size; texts++) {
            const size_t length = u32(at);
            char *exact = malloc(length); /* so that reading behind it is seen */
            memcpy(exact, at + 4, length);
            size_t count;
            assert_int_equal(ingot_wordpiece_ids(&wordpiece, exact, length, &memory, ids,
                                                 sizeof ids / sizeof *ids, &count, &error),
                             INGOT_OK);
            if (count != u32(next) || hash_of(ids, count) != u32(next + 4)) {
                fail_msg("%s, cased %d, text %d: %zu tokens, the reference has %u",
                         cases[i].vocabulary, cases[i].cased, texts, count, u32(next));
            }
            /* What is cut off is the end. */
            size_t some;
            int32_t few[7];
            assert_int_equal(
                ingot_wordpiece_ids(&wordpiece, exact, length, &memory, few, 7, &some, &error),
                INGOT_OK);
            assert_int_equal(some, count < 7 ? count : 7);
            assert_memory_equal(few, ids, some * sizeof *ids);
            free(exact);
            at += 4 + length;
            next += 8;
        }
        assert_int_equal(texts, 10000);
        ingot_wordpiece_close(&wordpiece);
    }
    assert_true(next == expected + expected_size);
    free(corpus);
    free(expected);
    free(memory.text);
    memory = (ingot_basic_scratch){0};
}

static void open_as(const char *text, size_t size, bool cased, ingot_wordpiece *wordpiece) {
    assert_int_equal(ingot_wordpiece_open(text, size, "vocab.txt", cased, wordpiece, &error),
                     INGOT_OK);
}

#define SMALL "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##believ\n##able\nable\n!\n"

static void rows(void **state) {
    (void)state;
    ingot_wordpiece wordpiece;
    int32_t ids[8];
    size_t count;
    open_as(SMALL "\n\n", strlen(SMALL) + 2, false, &wordpiece);
    assert_int_equal(wordpiece.count, 9);
    assert_int_equal(
        ingot_wordpiece_row(&wordpiece, "Unbelievable!", 13, &memory, ids, 8, &count, &error),
        INGOT_OK);
    assert_int_equal(count, 6);
    const int32_t whole[8] = {2, 4, 5, 6, 8, 3, 0, 0};
    assert_memory_equal(ids, whole, sizeof whole);
    assert_int_equal(
        ingot_wordpiece_row(&wordpiece, "able x able unable", 18, &memory, ids, 5, &count, &error),
        INGOT_OK);
    const int32_t cut[5] = {2, 7, 1, 7, 3};
    assert_memory_equal(ids, cut, sizeof cut);
    assert_int_equal(ingot_wordpiece_row(&wordpiece, "able", 4, &memory, ids, 2, &count, &error),
                     INGOT_OK);
    assert_int_equal(ids[1], 3);
    assert_int_equal(ingot_wordpiece_row(&wordpiece, NULL, 0, &memory, ids, 3, &count, &error),
                     INGOT_OK);
    assert_int_equal(count, 2);
    assert_int_equal(ids[2], 0);
    ingot_wordpiece_close(&wordpiece);
}

static void check_bad(const char *text, size_t size, const char *message) {
    ingot_wordpiece wordpiece;
    assert_int_equal(ingot_wordpiece_open(text, size, "v", true, &wordpiece, &error), INGOT_FAILED);
    assert_string_equal(error.text, message);
    ingot_wordpiece_close(&wordpiece);
}

static void bad_vocabularies(void **state) {
    (void)state;
#define BAD(text, message) check_bad(text, sizeof(text) - 1, message)
    BAD("", "v: no tokens in it");
    BAD("\n\n", "v: no tokens in it");
    BAD("[PAD]\na\n", "v: there is no [UNK] in it");
    BAD("[UNK]\n[SEP]\n[PAD]\na\n", "v: there is no [CLS] in it");
    BAD("[PAD]\n[UNK]\n\na\n", "v: line 3 is empty");
    BAD("[PAD]\r\n[UNK]\r\n", "v: lines end with CR LF; a vocabulary has LF alone");
    BAD("[PAD]\r\n[UNK]\n", "v: line 1 ends with CR LF; a vocabulary has LF alone");
    BAD("[PAD]\na\nb\na\n", "v: \"a\" stands in line 2 and in line 4");
    BAD("[PAD]\na\0b\n", "v: line 2 has a NUL in it");
    BAD("[PAD]\n\xff\n", "v: line 2 is not UTF-8");
}

/* Counted by hand: a 8, ##b 8, ##c 5, b 2, x 1; a+b 8, ab+c 3, b+c 2; x and y are together once. */
static void training(void **state) {
    (void)state;
    const char *words[] = {"ab", "abc", "bc", "xy", "ab"};
    const int64_t counts[] = {4, 3, 2, 1, 1};
    const char *expected[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##b", "a",
                              "##c",   "b",     "##y",   "x",     "ab",     "abc", "bc"};
    for (int turned = 0; turned < 2; turned++) {
        ingot_vocabulary from = {0}, tokens = {0};
        for (int i = 0; i < 5; i++) {
            const int at = turned ? 4 - i : i;
            int32_t number;
            assert_int_equal(
                ingot_vocabulary_add(&from, words[at], strlen(words[at]), &number, &error),
                INGOT_OK);
            from.entries[number].documents += counts[at];
        }
        assert_int_equal(ingot_wordpiece_train(&from, 16, &tokens, &error), INGOT_OK);
        assert_int_equal(tokens.count, 14);
        for (int32_t i = 0; i < 14; i++) {
            assert_string_equal(ingot_vocabulary_term(&tokens, i), expected[i]);
        }
        ingot_vocabulary_free(&tokens);
        assert_int_equal(ingot_wordpiece_train(&from, 26, &tokens, &error), INGOT_OK);
        assert_int_equal(tokens.count, 14);
        ingot_wordpiece wordpiece;
        const char *names[14];
        int32_t ids[4];
        size_t count;
        for (int32_t i = 0; i < 14; i++) names[i] = ingot_vocabulary_term(&tokens, i);
        assert_int_equal(ingot_wordpiece_of(names, 14, false, &wordpiece, &error), INGOT_OK);
        assert_int_equal(
            ingot_wordpiece_ids(&wordpiece, "ABCb", 4, &memory, ids, 4, &count, &error), INGOT_OK);
        assert_int_equal(count, 2);
        assert_int_equal(ids[0], 12);
        assert_int_equal(ids[1], 5);
        names[13] = "ab";
        ingot_wordpiece_close(&wordpiece);
        assert_int_equal(ingot_wordpiece_of(names, 14, false, &wordpiece, &error), INGOT_FAILED);
        assert_string_equal(error.text, "the vocabulary: \"ab\" stands in line 12 and in line 14");
        ingot_wordpiece_close(&wordpiece);
        ingot_vocabulary_free(&from);
        ingot_vocabulary_free(&tokens);
    }
}

/* What takes time in proportion to its square would not be done before the test is killed. */
static void large_texts(void **state) {
    (void)state;
    const size_t size = 1 << 20;
    const char *kinds[] = {"a",    "\xcc\x81\xcc\xa3", "=\xcc\xb8",
                           "[",    "word [SEP]\n",     "\xe1\x84\x80",
                           "\xff", "x\xcc\x81",        "[S\x01"};
    char *text = malloc(size);
    int32_t *ids = malloc(size * sizeof *ids);
    for (int cased = 0; cased < 2; cased++) {
        ingot_wordpiece wordpiece;
        open_as(SMALL, strlen(SMALL), cased, &wordpiece);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            const size_t length = strlen(kinds[i]);
            for (size_t at = 0; at < size; at++) text[at] = kinds[i][at % length];
            size_t count;
            assert_int_equal(
                ingot_wordpiece_ids(&wordpiece, text, size, &memory, ids, size, &count, &error),
                INGOT_OK);
            if (i == 0) assert_int_equal(count, 1);
        }
        ingot_wordpiece_close(&wordpiece);
    }
    free(memory.text);
    memory = (ingot_basic_scratch){0};
    free(text);
    free(ids);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_the_reference), cmocka_unit_test(rows),
                                       cmocka_unit_test(bad_vocabularies),
                                       cmocka_unit_test(training), cmocka_unit_test(large_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
