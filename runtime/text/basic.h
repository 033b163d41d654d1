/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * basic.h: how BERT's tokenizer makes words of a text, before it looks at a vocabulary. The
 * reference is BertTokenizer of the Python package transformers 4 (its BasicTokenizer and what
 * stands before that), with Unicode 14.0.0. In this order:
 *
 *   1. Bytes that are not UTF-8 become U+FFFD (utf8.h).
 *   2. The names of special tokens in the text ("[SEP]"), where the vocabulary has them, are those
 *      tokens and stand apart.
 *   3. Uncased: each character in lower case, by itself.
 *   4. Controls, format characters, private and unassigned code points and U+FFFD go; spaces of all
 *      kinds part words, ideographs are words of their own.
 *   5. NFC.
 *   6. Uncased: accents go (NFD, without category Mn).
 *   7. Every punctuation mark is a word of its own.
 */
#ifndef INGOT_TEXT_BASIC_H
#define INGOT_TEXT_BASIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    INGOT_BASIC_CHARACTERS = 100, /* a longer word is unknown */
    INGOT_BASIC_BYTES = 4 * INGOT_BASIC_CHARACTERS,
    INGOT_BASIC_SPECIALS = 5
};

/* "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" */
extern const char ingot_basic_specials[INGOT_BASIC_SPECIALS][8];

typedef struct ingot_basic_word {
    const char *bytes; /* UTF-8; valid during the call */
    size_t length;     /* of bytes; 0 for a word of more than INGOT_BASIC_CHARACTERS */
    int special;       /* an index into ingot_basic_specials, -1 for a word */
} ingot_basic_word;

/* false: no more words are wanted. */
typedef bool (*ingot_basic_sink)(void *user, const ingot_basic_word *word);

/* Memory that is used again from text to text; starts as {0}, release with free(text). */
typedef struct ingot_basic_scratch {
    uint32_t *text;
    size_t room;
} ingot_basic_scratch;

/* Calls sink for the words of a text, in order. Bit i of `specials`: special token i is known.
 * Fails only for want of memory, which a run of combining marks as long as the text may need. */
ingot_status ingot_basic_words(const char *text, size_t size, bool cased, unsigned specials,
                               ingot_basic_scratch *scratch, ingot_basic_sink sink, void *user,
                               ingot_error *error);

#endif
