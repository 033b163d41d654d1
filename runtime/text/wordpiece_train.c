/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each pair of neighbours has the list of the words where it was seen (some of which may have lost
 * it since). The pair to merge comes from a heap. A pair whose count has grown is put there again;
 * one whose count has become smaller goes back with its true count when it comes out.
 */
#include "text/wordpiece_train.h"

#include <stdlib.h>
#include <string.h>

#include "text/basic.h"
#include "text/utf8.h"

enum { SPECIALS = 5, LEAST = 2 };

static const char *const first_tokens[SPECIALS] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

typedef struct word {
    int32_t *pieces; /* numbers of tokens */
    int32_t length;
    int64_t count;
} word;

typedef struct pair {
    int32_t left, right;
    int64_t count;
    int64_t queued; /* the highest count that it is in the heap with; 0: it is not */
    int32_t *words;
    int32_t word_count, room;
} pair;

typedef struct entry {
    int32_t pair;
    int64_t count; /* when it was put here */
} entry;

typedef struct trainer {
    ingot_vocabulary *tokens;
    word *words;
    int32_t word_count;
    int32_t *pieces; /* of all words */
    pair *pairs;
    int32_t pair_count, pair_room;
    int32_t *slots; /* of pairs, open addressing, -1: free */
    uint32_t slot_count;
    entry *heap;
    int32_t heap_count, heap_room;
    ingot_error *error;
} trainer;

static ingot_status no_memory(trainer *t) {
    return ingot_fail(t->error, INGOT_FAILED, "out of memory for training a vocabulary");
}

/* What two pieces make: the right one's "##" goes. */
static size_t merged(const trainer *t, const pair *p, char *to) {
    const ingot_vocabulary_entry *left = &t->tokens->entries[p->left];
    const ingot_vocabulary_entry *right = &t->tokens->entries[p->right];
    memcpy(to, ingot_vocabulary_term(t->tokens, p->left), left->length);
    memcpy(to + left->length, ingot_vocabulary_term(t->tokens, p->right) + 2, right->length - 2);
    return left->length + right->length - 2;
}

/* ------------------------------------------------------------------ the heap */

/* Whether a comes before b: more often, then by the token it makes, then by its pieces. */
static int before(const trainer *t, entry a, entry b) {
    if (a.count != b.count) return a.count > b.count;
    const pair *x = &t->pairs[a.pair], *y = &t->pairs[b.pair];
    char left[2 * INGOT_BASIC_BYTES + 8], right[2 * INGOT_BASIC_BYTES + 8];
    const size_t m = merged(t, x, left), n = merged(t, y, right);
    const int order = memcmp(left, right, m < n ? m : n);
    if (order != 0) return order < 0;
    if (m != n) return m < n;
    return t->tokens->entries[x->left].length < t->tokens->entries[y->left].length;
}

static void sift_down(trainer *t, int32_t at) {
    const entry moved = t->heap[at];
    for (;;) {
        int32_t child = 2 * at + 1;
        if (child >= t->heap_count) break;
        if (child + 1 < t->heap_count && before(t, t->heap[child + 1], t->heap[child])) child++;
        if (!before(t, t->heap[child], moved)) break;
        t->heap[at] = t->heap[child];
        at = child;
    }
    t->heap[at] = moved;
}

