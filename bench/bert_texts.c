/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * bert_texts.c: texts as BERT reads them, for both sides of bench/bert.lua: a record of MOST + 1
 * int32 for each, how many ids there are, the ids ([CLS], WordPiece, [SEP], cut at MOST), zeros.
 * TEXTS holds each text's size as u32, little-endian, and its bytes; every STRIDE-th is taken.
 *
 *   gcc -O3 -march=x86-64-v3 -Iruntime bench/bert_texts.c runtime/text/wordpiece.c \
 *       runtime/text/basic.c runtime/text/trie.c runtime/text/utf8.c runtime/text/unicode.c \
 *       runtime/text/unicode_tables.c runtime/base/file.c runtime/base/error.c -o bert_texts
 *   bert_texts VOCAB TEXTS STRIDE MOST OUT CLS SEP
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "text/wordpiece.h"

#define MOST_BYTES ((size_t)1 << 31) /* of a file */

enum { LONGEST = 1 << 20 };

int main(int count, char **words) {
    static int32_t ids[LONGEST];
    size_t vocabulary_size, size;
    ingot_wordpiece wordpiece;
    ingot_basic_scratch scratch = {0};
    ingot_error error;
    if (count != 8) return 2;
    char *vocabulary, *texts;
    if (ingot_read_file(words[1], MOST_BYTES, &vocabulary, &vocabulary_size, &error) != INGOT_OK ||
        ingot_read_file(words[2], MOST_BYTES, &texts, &size, &error) != INGOT_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    const int stride = atoi(words[3]), most = atoi(words[4]);
    FILE *out = fopen(words[5], "wb");
    int32_t *record = calloc((size_t)most + 1, sizeof *record);
    if (out == NULL || record == NULL || stride < 1 || most < 3) exit(1);
    if (ingot_wordpiece_open(vocabulary, vocabulary_size, words[1], false, &wordpiece, &error) !=
        INGOT_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    int which = 0;
    for (char *at = texts; at < texts + size; which++) {
        uint32_t length;
        size_t got;
        memcpy(&length, at, sizeof length);
        if (which % stride == 0) {
            if (ingot_wordpiece_ids(&wordpiece, at + 4, length, &scratch, ids, LONGEST, &got,
                                    &error) != INGOT_OK) {
                exit(1);
            }
            const int32_t inner = got < (size_t)most - 2 ? (int32_t)got : most - 2;
            memset(record, 0, ((size_t)most + 1) * sizeof *record);
            record[0] = inner + 2;
            record[1] = atoi(words[6]);
            memcpy(record + 2, ids, (size_t)inner * sizeof *ids);
            record[inner + 2] = atoi(words[7]);
            fwrite(record, sizeof *record, (size_t)most + 1, out);
        }
        at += 4 + length;
    }
    const int failed = ferror(out) | fclose(out);
    ingot_wordpiece_close(&wordpiece);
    free(scratch.text);
    free(vocabulary);
    free(texts);
    free(record);
    return failed ? 1 : 0;
}
