/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * count_pieces.c: see count_pieces.h. One thread reads the files one after the other: what takes
 * time is the training, and tokens come at tens of megabytes a second.
 */
#include "data/count_pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "data/lock.h"
#include "text/wordpiece.h"
#include "text/wordpiece_train.h"

typedef struct counting {
    const ingot_reader *reader;
    const void *config;
    bool cased;
    ingot_basic_scratch scratch;
    ingot_vocabulary words; /* of training texts; `documents`: how often each occurs */
    ingot_wordpiece wordpiece;
    bool second; /* pass */
    int32_t *ids;
    size_t room;
    int64_t *documents, *last; /* per token: training texts that have it, the text it was in last */
    int64_t texts, training, entries, most;
    ingot_status status;
    ingot_error *error;
} counting;

static bool take_word(void *user, const ingot_basic_word *word) {
    counting *all = user;
    int32_t number;
    if (word->length == 0) return true; /* too long for a word */
    all->status = ingot_vocabulary_add(&all->words, word->bytes, word->length, &number, all->error);
    if (all->status == INGOT_OK) all->words.entries[number].documents++;
    return all->status == INGOT_OK;
}

static ingot_status count_ids(counting *all, const ingot_signal *signal, bool training) {
    size_t count;
    if (signal->length + 1 > all->room) {
        /* No text has more tokens than bytes. */
        free(all->ids);
        all->room = 2 * signal->length + 1024;
        all->ids = malloc(all->room * sizeof *all->ids);
        if (all->ids == NULL) {
            return ingot_fail(all->error, INGOT_FAILED, "out of memory for a text of %zu bytes",
                              signal->length);
        }
    }
    const ingot_status status =
        ingot_wordpiece_ids(&all->wordpiece, signal->text, signal->length, &all->scratch, all->ids,
                            all->room, &count, all->error);
    if (status != INGOT_OK) return status;
    const int64_t text = ++all->texts, whole = (int64_t)count + 2;
    if (whole > all->most) all->most = whole;
    if (!training) return INGOT_OK;
    all->training++;
    all->entries += whole;
    for (size_t i = 0; i < count; i++) {
        const int32_t id = all->ids[i];
        all->documents[id] += all->last[id] != text;
        all->last[id] = text;
    }
    return INGOT_OK;
}

static ingot_status one_text(counting *all, const ingot_signal *signal, bool training) {
    if (all->second) return count_ids(all, signal, training);
    if (!training) return INGOT_OK;
    all->status = INGOT_OK;
    const ingot_status status = ingot_basic_words(signal->text, signal->length, all->cased, 0,
                                                  &all->scratch, take_word, all, all->error);
    return status != INGOT_OK ? status : all->status;
}

static ingot_status read_texts(counting *all, ingot_source *source, const char *runs) {
    ingot_signal signal;
    int64_t count, record = 0;
    int32_t split, label;
    while (ingot_lock_run(&runs, &count, &split) == 1) {
        for (int64_t end = record + count; record < end; record++) {
            if (split < 0 || (!all->second && split != 0)) continue;
            ingot_status status = all->reader->read(source, record, &signal, &label, all->error);
            if (status == INGOT_OK) status = one_text(all, &signal, split == 0);
            if (status != INGOT_OK) return status;
        }
    }
    return INGOT_OK;
}

static ingot_status one_file(counting *all, const char *root, const json_t *file) {
    const char *relative = json_string_value(json_object_get(file, "path"));
    const char *runs = json_string_value(json_object_get(file, "splits"));
    const char *hex = json_string_value(json_object_get(file, "sha256"));
    if (relative == NULL || runs == NULL || hex == NULL) {
        return ingot_fail(all->error, INGOT_USAGE,
                          "vocabulary: a file without path, splits or sha256");
    }
    if (!all->second && strchr(runs, 't') == NULL) return INGOT_OK;
    char *path = ingot_join(root, relative), *bytes = NULL, is[65];
    size_t size = 0;
    uint8_t sha256[32];
    ingot_source *source = NULL;
    ingot_status status = path != NULL
                              ? ingot_read_file(path, (size_t)1 << 31, &bytes, &size, all->error)
                              : ingot_fail(all->error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) status = ingot_sha256_of(bytes, size, sha256, all->error);
    if (status == INGOT_OK) {
        ingot_hex(sha256, 32, is);
        if (strcmp(is, hex) != 0) {
            status = ingot_fail(
                all->error, INGOT_FAILED,
                "%s: changed while it was read; try again when nothing writes to it", path);
        }
    }
    if (status == INGOT_OK) {
        status = all->reader->open_bytes(all->config, path, (const uint8_t *)bytes, size, &source,
                                         all->error);
    }
    if (status == INGOT_OK) status = read_texts(all, source, runs);
    if (source != NULL) all->reader->close_file(source);
    free(bytes);
    free(path);
    return status;
}

