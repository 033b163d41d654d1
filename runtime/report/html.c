/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * html.c: see html.h.
 */
#include "report/html.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and a zero after them. */
static int make_room(ingot_html *html, size_t more) {
    if (html->failed) return 0;
    if (html->size + more + 1 > html->room) {
        size_t room = html->room ? html->room : 4096;
        while (html->size + more + 1 > room) room *= 2;
        char *text = realloc(html->text, room);
        if (!text) {
            html->failed = 1;
            return 0;
        }
        html->text = text;
        html->room = room;
    }
    return 1;
}

void ingot_html_add(ingot_html *html, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && make_room(html, (size_t)length)) {
        vsnprintf(html->text + html->size, (size_t)length + 1, format, again);
        html->size += (size_t)length;
    }
    va_end(again);
}

void ingot_html_text(ingot_html *html, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        switch (c) {
        case '&':
            ingot_html_add(html, "&amp;");
            break;
        case '<':
            ingot_html_add(html, "&lt;");
            break;
        case '>':
            ingot_html_add(html, "&gt;");
            break;
        case '"':
            ingot_html_add(html, "&quot;");
            break;
        case '\'':
            ingot_html_add(html, "&#39;");
            break;
        default:
            if ((c >= ' ' || c == '\n' || c == '\t') && c != 127 && make_room(html, 1)) {
                html->text[html->size++] = (char)c;
                html->text[html->size] = 0;
            }
        }
    }
}

void ingot_html_string(ingot_html *html, const char *text) {
    if (text) ingot_html_text(html, text, strlen(text));
}

/* ------------------------------------------------------------------ charts */

enum { WIDTH = 560, HEIGHT = 250, LEFT = 56, RIGHT = 12, TOP = 12, BOTTOM = 34, TICKS = 5 };

typedef struct axis {
    double low, high, step;
} axis;

/* Round numbers (1, 2 or 5 times a power of ten) around the values. */
static axis axis_of(const ingot_series *series, size_t count, size_t points) {
    double low = INFINITY, high = -INFINITY;
    for (size_t s = 0; s < count; s++) {
        for (size_t i = 0; i < points; i++) {
            const double v = series[s].values[i];
            if (!isfinite(v)) continue;
            low = fmin(low, v);
            high = fmax(high, v);
        }
    }
    if (low > high) low = 0, high = 1;
    if (high - low < 1e-12 * fmax(1e-300, fabs(high))) {
        const double around = high != 0 ? fabs(high) * 0.5 : 1;
        low -= around;
        high += around;
    }
    const double rough = (high - low) / (TICKS - 1);
    const double power = pow(10, floor(log10(rough)));
    const double times = rough / power;
    const double step = power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
    return (axis){floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step, step};
}

static double x_at(size_t i, size_t points) {
    if (points < 2) return LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
    return LEFT + (double)(WIDTH - LEFT - RIGHT) * (double)i / (double)(points - 1);
}

static double y_at(const axis *a, double v) {
    return TOP + (double)(HEIGHT - TOP - BOTTOM) * (a->high - v) / (a->high - a->low);
}

static void grid(ingot_html *html, const axis *a, const char *x_name, size_t points) {
    const int ticks = (int)lround((a->high - a->low) / a->step);
    for (int t = 0; t <= ticks; t++) {
        double v = a->low + t * a->step;
        if (fabs(v) < 1e-9 * a->step) v = 0; /* not -0 or 1e-17 */
        const double y = y_at(a, v);
        ingot_html_add(html,
                       "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                       "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>\n",
                       LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4, v);
    }
    const size_t every = points > 10 ? (points + 9) / 10 : 1;
    for (size_t i = 0; i < points; i += every) {
        ingot_html_add(html, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%zu</text>\n",
                       x_at(i, points), HEIGHT - BOTTOM + 15, i + 1);
    }
    ingot_html_add(html, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">",
                   LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 3);
    ingot_html_string(html, x_name);
    ingot_html_add(html, "</text>\n");
}

static void line(ingot_html *html, const axis *a, const ingot_series *s, size_t points) {
    ingot_html_add(html, "<polyline class=\"%s\" points=\"", s->style);
    for (size_t i = 0; i < points; i++) {
        if (!isfinite(s->values[i])) continue;
        ingot_html_add(html, "%.1f,%.1f ", x_at(i, points), y_at(a, s->values[i]));
    }
    ingot_html_add(html, "\"/>\n");
    for (size_t i = 0; i < points; i++) {
        if (!isfinite(s->values[i])) continue;
        ingot_html_add(html, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"><title>",
                       s->style, x_at(i, points), y_at(a, s->values[i]), points > 60 ? "1.5" : "3");
        ingot_html_string(html, s->name);
        ingot_html_add(html, ", %zu: %.6g</title></circle>\n", i + 1, s->values[i]);
    }
}

void ingot_html_chart(ingot_html *html, const char *title, const char *x_name,
                      const ingot_series *series, size_t count, size_t points) {
    const axis a = axis_of(series, count, points);
    ingot_html_add(html, "<figure><figcaption>");
    ingot_html_string(html, title);
    for (size_t s = 0; s < count && count > 1; s++) {
        ingot_html_add(html, " <span class=\"key %s\">", series[s].style);
        ingot_html_string(html, series[s].name);
        ingot_html_add(html, "</span>");
    }
    ingot_html_add(html, "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
                   WIDTH, HEIGHT);
    ingot_html_string(html, title);
    ingot_html_add(html, "\">\n");
    grid(html, &a, x_name, points);
    for (size_t s = 0; s < count; s++) line(html, &a, &series[s], points);
    ingot_html_add(html, "</svg></figure>\n");
}
