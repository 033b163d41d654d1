/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * vocabulary.h: terms and their numbers: to collect them, and to look them up.
 */
#ifndef INGOT_TEXT_VOCABULARY_H
#define INGOT_TEXT_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct ingot_vocabulary_entry {
    size_t place; /* in `bytes` */
    uint32_t length, hash;
    int64_t documents; /* the caller's to count */
    int64_t last;      /* the caller's: the document that was counted last; -1 at first */
} ingot_vocabulary_entry;

/* Numbers from 0 in the order in which terms were added. */
typedef struct ingot_vocabulary {
    ingot_vocabulary_entry *entries;
    int32_t count, room;
    int32_t *slots;      /* open addressing; -1: free */
    uint32_t slot_count; /* a power of two, at least twice `count` */
    char *bytes;
    size_t used, size;
} ingot_vocabulary;

/* Starts as {0}. */
void ingot_vocabulary_free(ingot_vocabulary *vocabulary);

/* The term's number, -1 where it is none of them. */
int32_t ingot_vocabulary_find(const ingot_vocabulary *vocabulary, const char *term, size_t length);

/* The same, the term being added where it is not there yet. */
ingot_status ingot_vocabulary_add(ingot_vocabulary *vocabulary, const char *term, size_t length,
                                  int32_t *number, ingot_error *error);

/* Adds terms from C strings; a term that is there twice is INGOT_FAILED. */
ingot_status ingot_vocabulary_of(ingot_vocabulary *vocabulary, const char *const *terms,
                                 int32_t count, ingot_error *error);

static inline const char *ingot_vocabulary_term(const ingot_vocabulary *vocabulary,
                                                int32_t number) {
    return vocabulary->bytes + vocabulary->entries[number].place;
}

#endif
