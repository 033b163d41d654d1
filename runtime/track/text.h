/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * text.h: the values of query.h as tables for people.
 */
#ifndef INGOT_TRACK_TEXT_H
#define INGOT_TRACK_TEXT_H

#include <jansson.h>
#include <stdio.h>

void ingot_text_list(FILE *to, const json_t *runs);
void ingot_text_show(FILE *to, const json_t *run);
void ingot_text_compare(FILE *to, const json_t *all);

#endif
