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

/* Whether a control character of the bidirectional algorithm (U+202A ... 202E, U+2066 ... 2069)
 * stands here in UTF-8, which would turn round what stands behind it. */
static int turns_round(const char *text, size_t left) {
    if (left < 3 || (unsigned char)text[0] != 0xe2) return 0;
    const unsigned char second = (unsigned char)text[1], third = (unsigned char)text[2];
    return (second == 0x80 && third >= 0xaa && third <= 0xae) ||
           (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

void ingot_html_text(ingot_html *html, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (turns_round(text + i, size - i)) {
            i += 2;
            continue;
        }
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
