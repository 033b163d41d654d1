/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * trie.h: words by their bytes, as a double-array trie (J. Aoe, "An efficient digital search
 * algorithm by using a double-array structure", 1989): a step along one byte is an addition and a
 * comparison in one cache line. Node 0 is the root.
 */
#ifndef INGOT_TEXT_TRIE_H
#define INGOT_TEXT_TRIE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct ingot_trie_node {
    int32_t base;  /* the node along byte b stands at base + b ... */
    int32_t check; /* ... if this is its parent there; -1: no node */
    int32_t value; /* of the word that ends here, -1: none does */
} ingot_trie_node;

typedef struct ingot_trie {
    ingot_trie_node *nodes; /* at least 256 behind every base */
    int32_t size;
} ingot_trie;

typedef struct ingot_trie_word {
    const char *bytes; /* at least one, none of them NUL */
    size_t length;
    int32_t value; /* 0 or above */
} ingot_trie_word;

/* Builds the trie of `count` different words, which are sorted in place. Fails for want of memory.
 */
ingot_status ingot_trie_build(ingot_trie_word *words, size_t count, ingot_trie *trie,
                              ingot_error *error);
void ingot_trie_free(ingot_trie *trie);

/* The node along `byte`, -1 where there is none. */
static inline int32_t ingot_trie_step(const ingot_trie *trie, int32_t node, unsigned char byte) {
    const int32_t next = trie->nodes[node].base + byte;
    return trie->nodes[next].check == node ? next : -1;
}

#endif
