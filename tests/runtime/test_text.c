/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Text: UTF-8, facts of Unicode and normal forms beside Python's, words, stop words, and the Porter
 * stemmer on its published vocabulary (tests/vectors/make_text.py).
 */
/* clang-format off */
/* link: runtime/text/utf8.c runtime/text/unicode.c runtime/text/unicode_tables.c runtime/text/clean.c runtime/text/words.c runtime/text/stop_words.c runtime/text/porter.c runtime/base/error.c runtime/base/file.c runtime/base/sha256.c ; libs: crypto zstd cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "base/sha256.h"
#include "tests/support/scratch.h"
#include "text/clean.h"
#include "text/porter.h"
#include "text/unicode.h"
#include "text/utf8.h"
#include "text/words.h"

/* The next line of a file of two columns in hexadecimal; false at its end. */
static bool next_pair(FILE *file, char *first, size_t *first_size, char *second,
                      size_t *second_size) {
    char line[2048];
    if (fgets(line, sizeof line, file) == NULL) return false;
    char *to[2] = {first, second};
    size_t *size[2] = {first_size, second_size};
    const char *at = line;
    for (int column = 0; column < 2; column++) {
        unsigned byte;
        for (*size[column] = 0; sscanf(at, "%2x", &byte) == 1 && *at != '\t'; at += 2) {
            to[column][(*size[column])++] = (char)byte;
        }
        at++;
    }
    return true;
}

static void bad_bytes_are_replaced(void **state) {
    (void)state;
    FILE *file = fopen("tests/vectors/text/utf8.tsv", "r");
    assert_non_null(file);
    char bytes[1024], expected[1024], got[4096];
    size_t size, expected_size;
    int cases = 0;
    while (next_pair(file, bytes, &size, expected, &expected_size)) {
        char *exact = malloc(size); /* so that reading behind it is seen */
        memcpy(exact, bytes, size);
        const char *at = exact;
        int64_t replaced = 0;
        size_t length = 0;
        while (at < exact + size) {
            length += ingot_utf8_put(ingot_utf8_next(&at, exact + size, &replaced), got + length);
        }
        assert_int_equal(length, expected_size);
        assert_memory_equal(got, expected, length);
        assert_true(ingot_utf8_valid(exact, size) == (replaced == 0));
        free(exact);
        cases++;
    }
    assert_int_equal(cases, 3000);
    fclose(file);
}

static void every_code_point(void **state) {
    (void)state;
    ingot_sha256 hash;
    assert_int_equal(ingot_sha256_begin(&hash, &error), INGOT_OK);
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        if (cp == 0x32000) cp = 0xE0000; /* nothing is assigned between, nor behind */
        if (cp == 0xE0200) break;
        const ingot_unicode_property property = ingot_unicode_property_of(cp);
        uint32_t parts[4];
        const size_t count = ingot_unicode_decompose(cp, parts);
        char line[160];
        int length = snprintf(
            line, sizeof line, "%u %d %d %d %d %d %d %d %u", cp,
            (property.flags & INGOT_UNICODE_DROP) != 0, (property.flags & INGOT_UNICODE_SPACE) != 0,
            (property.flags & INGOT_UNICODE_PUNCTUATION) != 0,
            (property.flags & INGOT_UNICODE_WORD) != 0, (property.flags & INGOT_UNICODE_MARK) != 0,
            (property.flags & INGOT_UNICODE_JOINS) != 0, property.combining,
            ingot_unicode_lower(cp));
        for (size_t i = 0; i < count; i++) {
            length += snprintf(line + length, sizeof line - (size_t)length, " %u", parts[i]);
        }
        line[length++] = '\n';
        assert_int_equal(ingot_sha256_add(&hash, line, (size_t)length, &error), INGOT_OK);
    }
    uint8_t digest[32];
    char hex[65], expected[66] = {0};
    assert_int_equal(ingot_sha256_end(&hash, digest, &error), INGOT_OK);
    ingot_hex(digest, sizeof digest, hex);
    FILE *file = fopen("tests/vectors/text/unicode.sha256", "r");
    assert_non_null(file);
    assert_int_equal(fread(expected, 1, 65, file), 65);
    fclose(file);
    expected[64] = '\0';
    assert_string_equal(hex, expected);
}

static void normal_form_c(void **state) {
    (void)state;
    FILE *file = fopen("tests/vectors/text/nfc.tsv", "r");
    assert_non_null(file);
    char bytes[1024], expected[1024], got[4096];
    size_t size, expected_size;
    int cases = 0;
    while (next_pair(file, bytes, &size, expected, &expected_size)) {
        uint32_t text[64];
        size_t length = 0, settled = 0, written = 0;
        int64_t replaced = 0;
        for (const char *at = bytes; at < bytes + size;) {
            uint32_t parts[4];
            const size_t n =
                ingot_unicode_decompose(ingot_utf8_next(&at, bytes + size, &replaced), parts);
            for (size_t i = 0; i < n; i++) {
                const uint8_t combining = ingot_unicode_property_of(parts[i]).combining;
                ingot_unicode_insert(text, length++, settled, parts[i], combining);
                if (combining == 0) settled = length;
            }
        }
        length = ingot_unicode_compose_all(text, length);
        for (size_t i = 0; i < length; i++) written += ingot_utf8_put(text[i], got + written);
        assert_int_equal(written, expected_size);
        assert_memory_equal(got, expected, written);
        cases++;
    }
    assert_int_equal(cases, 4000);
    fclose(file);
}

