/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * error.c: formats the one line that an error is (error.h). Never fails, never allocates on the
 * heap: it has to work when memory is what ran out.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message is one line whatever a file name or a library puts into it: control characters would
 * break the terminal, the log and the JSON of --json. UTF-8 passes; a truncation at the end does
 * not leave half a character. */
static void make_one_line(char *text) {
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f) text[i] = c == '\n' || c == '\t' ? ' ' : '?';
    }
    while (length > 0 && text[length - 1] == ' ') text[--length] = '\0';
}

static void cut_at_character(char *text) {
    size_t length = strlen(text), start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80 && length - start < 3) {
        start--;
    }
    if (start == 0) return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (needed > 1 && length - (start - 1) < needed) text[start - 1] = '\0';
}

static void format_into(char *text, size_t size, const char *format, va_list arguments) {
    int written = vsnprintf(text, size, format, arguments);
    if (written < 0) {
        /* An encoding error of the C library: the format itself is the best that is left. */
        snprintf(text, size, "%s", format);
    } else if ((size_t)written >= size) {
        cut_at_character(text);
    }
    make_one_line(text);
}

/* The name in parentheses: error.h has a macro of that name for analysers. */
ingot_status(ingot_fail)(ingot_error *error, ingot_status status, const char *format, ...) {
    if (error == NULL) return status;
    /* Formatted aside, since an argument may be error->text itself. */
    char text[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    format_into(text, sizeof text, format, arguments);
    va_end(arguments);
    memcpy(error->text, text, strlen(text) + 1);
    return status;
}

/* In parentheses as above. */
ingot_status(ingot_fail_in)(ingot_error *error, ingot_status status, const char *format, ...) {
    if (error == NULL) return status;
    char context[sizeof error->text], text[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    format_into(context, sizeof context, format, arguments);
    va_end(arguments);
    size_t used = strlen(context), rest = strlen(error->text);
    if (used + 2 + rest >= sizeof text) {
        /* The inner message is worth more than the end of it, the context more than nothing:
         * both are there up to the limit. */
        rest = used + 2 < sizeof text ? sizeof text - used - 3 : 0;
    }
    memcpy(text, context, used);
    if (used + 2 < sizeof text) {
        memcpy(text + used, ": ", 2);
        memcpy(text + used + 2, error->text, rest);
        used += 2 + rest;
    }
    text[used] = '\0';
    cut_at_character(text);
    memcpy(error->text, text, strlen(text) + 1);
    return status;
}
