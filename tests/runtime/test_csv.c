/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Tables: RFC 4180 as it is written, every way in which a file is not that, and the reader's rows.
 */
/* clang-format off */
/* link: runtime/data/csv.c runtime/data/option_lists.c runtime/data/table_files.c runtime/data/csv_parse.c runtime/data/csv_table.c runtime/data/tabular.c runtime/base/error.c runtime/base/file.c runtime/base/sha256.c runtime/base/json.c ; libs: crypto jansson m cmocka */
/* clang-format on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/json.h"
#include "data/csv.h"
#include "data/csv_parse.h"
#include "data/tabular.h"
#include "tests/support/scratch.h"

static ingot_csv_text text;

static ingot_status parse(const char *bytes) {
    return ingot_csv_parse(bytes, strlen(bytes), ',', &text, &error);
}

static void check_table(const char *bytes, int64_t rows, int32_t columns, ...) {
    assert_ok(parse(bytes));
    assert_int_equal(text.rows, rows);
    assert_int_equal(text.columns, columns);
    va_list cells;
    va_start(cells, columns);
    for (int64_t i = 0; i < rows * columns; i++) {
        assert_string_equal(text.cells[i], va_arg(cells, const char *));
    }
    va_end(cells);
    ingot_csv_text_free(&text);
}

static void good_tables(void **state) {
    (void)state;
    check_table("a,b\n1,2\n", 2, 2, "a", "b", "1", "2");
    check_table("a,b\r\n1,2", 2, 2, "a", "b", "1", "2");
    check_table("\xef\xbb\xbfn\xc3\xa4me\n\xe2\x82\xac\n\n\n", 2, 1, "n\xc3\xa4me", "\xe2\x82\xac");
    check_table("\"a,b\",\"say \"\"x\"\"\"\n\"two\r\nlines\",\"\"\n", 2, 2, "a,b", "say \"x\"",
                "two\r\nlines", "");
    check_table("a,\n,b", 2, 2, "a", "", "", "b");
    check_table("a\n\nb", 3, 1, "a", "", "b");
    check_table("a,b,", 1, 3, "a", "b", "");
    check_table("", 0, 0);
    check_table("\n", 0, 0);
    assert_ok(parse("h\n\"x\ny\"\nz\n"));
    assert_int_equal(text.lines[1], 2);
    assert_int_equal(text.lines[2], 4);
    ingot_csv_text_free(&text);
}

static void bad_tables(void **state) {
    (void)state;
    assert_fails(parse("a,b\n1,2\n3\n"), INGOT_FAILED, "line 3: 1 field, the first line has 2");
    assert_fails(parse("a,b\n\"x\ny\",2\n3,4,5\n"), INGOT_FAILED,
                 "line 4: 3 fields, the first line has 2");
    assert_fails(parse("a,b\n\n1,2\n"), INGOT_FAILED, "line 2: 1 field, the first line has 2");
    assert_fails(parse("a\n\"x\n1\n"), INGOT_FAILED,
                 "line 2: a quoted field begins here and does not end");
    assert_fails(parse("a\n\"x\"y\n"), INGOT_FAILED,
                 "line 2: text after the quote that ends a field (within a quoted field a quote is "
                 "written twice)");
    assert_fails(parse("a\n5\" disk\n"), INGOT_FAILED,
                 "line 2: a quote in a field that does not begin with one");
    assert_fails(parse("a\rb\rc"), INGOT_FAILED,
                 "line 1: a carriage return that no line feed follows");
    assert_fails(parse("name\nM\xfcller\n"), INGOT_FAILED,
                 "line 2: byte 2 of the line, 0xfc, is not UTF-8 (in Latin-1? iconv -f LATIN1 -t "
                 "UTF-8)");
    assert_fails(parse("a\n\xed\xa0\x80"), INGOT_FAILED,
                 "line 2: byte 1 of the line, 0xed, is not UTF-8 (in Latin-1? iconv -f LATIN1 -t "
                 "UTF-8)");
    assert_fails(parse("\xff\xfe"
                       "a"),
                 INGOT_FAILED, "the text is UTF-16, UTF-8 is needed (iconv -f UTF-16 -t UTF-8)");
    assert_fails(ingot_csv_parse("a\n1\0\n", 5, ',', &text, &error), INGOT_FAILED,
                 "line 2: a zero byte at byte 2 of the line");
}

static void numbers(void **state) {
    (void)state;
    double value;
    static const char *const none[] = {"", "NA", NULL};
    assert_true(ingot_csv_number(" -1.5e3\t", &value) && value == -1500);
    assert_true(ingot_csv_number("+.5", &value) && value == 0.5);
    static const char *const not [] = {"",    " ",     "1,5", "0x10", "nan",
                                       "inf", "1e999", "1 2", "e",    "--1"};
    for (size_t i = 0; i < sizeof not / sizeof *not ; i++) {
        assert_false(ingot_csv_number(not [i], &value));
    }
    assert_true(ingot_csv_missing("  ", none));
    assert_true(ingot_csv_missing("NA ", none));
    assert_false(ingot_csv_missing("NAN", none));
}

/* ------------------------------------------------------------------ the reader */