static ingot_status push(trainer *t, int32_t number) {
    if (t->heap_count == t->heap_room) {
        const int32_t room = t->heap_room == 0 ? 1024 : 2 * t->heap_room;
        entry *heap = realloc(t->heap, (size_t)room * sizeof *heap);
        if (heap == NULL) return no_memory(t);
        t->heap = heap;
        t->heap_room = room;
    }
    const entry new = {number, t->pairs[number].count};
    t->pairs[number].queued = new.count;
    int32_t at = t->heap_count++;
    while (at > 0 && before(t, new, t->heap[(at - 1) / 2])) {
        t->heap[at] = t->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    t->heap[at] = new;
    return INGOT_OK;
}

/* The most frequent pair, -1 where none is frequent enough. */
static ingot_status pop(trainer *t, int32_t *number) {
    ingot_status status = INGOT_OK;
    *number = -1;
    while (t->heap_count > 0 && status == INGOT_OK) {
        const entry top = t->heap[0];
        pair *p = &t->pairs[top.pair];
        t->heap[0] = t->heap[--t->heap_count];
        if (t->heap_count > 0) sift_down(t, 0);
        if (p->queued == top.count) p->queued = 0;
        if (p->count < LEAST || top.count < p->count) continue; /* the latter: it is there again */
        if (p->count == top.count) {
            *number = top.pair;
            break;
        }
        if (p->queued < p->count) status = push(t, top.pair);
    }
    return status;
}

/* ------------------------------------------------------------------ pairs */

static uint32_t slot_of(const trainer *t, int32_t left, int32_t right) {
    const uint64_t key = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * 0x9E3779B97F4A7C15u;
    uint32_t at = (uint32_t)(key >> 32) & (t->slot_count - 1);
    while (t->slots[at] >= 0 &&
           (t->pairs[t->slots[at]].left != left || t->pairs[t->slots[at]].right != right)) {
        at = (at + 1) & (t->slot_count - 1);
    }
    return at;
}

static ingot_status make_room(trainer *t) {
    if (t->pair_count == t->pair_room) {
        const int32_t room = t->pair_room == 0 ? 1024 : 2 * t->pair_room;
        pair *pairs = realloc(t->pairs, (size_t)room * sizeof *pairs);
        if (pairs == NULL) return no_memory(t);
        t->pairs = pairs;
        t->pair_room = room;
    }
    if ((uint32_t)t->pair_count < t->slot_count / 2) return INGOT_OK;
    const uint32_t count = t->slot_count == 0 ? 4096 : 2 * t->slot_count;
    int32_t *slots = malloc(count * sizeof *slots);
    if (slots == NULL) return no_memory(t);
    memset(slots, 0xff, count * sizeof *slots);
    free(t->slots);
    t->slots = slots;
    t->slot_count = count;
    for (int32_t i = 0; i < t->pair_count; i++) {
        t->slots[slot_of(t, t->pairs[i].left, t->pairs[i].right)] = i;
    }
    return INGOT_OK;
}

/* Counts a pair in a word, once more or (negative) once less. */
static ingot_status count_pair(trainer *t, int32_t left, int32_t right, int64_t count,
                               int32_t word_number) {
    ingot_status status = make_room(t);
    if (status != INGOT_OK) return status;
    const uint32_t slot = slot_of(t, left, right);
    if (t->slots[slot] < 0) {
        t->slots[slot] = t->pair_count;
        t->pairs[t->pair_count++] = (pair){.left = left, .right = right};
    }
    pair *p = &t->pairs[t->slots[slot]];
    p->count += count;
    if (count < 0 || (p->word_count > 0 && p->words[p->word_count - 1] == word_number)) {
        return INGOT_OK;
    }
    if (p->word_count == p->room) {
        const int32_t room = p->room == 0 ? 4 : 2 * p->room;
        int32_t *words = realloc(p->words, (size_t)room * sizeof *words);
        if (words == NULL) return no_memory(t);
        p->words = words;
        p->room = room;
    }
    p->words[p->word_count++] = word_number;
    return INGOT_OK;
}

static ingot_status count_word(trainer *t, int32_t number, int64_t sign) {
    const word *w = &t->words[number];
    ingot_status status = INGOT_OK;
    for (int32_t i = 0; i + 1 < w->length && status == INGOT_OK; i++) {
        status = count_pair(t, w->pieces[i], w->pieces[i + 1], sign * w->count, number);
    }
    return status;
}

/* ------------------------------------------------------------------ characters */

typedef struct character {
    const char *token;
    size_t length;
    int64_t count;
} character;

static int by_count(const void *a, const void *b) {
    const character *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return strcmp(x->token, y->token);
}

/* The next character of a word as a token; returns its length. */
static size_t next_character(const char **at, const char *end, int inside, char token[8]) {
    int64_t replaced = 0;
    const char *begin = *at;
    ingot_utf8_next(at, end, &replaced);
    const size_t length = (size_t)(*at - begin);
    token[0] = token[1] = '#';
    memcpy(token + (inside ? 2 : 0), begin, length);
    return length + (inside ? 2 : 0);
}

static ingot_status alphabet(trainer *t, const ingot_vocabulary *words, int32_t most) {
    ingot_vocabulary all = {0};
    ingot_status status = INGOT_OK;
    for (int32_t i = 0; i < words->count && status == INGOT_OK; i++) {
        const char *begin = ingot_vocabulary_term(words, i), *at = begin;
        const char *end = begin + words->entries[i].length;
        while (at < end && status == INGOT_OK) {
            char token[8];
            int32_t number;
            const int inside = at > begin;
            const size_t length = next_character(&at, end, inside, token);
            status = ingot_vocabulary_add(&all, token, length, &number, t->error);
            if (status == INGOT_OK) all.entries[number].documents += words->entries[i].documents;
        }
    }
    character *list = status == INGOT_OK ? malloc((size_t)all.count * sizeof *list + 1) : NULL;
    if (status == INGOT_OK && list == NULL) status = no_memory(t);
    if (status == INGOT_OK) {
        for (int32_t i = 0; i < all.count; i++) {
            list[i] = (character){ingot_vocabulary_term(&all, i), all.entries[i].length,
                                  all.entries[i].documents};
        }
        qsort(list, (size_t)all.count, sizeof *list, by_count);
    }
    for (int32_t i = 0; i < all.count && i < most && status == INGOT_OK; i++) {
        int32_t number;
        status = ingot_vocabulary_add(t->tokens, list[i].token, list[i].length, &number, t->error);
    }
    free(list);
    ingot_vocabulary_free(&all);
    return status;
}

/* Words as characters; one with a character that is no token is not looked at. */
static ingot_status spell(trainer *t, const ingot_vocabulary *words) {
    size_t bytes = 0;
    for (int32_t i = 0; i < words->count; i++) bytes += words->entries[i].length;
    t->words = calloc((size_t)words->count + 1, sizeof *t->words);
    t->pieces = malloc((bytes + 1) * sizeof *t->pieces);
    if (t->words == NULL || t->pieces == NULL) return no_memory(t);
    int32_t *to = t->pieces;
    ingot_status status = INGOT_OK;
    for (int32_t i = 0; i < words->count && status == INGOT_OK; i++) {
        const char *begin = ingot_vocabulary_term(words, i), *at = begin;
        const char *end = begin + words->entries[i].length;
        word *w = &t->words[t->word_count];
        *w = (word){to, 0, words->entries[i].documents};
        int whole = 1;
        while (at < end && whole) {
            char token[8];
            const int inside = at > begin;
            const size_t length = next_character(&at, end, inside, token);
            const int32_t number = ingot_vocabulary_find(t->tokens, token, length);
            if (number < 0) whole = 0;
            w->pieces[w->length++] = number;
        }
        if (!whole) continue;
        to += w->length;
        status = count_word(t, t->word_count++, 1);
    }
    return status;
}

/* ------------------------------------------------------------------ merges */

static ingot_status merge(trainer *t, int32_t number, int32_t token) {
    const int32_t left = t->pairs[number].left, right = t->pairs[number].right;
    int32_t *words = t->pairs[number].words;
    const int32_t count = t->pairs[number].word_count;
    ingot_status status = INGOT_OK;
    t->pairs[number].words = NULL; /* counting may move the pairs, and may see this one again */
    t->pairs[number].word_count = t->pairs[number].room = 0;
    for (int32_t i = 0; i < count && status == INGOT_OK; i++) {
        word *w = &t->words[words[i]];
        int32_t length = 0;
        int has = 0;
        for (int32_t k = 0; k + 1 < w->length; k++) {
            has |= w->pieces[k] == left && w->pieces[k + 1] == right;
        }
        if (!has) continue;
        status = count_word(t, words[i], -1);
        for (int32_t k = 0; k < w->length; k++) {
            const int here = k + 1 < w->length && w->pieces[k] == left && w->pieces[k + 1] == right;
            w->pieces[length++] = here ? token : w->pieces[k];
            k += here;
        }
        w->length = length;
        if (status == INGOT_OK) status = count_word(t, words[i], 1);
    }
    /* Now that all is counted: pairs that are new, or more frequent than they were. */
    for (int32_t i = 0; i < count && status == INGOT_OK; i++) {
        const word *w = &t->words[words[i]];
        for (int32_t k = 0; k + 1 < w->length && status == INGOT_OK; k++) {
            if (w->pieces[k] != token && w->pieces[k + 1] != token) continue;
            const int32_t p = t->slots[slot_of(t, w->pieces[k], w->pieces[k + 1])];
            if (t->pairs[p].queued < t->pairs[p].count) status = push(t, p);
        }
    }
    free(words);
    return status;
}

static ingot_status merges(trainer *t, int32_t size) {
    ingot_status status = INGOT_OK;
    for (int32_t i = 0; i < t->pair_count && status == INGOT_OK; i++) status = push(t, i);
    while (t->tokens->count < size && status == INGOT_OK) {
        int32_t number, token;
        char bytes[2 * INGOT_BASIC_BYTES + 8];
        status = pop(t, &number);
        if (status != INGOT_OK || number < 0) break;
        const size_t length = merged(t, &t->pairs[number], bytes);
        status = ingot_vocabulary_add(t->tokens, bytes, length, &token, t->error);
        if (status == INGOT_OK) status = merge(t, number, token);
    }
    return status;
}

ingot_status ingot_wordpiece_train(const ingot_vocabulary *words, int32_t size,
                                   ingot_vocabulary *tokens, ingot_error *error) {
    trainer t = {.tokens = tokens, .error = error};
    ingot_status status = ingot_vocabulary_of(tokens, first_tokens, SPECIALS, error);
    if (status == INGOT_OK) status = alphabet(&t, words, size / 2);
    if (status == INGOT_OK) status = spell(&t, words);
    if (status == INGOT_OK) status = merges(&t, size);
    for (int32_t i = 0; i < t.pair_count; i++) free(t.pairs[i].words);
    free(t.pairs);
    free(t.slots);
    free(t.heap);
    free(t.words);
    free(t.pieces);
    return status;
}
