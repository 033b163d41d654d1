/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * WordPiece on one thread: for each file of texts (each its size as u32, little-endian, and its
 * bytes) a line of case, megabytes and millions of tokens a second, tab-separated; the best of five
 * passes.
 *
 *   gcc -O3 -march=x86-64-v3 -Iruntime bench/tokenizer_bench.c runtime/text/wordpiece.c \
 *       runtime/text/basic.c runtime/text/trie.c runtime/text/utf8.c runtime/text/unicode.c \
 *       runtime/text/unicode_tables.c runtime/base/file.c runtime/base/error.c -o tokenizer_bench
 *   tokenizer_bench VOCAB CASE=TEXTS …
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "text/wordpiece.h"

#define MOST_BYTES ((size_t)1 << 31) /* of a file */

enum { PASSES = 5, LONGEST = 1 << 20 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int count, char **words) {
    static int32_t ids[LONGEST];
    size_t size;
    ingot_wordpiece wordpiece;
    ingot_basic_scratch scratch = {0};
    ingot_error error;
    if (count < 3) return 2;
    char *vocabulary;
    if (ingot_read_file(words[1], MOST_BYTES, &vocabulary, &size, &error) != INGOT_OK ||
        ingot_wordpiece_open(vocabulary, size, words[1], false, &wordpiece, &error) != INGOT_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    for (int i = 2; i < count; i++) {
        char *path = strchr(words[i], '=');
        if (path == NULL) return 2;
        *path++ = '\0';
        char *texts;
        if (ingot_read_file(path, MOST_BYTES, &texts, &size, &error) != INGOT_OK) {
            fprintf(stderr, "%s\n", error.text);
            return 1;
        }
        double best = 1e9, bytes = 0, tokens = 0;
        for (int pass = 0; pass < PASSES; pass++) {
            const double begun = now();
            bytes = tokens = 0;
            for (char *at = texts; at < texts + size;) {
                uint32_t length;
                size_t got;
                memcpy(&length, at, sizeof length);
                if (ingot_wordpiece_ids(&wordpiece, at + 4, length, &scratch, ids, LONGEST, &got,
                                        &error) != INGOT_OK) {
                    return 1;
                }
                bytes += length;
                tokens += (double)got;
                at += 4 + length;
            }
            const double took = now() - begun;
            if (took < best) best = took;
        }
        printf("%s\t%.2f\t%.3f\n", words[i], bytes / best / 1e6, tokens / best / 1e6);
        free(texts);
    }
    ingot_wordpiece_close(&wordpiece);
    free(scratch.text);
    free(vocabulary);
    return 0;
}
