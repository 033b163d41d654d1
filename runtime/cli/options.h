/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * options.h: the words of the executable and their options, read from the command line.
 *
 * Both are tables (options.c), from which parsing, the messages for misspelt ones and the texts of
 * --help are made.
 */
#ifndef INGOT_CLI_OPTIONS_H
#define INGOT_CLI_OPTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

typedef enum ingot_word {
    INGOT_WORD_RUN,
    INGOT_WORD_VALIDATE,
    INGOT_WORD_FEATURES,
    INGOT_WORD_TRAIN,
    INGOT_WORD_EVALUATE,
    INGOT_WORD_PREDICT,
    INGOT_WORD_BENCH,
    INGOT_WORD_REPORT,
    INGOT_WORD_RUNS,
    INGOT_WORD_COMPARE,
    INGOT_WORD_SYNC,
    INGOT_WORD_INFO,
    INGOT_WORD_VERIFY,
    INGOT_WORD_SOURCE,
    INGOT_WORDS
} ingot_word;

typedef struct ingot_options {
    ingot_word word;
    int help;         /* 1: for the word, or for all where no word was given */
    int word_given;   /* 0: the word is the default, run */
    const char *data; /* NULL: as in the spec */
    const char *work; /* "./work" */
    int32_t threads;  /* 0: as in the spec */
    int json, quiet;
    int explain;         /* run: say what would run and why, run nothing */
    int rehash;          /* read every file of the data, whatever is known of it */
    int fresh;           /* train though finished weights are there */
    const char *results; /* run: a folder that gets copies of the results; NULL: none */
    const char *weights; /* NULL: those of the work folder */
    const char *sort;    /* runs: a field, - before it for descending; NULL: newest first */
    int64_t limit;       /* runs; 0: all */
    const char *track;   /* none, local or mlflow=URL; NULL: as the spec says */
    int any_stamp;       /* take weights of another stamp */
    int64_t repeats;     /* bench; 0: as many as fit into seconds */
    double seconds;      /* bench, per entry */
    int profile;         /* bench: a table of nodes */
    const char *trace;   /* bench: a file for a Chrome trace; NULL: none */
    char **arguments;    /* what is neither word nor option; points into argv */
    int argument_count;
} ingot_options;

/* Reads argv. Fails with INGOT_USAGE and a message that names the nearest word or option. On
 * failure `options` still tells json and quiet as far as they were given. */
ingot_status ingot_options_read(int argc, char **argv, ingot_options *options, ingot_error *error);

const char *ingot_word_name(ingot_word word);

/* The text of --help: of one word, or of the executable where `word` is INGOT_WORDS. */
void ingot_help(FILE *to, const char *program, const char *name, ingot_word word);

/* The entry of `names` (NULL at its end) that is nearest to `given` by Damerau-Levenshtein
 * distance, where near enough to be meant; else NULL. */
const char *ingot_nearest(const char *given, const char *const *names);

#endif
