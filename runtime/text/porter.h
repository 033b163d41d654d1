/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * porter.h: the Porter stemmer (M. F. Porter, "An algorithm for suffix stripping", Program 14(3),
 * 1980), with the departures of its author's published programs, which the published vocabulary has
 * its expected output from: words of one or two letters stay as they are, "bli" becomes "ble" (the
 * paper: "abli" becomes "able"), and "logi" becomes "log".
 */
#ifndef INGOT_TEXT_PORTER_H
#define INGOT_TEXT_PORTER_H

#include <stddef.h>

/* Stems a word of lower-case bytes in place and returns its new length, which is never greater. A
 * word with anything but a to z in it (an accent, a digit, an apostrophe) is left as it is. */
size_t ingot_porter_stem(char *word, size_t length);

#endif
