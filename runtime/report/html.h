/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * html.h: text that grows, escaped where it must be.
 */
#ifndef INGOT_REPORT_HTML_H
#define INGOT_REPORT_HTML_H

#include <stddef.h>

/* A failed allocation sets `failed` and makes everything after it do nothing. */
typedef struct ingot_html {
    char *text; /* always terminated once something was added */
    size_t size, room;
    int failed;
} ingot_html;

/* As it is, as printf. */
void ingot_html_add(ingot_html *html, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text of unknown origin: & < > " ' escaped; control characters, and those that change the
 * direction of the text behind them, left out. */
void ingot_html_text(ingot_html *html, const char *text, size_t size);
void ingot_html_string(ingot_html *html, const char *text); /* NULL: nothing */

#endif
