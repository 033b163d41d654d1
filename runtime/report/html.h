/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * html.h: text that grows, escaped where it must be, and the charts of the report as inline SVG.
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

/* Text of unknown origin: & < > " ' escaped, other control characters left out. */
void ingot_html_text(ingot_html *html, const char *text, size_t size);
void ingot_html_string(ingot_html *html, const char *text); /* NULL: nothing */

/* One line of a chart; NaN values are left out. */
typedef struct ingot_series {
    const char *name;
    const char *style; /* CSS class: "a" or "b" */
    const double *values;
} ingot_series;

/* A line chart over 1 ... points: axis with round numbers, a legend, the value of each point on
 * hover. `title` and `unit` are plain text. */
void ingot_html_chart(ingot_html *html, const char *title, const char *x_name,
                      const ingot_series *series, size_t count, size_t points);

#endif