static void check_clean(const char *bytes, size_t size, const char *expected, int64_t count) {
    ingot_text_buffer buffer = {0};
    int64_t replaced = -1;
    assert_int_equal(ingot_text_clean(bytes, size, &buffer, &replaced, &error), INGOT_OK);
    assert_string_equal(buffer.bytes, expected);
    assert_int_equal(buffer.size, strlen(expected));
    assert_int_equal(replaced, count);
    free(buffer.bytes);
}

static void cleaning(void **state) {
    (void)state;
    check_clean("", 0, "", 0);
    check_clean("a\0b\x01"
                "c\td\r\ne\rf\n",
                13, "abc\td\ne\nf\n", 0);
    check_clean("\xef\xbb\xbfx\xe2\x80\x8dy\xff\xe2\x82z", 12, "xy\xef\xbf\xbd\xef\xbf\xbdz", 2);
    /* every byte grows to three */
    char bad[1000], expected[3001];
    memset(bad, 0xFF, sizeof bad);
    for (int i = 0; i < 1000; i++) strcpy(expected + (ptrdiff_t)3 * i, "\xef\xbf\xbd");
    check_clean(bad, sizeof bad, expected, 1000);
}

/* Expected: the words with a bar after each. */
static void check_words(const char *text, bool strip, const char *expected) {
    ingot_words words;
    char got[2048] = "";
    ingot_words_begin(&words, text, strlen(text), strip);
    while (ingot_words_next(&words)) {
        assert_int_equal(words.length, strlen(words.word));
        strcat(strcat(got, words.word), "|");
    }
    assert_string_equal(got, expected);
}

static void words_of_texts(void **state) {
    (void)state;
    check_words("", false, "");
    check_words(" ...\n", false, "");
    check_words("The Cat's 2nd_hat, don't!", false, "the|cat|s|2nd|hat|don|t|");
    check_words("\xc3\x89t\xc3\xa9 e\xcc\x81t\xc3\xa9", false,
                "\xc3\xa9t\xc3\xa9|\xc3\xa9t\xc3\xa9|");
    check_words("\xc3\x89t\xc3\xa9 e\xcc\x81t\xc3\xa9", true, "ete|ete|");
    /* soft hyphen, zero-width joiner and bad bytes inside a word; a mark alone is no word */
    check_words("co\xc2\xadop x\xe2\x80\x8dy a\xff"
                "b \xcc\x81 \xef\xb8\x8f.",
                false, "coop|xy|ab|");
    check_words("abc\xe5\xad\x97\xe6\xbc\xa2 \xe5\xad\x97x", false,
                "abc|\xe5\xad\x97|\xe6\xbc\xa2|\xe5\xad\x97|x|");
    /* Sigma at the end of a word is not special; a dotted capital I is an i. */
    check_words("\xce\x9f\xce\x94\xce\x9f\xce\xa3 \xc4\xb0", false,
                "\xce\xbf\xce\xb4\xce\xbf\xcf\x83|i|");
    char text[512];
    memset(text, 'a', sizeof text);
    text[100] = ' ';
    text[511] = '\0';
    ingot_words words;
    ingot_words_begin(&words, text, 511, false);
    assert_true(ingot_words_next(&words));
    assert_int_equal(words.characters, 100);
    assert_false(ingot_words_next(&words));
    assert_int_equal(words.left_out, 1);
}

static void stop_words(void **state) {
    (void)state;
    const char *all[] = {"a", "the", "yourselves", "yourself", "ve", "themselves", "about"};
    for (size_t i = 0; i < 7; i++) assert_true(ingot_stop_word(all[i], strlen(all[i])));
    assert_false(ingot_stop_word("", 0));
    assert_false(ingot_stop_word("game", 4));
    assert_false(ingot_stop_word("thethethethethethethe", 21));
    assert_false(ingot_stop_word("th", 2));
}

static void porter_vocabulary(void **state) {
    (void)state;
    FILE *file = fopen("tests/vectors/text/porter.tsv.zst", "rb");
    assert_non_null(file);
    static char packed[1 << 20], text[1 << 20];
    const size_t size = fread(packed, 1, sizeof packed, file);
    fclose(file);
    const size_t length = ZSTD_decompress(text, sizeof text, packed, size);
    assert_false(ZSTD_isError(length));
    int words = 0;
    for (char *at = text; at < text + length; words++) {
        char *tab = memchr(at, '\t', 200), *end = memchr(at, '\n', 200);
        char *word = malloc((size_t)(tab - at)); /* exact: nothing is written behind it */
        memcpy(word, at, (size_t)(tab - at));
        const size_t stem = ingot_porter_stem(word, (size_t)(tab - at));
        if (stem != (size_t)(end - tab - 1) || memcmp(word, tab + 1, stem) != 0) {
            fail_msg("%.*s: got %.*s", (int)(end - at), at, (int)stem, word);
        }
        free(word);
        at = end + 1;
    }
    assert_int_equal(words, 30428);
    char odd[] = "na\xc3\xafves", number[] = "2nds", apostrophe[] = "it's";
    assert_int_equal(ingot_porter_stem(odd, 7), 7);
    assert_int_equal(ingot_porter_stem(number, 4), 4);
    assert_int_equal(ingot_porter_stem(apostrophe, 4), 4);
    assert_int_equal(ingot_porter_stem(odd, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_bytes_are_replaced), cmocka_unit_test(every_code_point),
        cmocka_unit_test(normal_form_c),          cmocka_unit_test(cleaning),
        cmocka_unit_test(words_of_texts),         cmocka_unit_test(stop_words),
        cmocka_unit_test(porter_vocabulary)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