static ingot_status all_files(counting *all, const char *root, const json_t *files) {
    ingot_status status = INGOT_OK;
    for (size_t i = 0; status == INGOT_OK && i < json_array_size(files); i++) {
        status = one_file(all, root, json_array_get(files, i));
    }
    return status;
}

/* The tokens of the vocabulary as C strings, which lie in the request or in `made`. */
static ingot_status take_tokens(const json_t *given, const ingot_vocabulary *made,
                                const char ***tokens, int32_t *count, ingot_error *error) {
    *count = given != NULL ? (int32_t)json_array_size(given) : made->count;
    *tokens = malloc(((size_t)*count + 1) * sizeof **tokens);
    if (*tokens == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for a vocabulary");
    for (int32_t i = 0; i < *count; i++) {
        (*tokens)[i] = given != NULL ? json_string_value(json_array_get(given, (size_t)i))
                                     : ingot_vocabulary_term(made, i);
        if ((*tokens)[i] == NULL) {
            return ingot_fail(error, INGOT_USAGE, "vocabulary: terms: not a string");
        }
    }
    return INGOT_OK;
}

ingot_status ingot_count_pieces(const ingot_reader *reader, const void *config, const char *root,
                                const struct json_t *request, ingot_term_sink sink, void *user,
                                ingot_term_counts *counts, ingot_error *error) {
    const json_t *files = json_object_get(request, "files"),
                 *given = json_object_get(request, "terms"),
                 *pieces = json_object_get(request, "pieces");
    const json_int_t size = json_integer_value(json_object_get(pieces, "size"));
    counting all = {.reader = reader, .config = config, .error = error};
    ingot_vocabulary made = {0};
    const char **tokens = NULL;
    int32_t count = 0;
    all.cased = json_integer_value(json_object_get(pieces, "cased")) != 0;
    *counts = (ingot_term_counts){0};
    ingot_status status = INGOT_OK;
    if (reader->yields != INGOT_SIGNAL_TEXT || reader->open_bytes == NULL) {
        status = ingot_fail(error, INGOT_USAGE, "vocabulary: the reader %s gives no texts",
                            reader->name);
    }
    if (status == INGOT_OK && given == NULL) {
        if (size < 16 || size > 1 << 24) {
            status = ingot_fail(error, INGOT_USAGE, "vocabulary: a size from 16 is expected");
        }
        if (status == INGOT_OK) status = all_files(&all, root, files);
        if (status == INGOT_OK) {
            status = ingot_wordpiece_train(&all.words, (int32_t)size, &made, error);
        }
        counts->found = all.words.count;
    }
    if (status == INGOT_OK) status = take_tokens(given, &made, &tokens, &count, error);
    if (status == INGOT_OK) {
        status = ingot_wordpiece_of(tokens, count, all.cased, &all.wordpiece, error);
    }
    if (status == INGOT_OK) {
        all.second = true;
        all.documents = calloc((size_t)count + 1, sizeof *all.documents);
        all.last = calloc((size_t)count + 1, sizeof *all.last);
        status = all.documents != NULL && all.last != NULL
                     ? all_files(&all, root, files)
                     : ingot_fail(error, INGOT_FAILED, "out of memory for a vocabulary");
    }
    counts->documents = all.training;
    counts->most = all.most;
    counts->entries = all.training > 0 ? (all.entries + all.training - 1) / all.training : 0;
    for (int32_t i = 0; status == INGOT_OK && i < count; i++) {
        status = sink(user, tokens[i], all.documents[i], error);
    }
    ingot_vocabulary_free(&all.words);
    ingot_vocabulary_free(&made);
    ingot_wordpiece_close(&all.wordpiece);
    free(tokens);
    free(all.documents);
    free(all.last);
    free(all.ids);
    free(all.scratch.text);
    return status;
}
