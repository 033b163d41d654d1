/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * count_terms.c: see count_terms.h. Two passes over the files, each in parallel: every thread
 * collects terms in a vocabulary of its own, which are then added up; what was chosen of them is
 * counted in every text.
 */
#include "data/count_terms.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "data/lock.h"
#include "text/terms.h"
#include "text/vocabulary.h"

enum { MOST_THREADS = 64 };

/* A thread's own. */
typedef struct worker {
    ingot_vocabulary found;
    ingot_terms terms;
    int64_t *seen; /* second pass: per term of the choice, the text it was counted in last */
    int64_t texts; /* so far, of this thread */
    int64_t documents, most, entries;
} worker;

typedef struct counting {
    const ingot_reader *reader;
    const void *config;
    const char *root;
    const json_t *files;
    ingot_term_rules rules;
    ingot_vocabulary *chosen; /* NULL in the first pass */
    worker *workers[MOST_THREADS];
} counting;

/* ------------------------------------------------------------------ a text */

static ingot_status collect(worker *own, const ingot_term_rules *rules, const ingot_signal *signal,
                            ingot_error *error) {
    const int64_t text = own->texts++;
    ingot_terms_begin(&own->terms, rules, signal->text, signal->length);
    while (ingot_terms_next(&own->terms)) {
        int32_t number;
        const ingot_status status =
            ingot_vocabulary_add(&own->found, own->terms.term, own->terms.length, &number, error);
        if (status != INGOT_OK) return status;
        ingot_vocabulary_entry *entry = &own->found.entries[number];
        entry->documents += entry->last != text;
        entry->last = text;
    }
    own->documents++;
    return INGOT_OK;
}

static void measure(worker *own, const counting *all, const ingot_signal *signal, int training) {
    const int64_t text = ++own->texts;
    int64_t different = 0;
    ingot_terms_begin(&own->terms, &all->rules, signal->text, signal->length);
    while (ingot_terms_next(&own->terms)) {
        const int32_t number =
            ingot_vocabulary_find(all->chosen, own->terms.term, own->terms.length);
        if (number < 0 || own->seen[number] == text) continue;
        own->seen[number] = text;
        different++;
    }
    if (different > own->most) own->most = different;
    if (training) own->entries += different;
}

/* ------------------------------------------------------------------ a file */

static ingot_status read_texts(counting *all, worker *own, ingot_source *source, const char *runs,
                               ingot_error *error) {
    ingot_signal signal;
    int64_t count, record = 0;
    int32_t split, label;
    while (ingot_lock_run(&runs, &count, &split) == 1) {
        for (int64_t end = record + count; record < end; record++) {
            if (split < 0 || (all->chosen == NULL && split != 0)) continue;
            ingot_status status = all->reader->read(source, record, &signal, &label, error);
            if (status != INGOT_OK) return status;
            if (all->chosen == NULL) {
                status = collect(own, &all->rules, &signal, error);
            } else {
                measure(own, all, &signal, split == 0);
            }
            if (status != INGOT_OK) return status;
        }
    }
    return INGOT_OK;
}

static ingot_status one_file(void *user, int64_t index, int32_t thread, ingot_error *error) {
    counting *all = user;
    const json_t *file = json_array_get(all->files, (size_t)index);
    const char *relative = json_string_value(json_object_get(file, "path"));
    const char *runs = json_string_value(json_object_get(file, "splits"));
    const char *hex = json_string_value(json_object_get(file, "sha256"));
    if (relative == NULL || runs == NULL || hex == NULL) {
        return ingot_fail(error, INGOT_USAGE, "vocabulary: a file without path, splits or sha256");
    }
    /* In the first pass only files with training texts matter. */
    if (all->chosen == NULL && strchr(runs, 't') == NULL) return INGOT_OK;
    char *path = ingot_join(all->root, relative), *bytes = NULL, is[65];
    size_t size = 0;
    uint8_t sha256[32];
    ingot_source *source = NULL;
    ingot_status status = path != NULL
                              ? ingot_read_file(path, (size_t)1 << 31, &bytes, &size, error)
                              : ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) status = ingot_sha256_of(bytes, size, sha256, error);
    if (status == INGOT_OK) {
        ingot_hex(sha256, 32, is);
        if (strcmp(is, hex) != 0) {
            status = ingot_fail(
                error, INGOT_FAILED,
                "%s: changed while it was read; try again when nothing writes to it", path);
        }
    }
    if (status == INGOT_OK) {
        status = all->reader->open_bytes(all->config, path, (const uint8_t *)bytes, size, &source,
                                         error);
    }
    if (status == INGOT_OK) status = read_texts(all, all->workers[thread], source, runs, error);
    if (source != NULL) all->reader->close_file(source);
    free(bytes);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ the choice */