static const char *const files[] = {"t.csv", NULL}, *const missing[] = {"", "NA", NULL};
static const char *const columns[] = {"size", "colour", NULL}, *const targets[] = {"kind", NULL};
static const char *const classes[] = {"apple", "pear", NULL}, *const colours[] = {"green", "red",
                                                                                  NULL};
static const ingot_csv_config config = {.files = files,
                                        .separator = ',',
                                        .header = 1,
                                        .missing = missing,
                                        .columns = columns,
                                        .targets = targets,
                                        .classes = classes};
static const ingot_tabular_column features[] = {{"size", NULL, 0, 0}, {"colour", colours, 0, 0}};
static const ingot_tabular_config tabular = {2, 3, features};

static ingot_status take(void *user, int64_t index, const void *sample, ingot_error *why) {
    (void)why;
    assert_int_equal(index, 0);
    memcpy(user, sample, 3 * sizeof(float));
    return INGOT_OK;
}

static ingot_status row(ingot_source *source, int64_t record, int32_t *label, float *sample) {
    ingot_signal signal;
    void *workspace;
    ingot_status status = ingot_reader_csv.read(source, record, &signal, label, &error);
    if (status != INGOT_OK) return status;
    assert_ok(ingot_features_tabular.workspace_new(&tabular, &workspace, &error));
    status = ingot_features_tabular.compute(&tabular, workspace, &signal, take, sample, &error);
    ingot_features_tabular.workspace_free(workspace);
    return status;
}

static ingot_status open_text(const char *bytes, ingot_source **source) {
    return ingot_reader_csv.open_bytes(&config, "t.csv", (const uint8_t *)bytes, strlen(bytes),
                                       source, &error);
}

static void rows(void **state) {
    (void)state;
    ingot_source *source;
    int32_t label;
    float sample[3];
    /* columns in another order, one nobody asked for */
    assert_ok(open_text(
        "kind,x,colour,size\npear,1,red,2.5\napple,1,blue,NA\nplum,1,,3\nplum,1,red,big\n",
        &source));
    assert_int_equal(ingot_reader_csv.records(source), 4);
    assert_ok(row(source, 0, &label, sample));
    assert_int_equal(label, 1);
    assert_true(sample[0] == 2.5f && sample[1] == 0 && sample[2] == 1);
    assert_ok(row(source, 1, &label, sample)); /* a category that was not seen is none */
    assert_int_equal(label, 0);
    assert_true(isnan(sample[0]) && sample[1] == 0 && sample[2] == 0);
    assert_ok(row(source, 2, &label, sample));
    assert_int_equal(label, -1);
    assert_true(sample[0] == 3 && isnan(sample[1]) && isnan(sample[2]));
    assert_fails(row(source, 3, &label, sample), INGOT_FAILED,
                 "line 5: column 'size': 'big' is not a number");
    ingot_reader_csv.close_file(source);
    assert_ok(open_text("size,colour\n1,red\n", &source)); /* to be predicted: no target */
    assert_ok(row(source, 0, &label, sample));
    assert_int_equal(label, -1);
    ingot_reader_csv.close_file(source);
    assert_fails(open_text("size,kind\n1,pear\n", &source), INGOT_FAILED,
                 "t.csv: no column 'colour'; there are size, kind");
    assert_fails(open_text("", &source), INGOT_FAILED, "t.csv: is empty");
    assert_fails(open_text("size,colour\n", &source), INGOT_FAILED,
                 "t.csv: has a header and no rows");
    assert_fails(open_text("size,size\n1,2\n", &source), INGOT_FAILED,
                 "t.csv: line 1: two columns are called 'size'");
}

static ingot_status configure(const char *options) {
    void *made = NULL;
    json_t *value;
    assert_ok(ingot_json_parse(options, strlen(options), "options", &value, &error));
    const ingot_status status = ingot_csv_configure(value, &made, &error);
    json_decref(value);
    free(made);
    return status;
}

static void options(void **state) {
    (void)state;
    assert_ok(configure("{\"files\":[\"a.csv\"],\"separator\":\";\",\"header\":false}"));
    assert_fails(configure("{}"), INGOT_USAGE, "csv: files: expected the names of files");
    assert_fails(configure("{\"files\":[1]}"), INGOT_USAGE,
                 "csv: files: expected a list of strings");
    assert_fails(configure("{\"files\":[\"a\"],\"separator\":\"ab\"}"), INGOT_USAGE,
                 "csv: separator: expected one character");
    assert_fails(configure("{\"files\":[\"a\"],\"header\":1}"), INGOT_USAGE,
                 "csv: header: expected true or false");
    assert_fails(configure("{\"file\":[\"a\"]}"), INGOT_USAGE, "csv: unknown option 'file'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_tables), cmocka_unit_test(bad_tables), cmocka_unit_test(numbers),
        cmocka_unit_test(rows),        cmocka_unit_test(options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
