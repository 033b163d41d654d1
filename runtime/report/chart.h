/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * chart.h: the charts of the report as inline SVG in a <figure>. What is under the pointer says its
 * value (<title>, which the page's script shows in a box of its own, also where it is tapped). All
 * names and captions are plain text of any origin.
 */
#ifndef INGOT_REPORT_CHART_H
#define INGOT_REPORT_CHART_H

#include "report/html.h"

enum { INGOT_COLOURS = 8 }; /* of the style sheet: classes c0 ... c7 */

/* One line. Points whose x or y is not finite are left out. */
typedef struct ingot_line {
    const char *name;
    int colour; /* 0 ... INGOT_COLOURS - 1 */
    int dashed, faint;
    size_t count;
    const double *x, *y;
} ingot_line;

typedef struct ingot_axis {
    double low, high; /* both NaN: round numbers around the values */
    const char *name;
    int whole; /* 1: ticks at whole numbers only */
} ingot_axis;

typedef struct ingot_chart {
    const char *title;
    const char *note; /* behind the title, softer; NULL: none */
    ingot_axis x, y;
    int square;
    int diagonal;  /* a dashed line from the lower left to the upper right corner */
    int legend;    /* 1: names of the lines under the title */
    int by_column; /* 1: lines have the same x; the values of all under the pointer at once */
    double mark;   /* a vertical line at this x; NaN: none */
    const char *mark_name;
    const ingot_line *lines;
    size_t count;
} ingot_chart;

void ingot_chart_lines(ingot_html *html, const ingot_chart *chart);

/* Dots at (x, y), both axes alike, and the diagonal. */
void ingot_chart_scatter(ingot_html *html, const char *title, const char *x_name,
                         const char *y_name, const double *x, const double *y, size_t count);

/* Bars side by side from `low` to `high`, each of the same width. `names[i]` is said of bar i. */
void ingot_chart_bars(ingot_html *html, const char *title, const char *note, const ingot_axis *x,
                      const ingot_axis *y, const double *values, const char *const *names,
                      size_t count, int diagonal);

/* `share` is 0 ... 1: a cell of a heat map of size x size, with its row and column. */
typedef struct ingot_cell {
    size_t row, column;
    double share;
    const char *text;
} ingot_cell;

void ingot_chart_heat(ingot_html *html, const char *title, size_t size, const ingot_cell *cells,
                      size_t count);

#endif
