/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * text_rules.c: see text_rules.h.
 */
#include "data/text_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "text/utf8.h"

/* Bytes of the headers of a message and the empty line behind them; 0: there is no empty line. */
static size_t headers(const char *bytes, size_t size) {
    const char *at = bytes, *end = bytes + size;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL) return 0;
        if (line_end == at || (line_end == at + 1 && *at == '\r')) {
            return (size_t)(line_end + 1 - bytes);
        }
        at = line_end + 1;
    }
    return 0;
}

ingot_status ingot_text_take(ingot_text *to, const ingot_text_rules *rules, const char *bytes,
                             size_t size, ingot_error *error) {
    if (rules->strip_headers) {
        const size_t skipped = headers(bytes, size);
        bytes += skipped;
        size -= skipped;
    }
    if (!rules->latin1) return ingot_text_clean(bytes, size, &to->clean, &to->replaced, error);
    to->wide.size = 0;
    ingot_status status = ingot_text_reserve(&to->wide, 2 * size + 1, error);
    if (status != INGOT_OK) return status;
    for (size_t i = 0; i < size; i++) {
        to->wide.size += ingot_utf8_put((unsigned char)bytes[i], to->wide.bytes + to->wide.size);
    }
    return ingot_text_clean(to->wide.bytes, to->wide.size, &to->clean, &to->replaced, error);
}

void ingot_text_free(ingot_text *text) {
    free(text->clean.bytes);
    free(text->wide.bytes);
    *text = (ingot_text){0};
}

/* Characters (code points) of UTF-8 without fault. */
static int64_t characters_of(const char *text, size_t length) {
    int64_t count = 0;
    for (size_t i = 0; i < length; i++) count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static int is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

ingot_status ingot_text_judge(const ingot_text *text, const ingot_text_rules *rules, int *left_out,
                              ingot_error *error) {
    const char *bytes = text->clean.bytes;
    size_t begin = 0, end = text->clean.size;
    while (begin < end && is_space(bytes[begin])) begin++;
    while (end > begin && is_space(bytes[end - 1])) end--;
    const int64_t characters = characters_of(bytes + begin, end - begin);
    *left_out = characters < rules->min_length;
    if (*left_out) {
        (void)ingot_fail(error, INGOT_FAILED, "%lld characters, shorter than min_length, %lld",
                         (long long)characters, (long long)rules->min_length);
        return INGOT_OK;
    }
    if (characters > 0) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "empty: there is no text in it");
}

ingot_status ingot_text_of_line(const char *line, size_t size, const char *field, char **text,
                                size_t *length, ingot_error *error) {
    json_t *object = NULL;
    const char *from = line;
    *length = size;
    if (size > 0 && line[0] == '{') {
        const ingot_status status = ingot_json_parse(line, size, "the line", &object, error);
        if (status != INGOT_OK) return status;
        const json_t *value = json_object_get(object, field);
        if (!json_is_string(value)) {
            json_decref(object);
            return ingot_fail(error, INGOT_FAILED, "the object has no text in \"%s\"", field);
        }
        from = json_string_value(value);
        *length = json_string_length(value);
    }
    *text = malloc(*length + 1);
    if (*text != NULL) memcpy(*text, from, *length);
    json_decref(object);
    return *text != NULL ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory for a text");
}

ingot_signal ingot_text_signal(const ingot_text *text, int64_t line) {
    return (ingot_signal){.kind = INGOT_SIGNAL_TEXT,
                          .text = text->clean.bytes,
                          .length = text->clean.size,
                          .replaced = text->replaced,
                          .line = line};
}
