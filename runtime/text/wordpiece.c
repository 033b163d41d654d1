/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 */
#include "text/wordpiece.h"

#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

enum {
    MOST_TOKENS = 1 << 24,
    LONGEST = INGOT_BASIC_BYTES + 2 /* what is longer matches no word */
};

/* By bytes, then by line. */
static int by_name(const void *a, const void *b) {
    const ingot_trie_word *left = a, *right = b;
    const size_t shorter = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->bytes, right->bytes, shorter);
    if (order == 0) order = (left->length > right->length) - (left->length < right->length);
    return order != 0 ? order : (left->value > right->value) - (left->value < right->value);
}

static ingot_status parse(const char *text, size_t size, const char *name, ingot_trie_word *words,
                          int32_t *count, ingot_error *error) {
    const char *end = text + size;
    while (end > text && (end[-1] == '\n' || end[-1] == '\r')) {
        if (end[-1] == '\r' && end < text + size && *end == '\n') {
            return ingot_fail(error, INGOT_FAILED,
                              "%s: lines end with CR LF; a vocabulary has LF alone", name);
        }
        end--;
    }
    *count = 0;
    for (const char *at = text; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL) stop = end;
        const size_t length = (size_t)(stop - at);
        const int32_t line = *count + 1;
        if (length == 0) {
            return ingot_fail(error, INGOT_FAILED, "%s: line %d is empty", name, line);
        }
        if (stop[-1] == '\r') {
            return ingot_fail(error, INGOT_FAILED,
                              "%s: line %d ends with CR LF; a vocabulary has LF alone", name, line);
        }
        if (memchr(at, '\0', length) != NULL) {
            return ingot_fail(error, INGOT_FAILED, "%s: line %d has a NUL in it", name, line);
        }
        if (!ingot_utf8_valid(at, length)) {
            return ingot_fail(error, INGOT_FAILED, "%s: line %d is not UTF-8", name, line);
        }
        if (*count == MOST_TOKENS) {
            return ingot_fail(error, INGOT_FAILED, "%s: more than %d tokens", name, MOST_TOKENS);
        }
        words[*count] = (ingot_trie_word){at, length, *count};
        (*count)++;
        at = stop < end ? stop + 1 : end;
    }
    if (*count == 0) return ingot_fail(error, INGOT_FAILED, "%s: no tokens in it", name);
    return INGOT_OK;
}

static ingot_status check(const ingot_trie_word *words, int32_t count, const char *name,
                          ingot_wordpiece *to, ingot_error *error) {
    for (int32_t i = 1; i < count; i++) {
        if (words[i].length == words[i - 1].length &&
            memcmp(words[i].bytes, words[i - 1].bytes, words[i].length) == 0) {
            return ingot_fail(error, INGOT_FAILED, "%s: \"%.*s\" stands in line %d and in line %d",
                              name, words[i].length < 100 ? (int)words[i].length : 100,
                              words[i].bytes, words[i - 1].value + 1, words[i].value + 1);
        }
    }
    for (int i = 0; i < INGOT_BASIC_SPECIALS; i++) {
        const char *special = ingot_basic_specials[i];
        const ingot_trie_word *found = NULL;
        for (int32_t j = 0; j < count; j++) {
            if (words[j].length == strlen(special) &&
                memcmp(words[j].bytes, special, words[j].length) == 0) {
                found = &words[j];
            }
        }
        to->special[i] = found != NULL ? found->value : -1;
        if (found != NULL) {
            to->known |= 1u << i;
        } else if (i != INGOT_MASK) {
            return ingot_fail(error, INGOT_FAILED, "%s: there is no %s in it", name, special);
        }
    }
    return INGOT_OK;
}

/* From tokens in any order, each with its id; sorts them. */
static ingot_status build(ingot_trie_word *words, int32_t count, const char *name, bool cased,
                          ingot_wordpiece *to, ingot_error *error) {
    to->cased = cased;
    to->count = count;
    qsort(words, (size_t)count, sizeof *words, by_name);
    ingot_status status = check(words, count, name, to, error);
    if (status != INGOT_OK) return status;
    size_t kept = 0;
    for (int32_t i = 0; i < count; i++) {
        if (words[i].length <= LONGEST) words[kept++] = words[i];
    }
    status = ingot_trie_build(words, kept, &to->trie, error);
    if (status != INGOT_OK) return status;
    to->tail = ingot_trie_step(&to->trie, 0, '#');
    if (to->tail >= 0) to->tail = ingot_trie_step(&to->trie, to->tail, '#');
    return INGOT_OK;
}

