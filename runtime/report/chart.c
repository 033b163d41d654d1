/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * chart.c: see chart.h. Coordinates are those of the view box; the page scales it, so that a figure
 * fits a phone's width as well as a third of a desk's.
 */
#include "report/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 400, HEIGHT = 236, SIDE = 330, LEFT = 50, RIGHT = 12, TOP = 10, BOTTOM = 38 };
enum { TICKS = 5, COLUMNS = 150, DOTS = 1200 };

typedef struct frame {
    int width, height;
    double x0, x1, y0, y1; /* values at the edges */
    double x_step, y_step; /* between ticks */
} frame;

/* ------------------------------------------------------------------ axes */

/* A round step (1, 2 or 5 times a power of ten) that makes about `ticks` of a span. */
static double round_step(double span, int ticks) {
    const double rough = span / (ticks - 1);
    const double power = pow(10, floor(log10(rough)));
    const double times = rough / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void scale_axis(const ingot_axis *axis, double low, double high, int ticks, double *from,
                       double *to, double *step) {
    if (isfinite(axis->low) && isfinite(axis->high)) {
        *from = axis->low;
        *to = axis->high;
        *step = *to > *from ? round_step(*to - *from, ticks) : 1;
        if (*to <= *from) *to = *from + 1;
        return;
    }
    if (low > high) low = 0, high = 1;
    if (high - low < 1e-12 * fmax(1e-300, fabs(high))) {
        const double around = high != 0 ? fabs(high) * 0.5 : 1;
        low -= around;
        high += around;
    }
    *step = round_step(high - low, ticks);
    *from = floor(low / *step + 1e-9) * *step;
    *to = ceil(high / *step - 1e-9) * *step;
}

static double x_at(const frame *f, double x) {
    return LEFT + (f->width - LEFT - RIGHT) * (x - f->x0) / (f->x1 - f->x0);
}

static double y_at(const frame *f, double y) {
    return TOP + (f->height - TOP - BOTTOM) * (f->y1 - y) / (f->y1 - f->y0);
}

static double no_dust(double v, double step) {
    return fabs(v) < 1e-9 * step ? 0 : v; /* not -0 or 1e-17 */
}

/* "0.25", "20.6k": short enough for the margin. */
static const char *tick_text(double v, char text[32]) {
    static const char *const units[] = {"", "k", "M", "G", "T"};
    int unit = 0;
    while (fabs(v) >= (unit ? 1000 : 10000) && unit < 4) v /= 1000, unit++;
    snprintf(text, 32, "%.4g%s", v, units[unit]);
    return text;
}

static void draw_axes(ingot_html *html, const frame *f, const char *x_name, const char *y_name,
                      int whole) {
    const int bottom = f->height - BOTTOM;
    char text[32];
    const long y_first = lround(ceil(f->y0 / f->y_step - 1e-9));
    const long y_last = lround(floor(f->y1 / f->y_step + 1e-9));
    for (long tick = y_first; tick <= y_last; tick++) {
        const double v = (double)tick * f->y_step;
        const double y = y_at(f, v);
        ingot_html_add(html,
                       "<path class=\"grid\" d=\"M%d %.1fH%d\"/>"
                       "<text x=\"%d\" y=\"%.1f\" class=\"e\">%s</text>\n",
                       LEFT, y, f->width - RIGHT, LEFT - 6, y + 3.5,
                       tick_text(no_dust(v, f->y_step), text));
    }
    const double x_step = whole && f->x_step < 1 ? 1 : f->x_step;
    const long x_first = lround(ceil(f->x0 / x_step - 1e-9));
    const long x_last = lround(floor(f->x1 / x_step + 1e-9));
    for (long tick = x_first; tick <= x_last; tick++) {
        const double v = (double)tick * x_step;
        if (whole && v < 1) continue;
        ingot_html_add(html, "<text x=\"%.1f\" y=\"%d\" class=\"m\">%s</text>\n", x_at(f, v),
                       bottom + 14, tick_text(no_dust(v, x_step), text));
    }
    ingot_html_add(html, "<text x=\"%d\" y=\"%d\" class=\"m n\">",
                   LEFT + (f->width - LEFT - RIGHT) / 2, f->height - 5);
    ingot_html_string(html, x_name);
    ingot_html_add(html, "</text>");
    if (y_name) {
        ingot_html_add(html, "<text transform=\"translate(11 %d) rotate(-90)\" class=\"m n\">",
                       TOP + (bottom - TOP) / 2);
        ingot_html_string(html, y_name);
        ingot_html_add(html, "</text>");
    }
    ingot_html_add(html, "<path class=\"axis\" d=\"M%d %dH%d\"/>\n", LEFT, bottom,
                   f->width - RIGHT);
}

static void open_figure(ingot_html *html, const char *title, const char *note) {
    ingot_html_add(html, "<figure><figcaption><b>");
    ingot_html_string(html, title);
    ingot_html_add(html, "</b>");
    if (note) {
        ingot_html_add(html, " <span class=\"soft\">");
        ingot_html_string(html, note);
        ingot_html_add(html, "</span>");
    }
}

static void open_svg(ingot_html *html, const frame *f, const char *title) {
    ingot_html_add(html, "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
                   f->width, f->height);
    ingot_html_string(html, title);
    ingot_html_add(html, "\">\n");
}

static void draw_diagonal(ingot_html *html, const frame *f) {
    ingot_html_add(html, "<path class=\"diagonal\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", x_at(f, f->x0),
                   y_at(f, f->y0), x_at(f, f->x1), y_at(f, f->y1));
}

/* ------------------------------------------------------------------ lines */

static int there(const ingot_line *line, size_t i) {
    return isfinite(line->x[i]) && isfinite(line->y[i]);
}

static void draw_line(ingot_html *html, const frame *f, const ingot_line *line) {
    ingot_html_add(html, "<path class=\"line c%d%s%s\" d=\"", line->colour,
                   line->dashed ? " dashed" : "", line->faint ? " faint" : "");
    size_t drawn = 0, last = 0;
    for (size_t i = 0; i < line->count; i++) {
        if (!there(line, i)) continue;
        ingot_html_add(html, "%c%.1f %.1f", drawn++ ? 'L' : 'M', x_at(f, line->x[i]),
                       y_at(f, line->y[i]));
        last = i;
    }
    ingot_html_add(html, "\"><title>");
    ingot_html_string(html, line->name);
    ingot_html_add(html, "</title></path>\n");
    if (drawn == 1) { /* a line of one point would not be seen */
        ingot_html_add(html, "<circle class=\"dot c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>\n",
                       line->colour, x_at(f, line->x[last]), y_at(f, line->y[last]));
    }
}

/* A strip over each x (or over groups of them): what lies under the pointer says all its values. */
static void draw_columns(ingot_html *html, const frame *f, const ingot_chart *c) {
    const ingot_line *first = &c->lines[0];
    const size_t every = (first->count + COLUMNS - 1) / COLUMNS;
    for (size_t i = 0; i < first->count; i += every) {
        const double x = x_at(f, first->x[i]);
        const double before = i ? x_at(f, first->x[i - every]) : LEFT;
        const double after =
            i + every < first->count ? x_at(f, first->x[i + every]) : f->width - RIGHT;
        const double left = i ? (before + x) / 2 : LEFT;
        const double right = i + every < first->count ? (x + after) / 2 : f->width - RIGHT;
        ingot_html_add(html, "<g class=\"hit\"><path d=\"M%.1f %dV%d\"/>", x, TOP,
                       f->height - BOTTOM);
        for (size_t l = 0; l < c->count; l++) {
            if (!there(&c->lines[l], i)) continue;
            ingot_html_add(html, "<circle class=\"c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>",
                           c->lines[l].colour, x, y_at(f, c->lines[l].y[i]));
        }
        ingot_html_add(
            html, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/><title>%s %.6g", left,
            TOP, fmax(right - left, 0.5), f->height - TOP - BOTTOM, c->x.name, first->x[i]);
        for (size_t l = 0; l < c->count; l++) {
            if (!there(&c->lines[l], i)) continue;
            ingot_html_add(html, "\n");
            ingot_html_string(html, c->lines[l].name);
            ingot_html_add(html, " %.5g", c->lines[l].y[i]);
        }
        ingot_html_add(html, "</title></g>\n");
    }
}

static void draw_points(ingot_html *html, const frame *f, const ingot_chart *c) {
    size_t all = 0;
    for (size_t l = 0; l < c->count; l++) all += c->lines[l].count;
    const size_t every = (all + DOTS - 1) / DOTS;
    for (size_t l = 0; l < c->count; l++) {
        const ingot_line *line = &c->lines[l];
        for (size_t i = 0; i < line->count; i += every) {
            if (!there(line, i)) continue;
            ingot_html_add(html,
                           "<circle class=\"point c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>",
                           line->colour, x_at(f, line->x[i]), y_at(f, line->y[i]));
            ingot_html_string(html, line->name);
            ingot_html_add(html, "\n%s %.4g\n%s %.4g</title></circle>\n", c->x.name, line->x[i],
                           c->y.name ? c->y.name : "", line->y[i]);
        }
    }
}

static frame frame_of(const ingot_chart *c) {
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t l = 0; l < c->count; l++) {
        for (size_t i = 0; i < c->lines[l].count; i++) {
            if (!there(&c->lines[l], i)) continue;
            const double v[2] = {c->lines[l].x[i], c->lines[l].y[i]};
            for (int k = 0; k < 2; k++) {
                low[k] = fmin(low[k], v[k]);
                high[k] = fmax(high[k], v[k]);
            }
        }
    }
    frame f = {c->square ? SIDE : WIDTH, c->square ? SIDE : HEIGHT, 0, 1, 0, 1, 1, 1};
    scale_axis(&c->x, low[0], high[0], c->square ? 6 : 9, &f.x0, &f.x1, &f.x_step);
    scale_axis(&c->y, low[1], high[1], c->square ? 6 : TICKS, &f.y0, &f.y1, &f.y_step);
    return f;
}

