/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * wordpiece.h: a text as ids of the pieces of words in a vocabulary (Schuster and Nakajima,
 * "Japanese and Korean voice search", 2012; Wu et al. 2016), as BERT uses it: the text is parted
 * into words (basic.h), each word into the longest pieces that the vocabulary has, from left to
 * right; pieces behind the first begin with "##" there. A word that cannot be put together from
 * pieces, or that has more than 100 characters, is [UNK]. Token for token what BertTokenizer of
 * transformers 4 gives.
 *
 * A vocabulary is vocab.txt: one token a line, its number (from 0) the id.
 */
#ifndef INGOT_TEXT_WORDPIECE_H
#define INGOT_TEXT_WORDPIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/basic.h"
#include "text/trie.h"

typedef struct ingot_wordpiece {
    ingot_trie trie;
    bool cased;
    int32_t count;                         /* of tokens */
    int32_t tail;                          /* the trie's node behind "##", -1: no token begins so */
    unsigned known;                        /* bit i: ingot_basic_specials[i] is a token ... */
    int32_t special[INGOT_BASIC_SPECIALS]; /* ... and this is its id; -1 */
} ingot_wordpiece;

/* Indices of ingot_basic_specials. */
enum { INGOT_UNK, INGOT_SEP, INGOT_PAD, INGOT_CLS, INGOT_MASK };

/* Reads vocab.txt; `name` names it in messages, which say the line. Errors: bytes that are not
 * UTF-8, NUL, an empty line that is not at the end, lines that end with CR LF, a token twice, no
 * [UNK], [CLS], [SEP] or [PAD], more than 2^24 tokens. The text is not needed afterwards. */
ingot_status ingot_wordpiece_open(const char *text, size_t size, const char *name, bool cased,
                                  ingot_wordpiece *to, ingot_error *error);
/* The same of tokens in the order of their ids, none of them empty. */
ingot_status ingot_wordpiece_of(const char *const *tokens, int32_t count, bool cased,
                                ingot_wordpiece *to, ingot_error *error);
void ingot_wordpiece_close(ingot_wordpiece *wordpiece);

/* The first `room` ids of a text, without [CLS] and [SEP]. What is behind them is not read. */
ingot_status ingot_wordpiece_ids(const ingot_wordpiece *wordpiece, const char *text, size_t size,
                                 ingot_basic_scratch *scratch, int32_t *ids, size_t room,
                                 size_t *count, ingot_error *error);

/* A text as a model reads it: [CLS], at most length - 2 ids, [SEP], then [PAD] up to `length`,
 * which is at least 2. *count: all but the padding. */
ingot_status ingot_wordpiece_row(const ingot_wordpiece *wordpiece, const char *text, size_t size,
                                 ingot_basic_scratch *scratch, int32_t *ids, size_t length,
                                 size_t *count, ingot_error *error);

#endif