ingot_status ingot_wordpiece_open(const char *text, size_t size, const char *name, bool cased,
                                  ingot_wordpiece *to, ingot_error *error) {
    size_t lines = 1;
    int32_t count;
    memset(to, 0, sizeof *to);
    to->tail = -1;
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    if (lines > MOST_TOKENS) lines = MOST_TOKENS;
    ingot_trie_word *words = malloc(lines * sizeof *words);
    if (words == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for %s", name);
    ingot_status status = parse(text, size, name, words, &count, error);
    if (status == INGOT_OK) status = build(words, count, name, cased, to, error);
    free(words);
    return status;
}

ingot_status ingot_wordpiece_of(const char *const *tokens, int32_t count, bool cased,
                                ingot_wordpiece *to, ingot_error *error) {
    memset(to, 0, sizeof *to);
    to->tail = -1;
    ingot_trie_word *words = malloc((size_t)count * sizeof *words + 1);
    if (words == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for a vocabulary");
    for (int32_t i = 0; i < count; i++) {
        words[i] = (ingot_trie_word){tokens[i], strlen(tokens[i]), i};
    }
    const ingot_status status = build(words, count, "the vocabulary", cased, to, error);
    free(words);
    return status;
}

void ingot_wordpiece_close(ingot_wordpiece *wordpiece) {
    ingot_trie_free(&wordpiece->trie);
}

typedef struct out {
    const ingot_wordpiece *wordpiece;
    int32_t *ids;
    size_t room, count;
} out;

/* The pieces of a word; 0: it has none. */
static size_t pieces_of(const ingot_wordpiece *wordpiece, const char *bytes, size_t length,
                        int32_t pieces[INGOT_BASIC_BYTES]) {
    const ingot_trie_node *nodes = wordpiece->trie.nodes;
    size_t count = 0;
    int32_t node = 0;
    for (size_t at = 0; at < length;) {
        int32_t longest = -1;
        size_t end = at;
        for (size_t i = at; i < length; i++) {
            const int32_t next = nodes[node].base + (unsigned char)bytes[i];
            if (nodes[next].check != node) break;
            node = next;
            if (nodes[node].value >= 0) {
                longest = nodes[node].value;
                end = i + 1;
            }
        }
        if (longest < 0) return 0;
        pieces[count++] = longest;
        at = end;
        node = wordpiece->tail;
        if (node < 0 && at < length) return 0;
    }
    return count;
}

static bool take(void *user, const ingot_basic_word *word) {
    out *to = user;
    const ingot_wordpiece *wordpiece = to->wordpiece;
    if (word->special >= 0) {
        if (to->count < to->room) to->ids[to->count++] = wordpiece->special[word->special];
        return to->count < to->room;
    }
    int32_t pieces[INGOT_BASIC_BYTES];
    size_t count = pieces_of(wordpiece, word->bytes, word->length, pieces);
    if (count == 0) {
        pieces[0] = wordpiece->special[INGOT_UNK];
        count = 1;
    }
    if (count > to->room - to->count) count = to->room - to->count;
    for (size_t i = 0; i < count; i++) to->ids[to->count + i] = pieces[i];
    to->count += count;
    return to->count < to->room;
}

ingot_status ingot_wordpiece_ids(const ingot_wordpiece *wordpiece, const char *text, size_t size,
                                 ingot_basic_scratch *scratch, int32_t *ids, size_t room,
                                 size_t *count, ingot_error *error) {
    out to = {wordpiece, ids, room, 0};
    ingot_status status = INGOT_OK;
    if (room > 0) {
        status = ingot_basic_words(text, size, wordpiece->cased, wordpiece->known, scratch, take,
                                   &to, error);
    }
    *count = to.count;
    return status;
}

ingot_status ingot_wordpiece_row(const ingot_wordpiece *wordpiece, const char *text, size_t size,
                                 ingot_basic_scratch *scratch, int32_t *ids, size_t length,
                                 size_t *count, ingot_error *error) {
    size_t inside;
    ingot_status status =
        ingot_wordpiece_ids(wordpiece, text, size, scratch, ids + 1, length - 2, &inside, error);
    if (status != INGOT_OK) return status;
    ids[0] = wordpiece->special[INGOT_CLS];
    ids[1 + inside] = wordpiece->special[INGOT_SEP];
    *count = inside + 2;
    for (size_t i = *count; i < length; i++) ids[i] = wordpiece->special[INGOT_PAD];
    return INGOT_OK;
}