void ingot_chart_lines(ingot_html *html, const ingot_chart *c) {
    const frame f = frame_of(c);
    open_figure(html, c->title, c->note);
    if (c->legend) {
        ingot_html_add(html, "<span class=\"legend\">");
        for (size_t l = 0; l < c->count; l++) {
            ingot_html_add(html, "<span class=\"key c%d%s\">", c->lines[l].colour,
                           c->lines[l].dashed ? " dashed" : "");
            ingot_html_string(html, c->lines[l].name);
            ingot_html_add(html, "</span>");
        }
        ingot_html_add(html, "</span>");
    }
    open_svg(html, &f, c->title);
    draw_axes(html, &f, c->x.name, c->y.name, c->x.whole);
    if (c->diagonal) draw_diagonal(html, &f);
    if (isfinite(c->mark)) {
        ingot_html_add(html, "<path class=\"mark\" d=\"M%.1f %dV%d\"><title>", x_at(&f, c->mark),
                       TOP, f.height - BOTTOM);
        ingot_html_string(html, c->mark_name);
        ingot_html_add(html, "</title></path>\n");
    }
    for (size_t l = 0; l < c->count; l++) draw_line(html, &f, &c->lines[l]);
    if (c->by_column && c->count > 0) {
        draw_columns(html, &f, c);
    } else {
        draw_points(html, &f, c);
    }
    ingot_html_add(html, "</svg></figure>\n");
}

