/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * text_rules.h: how the bytes of a text become the text of a sample; what all readers of texts
 * share.
 */
#ifndef INGOT_DATA_TEXT_RULES_H
#define INGOT_DATA_TEXT_RULES_H

#include "data/reader.h"
#include "text/clean.h"

typedef struct ingot_text_rules {
    int64_t min_length; /* characters, white space at both ends aside; shorter texts are left out */
    int32_t latin1;     /* 1: the bytes are ISO 8859-1; 0: UTF-8, what is none being replaced */
    int32_t strip_headers; /* 1: what comes before the first empty line, and that line, are no text
                            * (of messages, RFC 5322); where there is none nothing is taken away */
} ingot_text_rules;

/* A text, in memory that is used again for the next. */
typedef struct ingot_text {
    ingot_text_buffer clean; /* text/clean.h */
    ingot_text_buffer wide;  /* of ISO 8859-1, as UTF-8 */
    int64_t replaced;
} ingot_text;

/* Makes the text of `bytes`: cleaned as text/clean.h says. */
ingot_status ingot_text_take(ingot_text *to, const ingot_text_rules *rules, const char *bytes,
                             size_t size, ingot_error *error);
void ingot_text_free(ingot_text *text);

/* Whether the text can be a sample. INGOT_FAILED, and why, where it has nothing but white space and
 * rules say nothing of its length; INGOT_OK with *left_out 1 and why in *error where it is shorter
 * than they ask. */
ingot_status ingot_text_judge(const ingot_text *text, const ingot_text_rules *rules, int *left_out,
                              ingot_error *error);

/* The text of a line of standard input, from malloc: the line itself, or, where it begins with '{',
 * the text in `field` of the JSON object that it is. */
ingot_status ingot_text_of_line(const char *line, size_t size, const char *field, char **text,
                                size_t *length, ingot_error *error);

/* The signal of a text, valid as long as it is. */
ingot_signal ingot_text_signal(const ingot_text *text, int64_t line);

#endif
