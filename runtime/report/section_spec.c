/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_spec.c: the text of the spec, with Lua's words in colour. A scanner for looks only: what
 * it does not understand stays plain text.
 */
#include <ctype.h>
#include <string.h>

#include "report/sections.h"

static int is_name(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static int is_keyword(const char *text, size_t length) {
    static const char *const words[] = {"and",   "break", "do",       "else", "elseif", "end",
                                        "false", "for",   "function", "goto", "if",     "in",
                                        "local", "nil",   "not",      "or",   "repeat", "return",
                                        "then",  "true",  "until",    "while"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0) return 1;
    }
    return 0;
}

/* The end of a long bracket that opens at `at` ("[[", "[==["); 0: none opens there. */
static size_t long_bracket(const char *text, size_t size, size_t at) {
    size_t level = 0, i = at + 1;
    if (text[at] != '[') return 0;
    while (i < size && text[i] == '=') level++, i++;
    if (i >= size || text[i] != '[') return 0;
    for (; i < size; i++) {
        size_t j = i + 1;
        if (text[i] != ']') continue;
        while (j < size && text[j] == '=') j++;
        if (j < size && text[j] == ']' && j - i - 1 == level) return j + 1;
    }
    return size;
}

/* Where the token that begins at `at` ends, and its class: 0 for plain text. */
static size_t token(const char *text, size_t size, size_t at, char *class) {
    const char c = text[at];
    size_t end = at + 1;
    *class = 0;
    if (c == '-' && end < size && text[end] == '-') {
        *class = 'r';
        const size_t whole = end + 1 < size ? long_bracket(text, size, end + 1) : 0;
        if (whole) return whole;
        while (end < size && text[end] != '\n') end++;
    } else if (c == '"' || c == '\'') {
        *class = 's';
        while (end < size && text[end] != c && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
        end = end < size && text[end] == c ? end + 1 : end < size ? end : size;
    } else if (c == '[' && long_bracket(text, size, at)) {
        *class = 's';
        end = long_bracket(text, size, at);
    } else if (isdigit((unsigned char)c)) {
        *class = 'd';
        while (end < size && (is_name(text[end]) || text[end] == '.' ||
                              ((text[end] == '-' || text[end] == '+') &&
                               (text[end - 1] == 'e' || text[end - 1] == 'E')))) {
            end++;
        }
    } else if (is_name(c)) {
        while (end < size && is_name(text[end])) end++;
        size_t next = end;
        while (next < size && text[next] == ' ') next++;
        if (is_keyword(text + at, end - at)) {
            *class = 'k';
        } else if (next < size && (text[next] == '{' || text[next] == '(')) {
            *class = 'f';
        }
    }
    return end;
}

static void render(ingot_html *html, const json_t *results) {
    const json_t *spec = json_object_get(results, "spec");
    const char *text = json_string_value(spec);
    const size_t size = json_string_length(spec);
    if (!text || size == 0) return;
    ingot_html_add(html, "<pre>");
    for (size_t at = 0; at < size;) {
        char class;
        const size_t end = token(text, size, at, &class);
        if (class) ingot_html_add(html, "<span class=\"%c\">", class);
        ingot_html_text(html, text + at, end - at);
        if (class) ingot_html_add(html, "</span>");
        at = end;
    }
    ingot_html_add(html, "</pre>\n");
}

const ingot_section ingot_section_spec = {"spec", "Spec", render};
