/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a table of texts: the first byte chooses the format, whether fields may be quoted,
 * whether there is a header and the encoding. What is accepted must be readable to its last record,
 * as clean UTF-8; its terms must be found again in a vocabulary made of them. The same bytes as a
 * line of standard input must be a text, or a message.
 */
/* clang-format off */
/* fuzz: runtime/data/text_table.c runtime/data/table_files.c runtime/data/text_table_read.c runtime/data/text_folder.c runtime/data/text_rules.c runtime/data/csv_parse.c runtime/data/csv_table.c runtime/data/folder_tree.c runtime/data/folder_scan.c runtime/data/held.c runtime/data/folder_configure.c runtime/data/option_lists.c runtime/data/known.c runtime/text/clean.c runtime/text/utf8.c runtime/text/unicode.c runtime/text/unicode_tables.c runtime/text/words.c runtime/text/terms.c runtime/text/porter.c runtime/text/stop_words.c runtime/text/vocabulary.c runtime/base/error.c runtime/base/file.c runtime/base/json.c runtime/base/parallel.c runtime/base/sha256.c runtime/base/writer.c ; libs: jansson crypto m */
/* clang-format on */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "data/text_folder.h"
#include "data/text_table.h"
#include "text/terms.h"
#include "text/utf8.h"
#include "text/vocabulary.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_signal(const ingot_signal *signal) {
    static ingot_terms terms;
    static const ingot_term_rules rules = {
        .min_characters = 1, .stem = 1, .shortest = 1, .longest = 2};
    ingot_vocabulary found = {0};
    ingot_error error;
    assert(signal->kind == INGOT_SIGNAL_TEXT);
    assert(ingot_utf8_valid(signal->text, signal->length));
    ingot_terms_begin(&terms, &rules, signal->text, signal->length);
    while (ingot_terms_next(&terms)) {
        int32_t number;
        assert(ingot_vocabulary_add(&found, terms.term, terms.length, &number, &error) == INGOT_OK);
        assert(ingot_vocabulary_find(&found, terms.term, terms.length) == number);
    }
    ingot_vocabulary_free(&found);
}

static void read_all(const ingot_reader *reader, ingot_source *source) {
    ingot_error error;
    ingot_signal signal;
    int32_t label;
    for (int64_t i = 0; i < reader->records(source); i++) {
        assert(reader->read(source, i, &signal, &label, &error) == INGOT_OK);
        check_signal(&signal);
    }
    reader->close_file(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const char *const columns[] = {"text", "title", NULL}, *const targets[] = {"label",
                                                                                      NULL};
    static const char *const names[] = {"label", "text", "title", NULL}, *const none[] = {"", NULL};
    static const char *const classes[] = {"a", "1", NULL};
    ingot_error error;
    ingot_source *source;
    if (size < 1) return 0;
    const uint8_t how = bytes[0];
    const int header = (how & 4) != 0;
    const ingot_text_table_config config = {.table = {.header = header,
                                                      .names = header ? NULL : names,
                                                      .columns = columns,
                                                      .targets = targets,
                                                      .classes = classes,
                                                      .missing = none,
                                                      .texts = 1},
                                            .rules = {.latin1 = (how & 16) != 0},
                                            .format = 1 + how % 3,
                                            .unquoted = (how & 8) != 0};
    const ingot_reader *reader = &ingot_reader_text_table;
    if (reader->open_bytes(&config, "f", bytes + 1, size - 1, &source, &error) == INGOT_OK) {
        read_all(reader, source);
    }
    if (reader->open_line(&config, (const char *)bytes + 1, size - 1, &source, &error) ==
        INGOT_OK) {
        read_all(reader, source);
    }
    const ingot_text_folder_config folder = {
        .rules = {.latin1 = (how & 16) != 0, .strip_headers = (how & 8) != 0}};
    reader = &ingot_reader_text_folder;
    if (reader->open_bytes(&folder, "f", bytes + 1, size - 1, &source, &error) == INGOT_OK) {
        read_all(reader, source);
    }
    if (reader->open_line(&folder, (const char *)bytes + 1, size - 1, &source, &error) ==
        INGOT_OK) {
        read_all(reader, source);
    }
    return 0;
}
