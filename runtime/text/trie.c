/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 */
#include "text/trie.h"

#include <stdlib.h>
#include <string.h>

enum { CLASSES = 16 };

typedef struct builder {
    ingot_trie_word *words;
    ingot_trie *trie;
    int32_t room;
    /* Where the search for a place begins, by number of children: below it there was no place for
     * that many, or there was hardly any. */
    int32_t begin[CLASSES];
    ingot_error *error;
} builder;

static int by_bytes(const void *a, const void *b) {
    const ingot_trie_word *left = a, *right = b;
    const size_t shorter = left->length < right->length ? left->length : right->length;
    const int order = memcmp(left->bytes, right->bytes, shorter);
    if (order != 0) return order;
    return (left->length > right->length) - (left->length < right->length);
}

/* Nodes up to `size` and 256 more, all free. */
static ingot_status grow(builder *b, int32_t size) {
    if (size + 256 > b->room) {
        int32_t room = b->room < 1024 ? 1024 : b->room;
        while (room < size + 256) {
            if (room > INT32_MAX / 4) {
                return ingot_fail(b->error, INGOT_FAILED, "a vocabulary is too large");
            }
            room *= 2;
        }
        ingot_trie_node *nodes = realloc(b->trie->nodes, (size_t)room * sizeof *nodes);
        if (nodes == NULL) {
            return ingot_fail(b->error, INGOT_FAILED, "out of memory for a vocabulary");
        }
        for (int32_t i = b->room; i < room; i++) nodes[i] = (ingot_trie_node){0, -1, -1};
        b->trie->nodes = nodes;
        b->room = room;
    }
    if (size > b->trie->size) b->trie->size = size;
    return INGOT_OK;
}

/* A base at which the places of all `count` bytes (ascending) are free. The root is never free. */
static ingot_status find_base(builder *b, const unsigned char *bytes, int count, int32_t *base) {
    const int kind = count < CLASSES ? count : CLASSES - 1;
    int32_t tries = 0;
    for (int32_t at = b->begin[kind];; at++) {
        ingot_status status = grow(b, at + 256);
        if (status != INGOT_OK) return status;
        int i = 0;
        while (i < count) {
            const int32_t place = at + bytes[i];
            if (place == 0 || b->trie->nodes[place].check >= 0) break;
            i++;
        }
        if (i == count) {
            *base = at;
            if (tries > 64) b->begin[kind] = at;
            return INGOT_OK;
        }
        tries++;
    }
}

/* Words [first, last) share the first `depth` bytes, which lead to `node`. As deep as words are
 * long. */
static ingot_status place(builder *b, size_t first, size_t last, size_t depth, int32_t node) {
    if (b->words[first].length == depth) {
        b->trie->nodes[node].value = b->words[first].value;
        first++;
    }
    if (first == last) return INGOT_OK;
    unsigned char bytes[256];
    int count = 0;
    for (size_t i = first; i < last; i++) {
        const unsigned char byte = (unsigned char)b->words[i].bytes[depth];
        if (count == 0 || bytes[count - 1] != byte) bytes[count++] = byte;
    }
    int32_t base;
    ingot_status status = find_base(b, bytes, count, &base);
    if (status != INGOT_OK) return status;
    b->trie->nodes[node].base = base;
    for (int i = 0; i < count; i++) b->trie->nodes[base + bytes[i]].check = node;
    while (first < last && status == INGOT_OK) {
        const unsigned char byte = (unsigned char)b->words[first].bytes[depth];
        size_t next = first + 1;
        while (next < last && (unsigned char)b->words[next].bytes[depth] == byte) next++;
        status = place(b, first, next, depth + 1, base + byte);
        first = next;
    }
    return status;
}

ingot_status ingot_trie_build(ingot_trie_word *words, size_t count, ingot_trie *trie,
                              ingot_error *error) {
    builder b = {.words = words, .trie = trie, .error = error};
    memset(trie, 0, sizeof *trie);
    if (count > 0) qsort(words, count, sizeof *words, by_bytes);
    ingot_status status = grow(&b, 256);
    if (status == INGOT_OK) trie->nodes[0].check = INT32_MAX; /* nobody's child, and not free */
    if (status == INGOT_OK && count > 0) status = place(&b, 0, count, 0, 0);
    if (status != INGOT_OK) ingot_trie_free(trie);
    return status;
}

void ingot_trie_free(ingot_trie *trie) {
    free(trie->nodes);
    memset(trie, 0, sizeof *trie);
}
