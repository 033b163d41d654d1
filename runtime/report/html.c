/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * html.c: see html.h.
 */
#include "report/html.h"

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