typedef struct ranked {
    const char *term;
    size_t length;
    int64_t documents;
} ranked;

static int by_rank(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->documents != y->documents) return x->documents > y->documents ? -1 : 1;
    return strcmp(x->term, y->term);
}

static ingot_status add_up(ingot_vocabulary *all, counting *from, int32_t threads,
                           int64_t *documents, ingot_error *error) {
    for (int32_t t = 0; t < threads; t++) {
        const ingot_vocabulary *one = &from->workers[t]->found;
        for (int32_t i = 0; i < one->count; i++) {
            int32_t number;
            const ingot_status status = ingot_vocabulary_add(
                all, ingot_vocabulary_term(one, i), one->entries[i].length, &number, error);
            if (status != INGOT_OK) return status;
            all->entries[number].documents += one->entries[i].documents;
        }
        *documents += from->workers[t]->documents;
        ingot_vocabulary_free(&from->workers[t]->found);
    }
    return INGOT_OK;
}

static int64_t number_of(const json_t *request, const char *key, int64_t otherwise) {
    const json_t *value = json_object_get(request, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

/* The terms that request asks for of those found, in their order. */
static ingot_status choose(const json_t *request, const ingot_vocabulary *found, int64_t documents,
                           ingot_vocabulary *chosen, ingot_error *error) {
    const int64_t least = number_of(request, "min_documents", 1),
                  terms = number_of(request, "max_terms", INT32_MAX);
    const json_t *share = json_object_get(request, "max_share");
    const double most =
        json_is_number(share) ? json_number_value(share) * (double)documents : (double)documents;
    ranked *list = malloc((size_t)found->count * sizeof *list + 1);
    if (list == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for a vocabulary");
    size_t count = 0;
    for (int32_t i = 0; i < found->count; i++) {
        const ingot_vocabulary_entry *entry = &found->entries[i];
        if (entry->documents < least || (double)entry->documents > most) continue;
        list[count++] = (ranked){ingot_vocabulary_term(found, i), entry->length, entry->documents};
    }
    qsort(list, count, sizeof *list, by_rank);
    ingot_status status = INGOT_OK;
    for (size_t i = 0; status == INGOT_OK && i < count && (int64_t)i < terms; i++) {
        int32_t number;
        status = ingot_vocabulary_add(chosen, list[i].term, list[i].length, &number, error);
        if (status == INGOT_OK) chosen->entries[number].documents = list[i].documents;
    }
    free(list);
    return status;
}

static ingot_status take_given(const json_t *terms, const ingot_vocabulary *found,
                               ingot_vocabulary *chosen, ingot_error *error) {
    for (size_t i = 0; i < json_array_size(terms); i++) {
        const json_t *term = json_array_get(terms, i);
        const char *text = json_string_value(term);
        int32_t number;
        if (text == NULL) return ingot_fail(error, INGOT_USAGE, "vocabulary: terms: not a string");
        const ingot_status status =
            ingot_vocabulary_add(chosen, text, json_string_length(term), &number, error);
        if (status != INGOT_OK) return status;
        const int32_t seen = ingot_vocabulary_find(found, text, json_string_length(term));
        chosen->entries[number].documents =
            seen >= 0 && found->entries != NULL ? found->entries[seen].documents : 0;
    }
    return INGOT_OK;
}

/* ------------------------------------------------------------------ all of it */

static ingot_status take_rules(const json_t *request, ingot_term_rules *rules, ingot_error *error) {
    const json_t *from = json_object_get(request, "rules");
    *rules = (ingot_term_rules){
        .strip_accents = (int32_t)number_of(from, "strip_accents", 0),
        .min_characters = (int32_t)number_of(from, "min_characters", 1),
        .stop_words = (int32_t)number_of(from, "stop_words", 0),
        .stem = (int32_t)number_of(from, "stem", 0),
        .shortest = (int32_t)number_of(from, "shortest", 1),
        .longest = (int32_t)number_of(from, "longest", 1),
    };
    if (rules->shortest >= 1 && rules->shortest <= rules->longest &&
        rules->longest <= INGOT_NGRAM) {
        return INGOT_OK;
    }
    return ingot_fail(error, INGOT_USAGE, "vocabulary: n-grams of 1 to %d words are expected",
                      INGOT_NGRAM);
}

static ingot_status first_pass(counting *all, const json_t *request, int32_t threads,
                               ingot_vocabulary *chosen, ingot_term_counts *counts,
                               ingot_error *error) {
    const int64_t files = (int64_t)json_array_size(all->files);
    const json_t *given = json_object_get(request, "terms");
    ingot_vocabulary found = {0};
    ingot_status status = ingot_parallel(files, threads, one_file, all, error);
    if (status == INGOT_OK) status = add_up(&found, all, threads, &counts->documents, error);
    counts->found = found.count;
    if (status == INGOT_OK) {
        status = given != NULL ? take_given(given, &found, chosen, error)
                               : choose(request, &found, counts->documents, chosen, error);
    }
    ingot_vocabulary_free(&found);
    return status;
}

static ingot_status second_pass(counting *all, int32_t threads, ingot_vocabulary *chosen,
                                ingot_term_counts *counts, ingot_error *error) {
    all->chosen = chosen;
    for (int32_t t = 0; t < threads; t++) {
        all->workers[t]->texts = 0;
        all->workers[t]->seen = calloc((size_t)chosen->count + 1, sizeof(int64_t));
        if (all->workers[t]->seen == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    const ingot_status status =
        ingot_parallel((int64_t)json_array_size(all->files), threads, one_file, all, error);
    int64_t entries = 0;
    for (int32_t t = 0; t < threads; t++) {
        const worker *own = all->workers[t];
        if (own->most > counts->most) counts->most = own->most;
        entries += own->entries;
    }
    if (counts->documents > 0) {
        counts->entries = (entries + counts->documents - 1) / counts->documents;
    }
    return status;
}

ingot_status ingot_count_terms(const ingot_reader *reader, const void *config, const char *root,
                               const struct json_t *request, ingot_term_sink sink, void *user,
                               ingot_term_counts *counts, ingot_error *error) {
    int32_t threads = ingot_cpu_count();
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    counting all = {.reader = reader,
                    .config = config,
                    .root = root,
                    .files = json_object_get(request, "files")};
    ingot_vocabulary chosen = {0};
    *counts = (ingot_term_counts){0};
    ingot_status status = take_rules(request, &all.rules, error);
    for (int32_t t = 0; status == INGOT_OK && t < threads; t++) {
        all.workers[t] = calloc(1, sizeof(worker));
        if (all.workers[t] == NULL) status = ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (status == INGOT_OK && (reader->yields != INGOT_SIGNAL_TEXT || reader->open_bytes == NULL)) {
        status = ingot_fail(error, INGOT_USAGE, "vocabulary: the reader %s gives no texts",
                            reader->name);
    }
    if (status == INGOT_OK) status = first_pass(&all, request, threads, &chosen, counts, error);
    if (status == INGOT_OK) status = second_pass(&all, threads, &chosen, counts, error);
    for (int32_t i = 0; status == INGOT_OK && i < chosen.count; i++) {
        status = sink(user, ingot_vocabulary_term(&chosen, i), chosen.entries[i].documents, error);
    }
    for (int32_t t = 0; t < threads && all.workers[t] != NULL; t++) {
        ingot_vocabulary_free(&all.workers[t]->found);
        free(all.workers[t]->seen);
        free(all.workers[t]);
    }
    ingot_vocabulary_free(&chosen);
    return status;
}
