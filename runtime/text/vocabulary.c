/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * vocabulary.c: see vocabulary.h. The hash is FNV-1a (Fowler, Noll, Vo), of 32 bits; nothing that
 * is written depends on it.
 */
#include "text/vocabulary.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256 };

void ingot_vocabulary_free(ingot_vocabulary *v) {
    free(v->entries);
    free(v->slots);
    free(v->bytes);
    *v = (ingot_vocabulary){0};
}

static uint32_t hash_of(const char *term, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)term[i]) * 16777619u;
    return hash ^ hash >> 15;
}

/* The slot that has the term, or the free one where it would go. */
static uint32_t slot_of(const ingot_vocabulary *v, const char *term, size_t length, uint32_t hash) {
    uint32_t at = hash & (v->slot_count - 1);
    for (; v->slots[at] >= 0; at = (at + 1) & (v->slot_count - 1)) {
        const ingot_vocabulary_entry *entry = &v->entries[v->slots[at]];
        if (entry->hash == hash && entry->length == length &&
            memcmp(v->bytes + entry->place, term, length) == 0) {
            break;
        }
    }
    return at;
}

int32_t ingot_vocabulary_find(const ingot_vocabulary *v, const char *term, size_t length) {
    if (v->count == 0) return -1;
    return v->slots[slot_of(v, term, length, hash_of(term, length))];
}

static int grow_slots(ingot_vocabulary *v) {
    const uint32_t count = v->slot_count == 0 ? FIRST_SLOTS : 2 * v->slot_count;
    int32_t *slots = malloc(count * sizeof *slots);
    if (slots == NULL) return 0;
    memset(slots, 0xff, count * sizeof *slots);
    for (int32_t i = 0; i < v->count; i++) {
        uint32_t at = v->entries[i].hash & (count - 1);
        while (slots[at] >= 0) at = (at + 1) & (count - 1);
        slots[at] = i;
    }
    free(v->slots);
    v->slots = slots;
    v->slot_count = count;
    return 1;
}

static int make_room(ingot_vocabulary *v, size_t length) {
    if (v->count == v->room) {
        const int32_t room = v->room == 0 ? FIRST_SLOTS : 2 * v->room;
        ingot_vocabulary_entry *grown = realloc(v->entries, (size_t)room * sizeof *grown);
        if (grown == NULL) return 0;
        v->entries = grown;
        v->room = room;
    }
    if (v->size - v->used < length + 1) {
        const size_t size = 2 * v->size + length + 4096;
        char *grown = realloc(v->bytes, size);
        if (grown == NULL) return 0;
        v->bytes = grown;
        v->size = size;
    }
    return (uint32_t)v->count < v->slot_count / 2 || grow_slots(v);
}

ingot_status ingot_vocabulary_add(ingot_vocabulary *v, const char *term, size_t length,
                                  int32_t *number, ingot_error *error) {
    const uint32_t hash = hash_of(term, length);
    if (v->count > 0) {
        *number = v->slots[slot_of(v, term, length, hash)];
        if (*number >= 0) return INGOT_OK;
    }
    if (v->count > INT32_MAX / 4) return ingot_fail(error, INGOT_FAILED, "too many terms");
    if (!make_room(v, length)) {
        return ingot_fail(error, INGOT_FAILED, "out of memory for a vocabulary");
    }
    v->slots[slot_of(v, term, length, hash)] = v->count;
    v->entries[v->count] = (ingot_vocabulary_entry){
        .place = v->used, .length = (uint32_t)length, .hash = hash, .last = -1};
    memcpy(v->bytes + v->used, term, length);
    v->bytes[v->used + length] = '\0';
    v->used += length + 1;
    *number = v->count++;
    return INGOT_OK;
}

ingot_status ingot_vocabulary_of(ingot_vocabulary *v, const char *const *terms, int32_t count,
                                 ingot_error *error) {
    for (int32_t i = 0; i < count; i++) {
        int32_t number;
        const ingot_status status =
            ingot_vocabulary_add(v, terms[i], strlen(terms[i]), &number, error);
        if (status != INGOT_OK) return status;
        if (number != i) {
            return ingot_fail(error, INGOT_FAILED, "the vocabulary has \"%s\" twice: %d and %d",
                              terms[i], number, i);
        }
    }
    return INGOT_OK;
}