/* ------------------------------------------------------------------ dots, bars, cells */

void ingot_chart_scatter(ingot_html *html, const char *title, const char *x_name,
                         const char *y_name, const double *x, const double *y, size_t count) {
    double low = INFINITY, high = -INFINITY, step = 1;
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, fmin(x[i], y[i]));
        high = fmax(high, fmax(x[i], y[i]));
    }
    const ingot_axis any = {NAN, NAN, NULL, 0};
    frame f = {SIDE, SIDE, 0, 1, 0, 1, 1, 1};
    scale_axis(&any, low, high, 6, &f.x0, &f.x1, &step);
    f.y0 = f.x0;
    f.y1 = f.x1;
    f.x_step = f.y_step = step;
    open_figure(html, title, NULL);
    open_svg(html, &f, title);
    draw_axes(html, &f, x_name, y_name, 0);
    draw_diagonal(html, &f);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) continue;
        ingot_html_add(html,
                       "<circle class=\"dot c0 thin\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s "
                       "%.5g\n%s %.5g</title></circle>\n",
                       x_at(&f, x[i]), y_at(&f, y[i]), x_name, x[i], y_name, y[i]);
    }
    ingot_html_add(html, "</svg></figure>\n");
}

void ingot_chart_bars(ingot_html *html, const char *title, const char *note, const ingot_axis *x,
                      const ingot_axis *y, const double *values, const char *const *names,
                      size_t count, int diagonal) {
    double high = 0;
    for (size_t i = 0; i < count; i++) high = fmax(high, values[i]);
    frame f = {diagonal ? SIDE : WIDTH, diagonal ? SIDE : HEIGHT, x->low, x->high, 0, 1, 1, 1};
    const ingot_axis rising = {isfinite(y->high) ? 0 : NAN, y->high, y->name, 0};
    scale_axis(x, x->low, x->high, 6, &f.x0, &f.x1, &f.x_step);
    scale_axis(&rising, 0, high > 0 ? high : 1, diagonal ? 6 : TICKS, &f.y0, &f.y1, &f.y_step);
    open_figure(html, title, note);
    open_svg(html, &f, title);
    draw_axes(html, &f, x->name, y->name, 0);
    const double step = (f.x1 - f.x0) / (double)count;
    for (size_t i = 0; i < count; i++) {
        const double from = x_at(&f, f.x0 + step * (double)i);
        const double to = x_at(&f, f.x0 + step * (double)(i + 1));
        const double top = y_at(&f, values[i]), bottom = f.height - BOTTOM;
        ingot_html_add(html,
                       "<g class=\"hit bar\"><rect class=\"fill\" x=\"%.1f\" y=\"%.1f\" "
                       "width=\"%.1f\" height=\"%.1f\"/><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
                       "height=\"%.1f\"/><title>",
                       from + 0.75, top, to - from - 1.5, fmax(bottom - top, 0), from, TOP,
                       to - from, bottom - TOP);
        ingot_html_string(html, names[i]);
        ingot_html_add(html, "</title></g>\n");
    }
    if (diagonal) draw_diagonal(html, &f);
    ingot_html_add(html, "</svg></figure>\n");
}

void ingot_chart_heat(ingot_html *html, const char *title, size_t size, const ingot_cell *cells,
                      size_t count) {
    const double edge = 600.0 / (double)size;
    ingot_html_add(html, "<figure class=\"heat\"><svg viewBox=\"0 0 600 600\" role=\"img\" "
                         "aria-label=\"");
    ingot_html_string(html, title);
    ingot_html_add(html, "\"><rect class=\"ground\" width=\"600\" height=\"600\"/>\n");
    for (size_t i = 0; i < count; i++) {
        const ingot_cell *c = &cells[i];
        ingot_html_add(html,
                       "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.2f\" "
                       "style=\"--s:%.2f\"><title>",
                       c->row == c->column ? "hit-cell" : "miss-cell", edge * (double)c->column,
                       edge * (double)c->row, edge, edge, 0.15 + 0.85 * c->share);
        ingot_html_string(html, c->text);
        ingot_html_add(html, "</title></rect>\n");
    }
    ingot_html_add(html, "</svg></figure>\n");
}
