/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * csv_parse.c: see csv_parse.h.
 */
#include "data/csv_parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 65536 };

/* ------------------------------------------------------------------ encoding */

/* Bytes of the UTF-8 character at `at` (RFC 3629), 0 where there is none. */
static size_t utf8_length(const unsigned char *at, size_t left) {
    static const struct {
        unsigned char low, high, second_low, second_high;
        size_t length;
    } forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
                 {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                 {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    if (*at < 0x80) return 1;
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        if (*at < forms[f].low || *at > forms[f].high || left < forms[f].length) continue;
        if (at[1] < forms[f].second_low || at[1] > forms[f].second_high) return 0;
        for (size_t i = 2; i < forms[f].length; i++) {
            if (at[i] < 0x80 || at[i] > 0xbf) return 0;
        }
        return forms[f].length;
    }
    return 0;
}

static ingot_status check_encoding(const char *bytes, size_t size, ingot_error *error) {
    const unsigned char *at = (const unsigned char *)bytes;
    int64_t line = 1;
    size_t begin = 0;
    if (size >= 2 && ((at[0] == 0xff && at[1] == 0xfe) || (at[0] == 0xfe && at[1] == 0xff))) {
        return ingot_fail(error, INGOT_FAILED,
                          "the text is UTF-16, UTF-8 is needed (iconv -f UTF-16 -t UTF-8)");
    }
    for (size_t i = 0; i < size;) {
        const size_t length = utf8_length(at + i, size - i);
        if (at[i] == 0) {
            return ingot_fail(error, INGOT_FAILED, "line %lld: a zero byte at byte %zu of the line",
                              (long long)line, i - begin + 1);
        }
        if (length == 0) {
            return ingot_fail(error, INGOT_FAILED,
                              "line %lld: byte %zu of the line, 0x%02x, is not UTF-8 (in Latin-1? "
                              "iconv -f LATIN1 -t UTF-8)",
                              (long long)line, i - begin + 1, at[i]);
        }
        if (at[i] == '\n') {
            line++;
            begin = i + 1;
        }
        i += length;
    }
    return INGOT_OK;
}

/* ------------------------------------------------------------------ rows */

typedef struct parser {
    char *at, *end; /* what is left of the copy */
    char *to;       /* where the field being read goes: never past `at` */
    char separator;
    int64_t line, row_line; /* being read; where its row began */
    ingot_csv_text *text;
    size_t cell_count, cell_room;
    int64_t row_room;
    int32_t fields; /* of the row so far */
    ingot_error *error;
} parser;

static ingot_status add_cell(parser *p, const char *cell) {
    ingot_csv_text *text = p->text;
    if (p->cell_count == p->cell_room) {
        const size_t room = p->cell_room * 2 + 64;
        const char **grown = realloc((void *)text->cells, room * sizeof *grown);
        if (grown == NULL) return ingot_fail(p->error, INGOT_FAILED, "out of memory");
        text->cells = grown;
        p->cell_room = room;
    }
    if (p->fields == MOST_COLUMNS) {
        return ingot_fail(p->error, INGOT_FAILED, "line %lld: more than %d fields",
                          (long long)p->line, MOST_COLUMNS);
    }
    text->cells[p->cell_count++] = cell;
    p->fields++;
    return INGOT_OK;
}

static ingot_status end_row(parser *p) {
    ingot_csv_text *text = p->text;
    if (text->rows > 0 && p->fields != text->columns) {
        return ingot_fail(p->error, INGOT_FAILED, "line %lld: %d field%s, the first line has %d",
                          (long long)p->row_line, p->fields, p->fields == 1 ? "" : "s",
                          text->columns);
    }
    if (text->rows == p->row_room) {
        const int64_t room = p->row_room * 2 + 64;
        int64_t *grown = realloc(text->lines, (size_t)room * sizeof *grown);
        if (grown == NULL) return ingot_fail(p->error, INGOT_FAILED, "out of memory");
        text->lines = grown;
        p->row_room = room;
    }
    text->columns = p->fields;
    text->lines[text->rows++] = p->row_line;
    p->fields = 0;
    return INGOT_OK;
}

/* At a line end: 1 (LF), 2 (CRLF); 0: none here. */
static int line_end(const parser *p) {
    if (p->at < p->end && *p->at == '\n') return 1;
    return p->at + 1 < p->end && p->at[0] == '\r' && p->at[1] == '\n' ? 2 : 0;
}

static ingot_status quoted_field(parser *p) {
    const int64_t begun = p->line;
    p->at++;
    for (;;) {
        if (p->at == p->end) {
            return ingot_fail(p->error, INGOT_FAILED,
                              "line %lld: a quoted field begins here and does not end",
                              (long long)begun);
        }
        if (*p->at == '"') {
            p->at++;
            if (p->at == p->end || *p->at != '"') break;
        }
        if (*p->at == '\n') p->line++;
        *p->to++ = *p->at++;
    }
    if (p->at == p->end || *p->at == p->separator || line_end(p) > 0) return INGOT_OK;
    return ingot_fail(p->error, INGOT_FAILED,
                      "line %lld: text after the quote that ends a field (within a quoted field a "
                      "quote is written twice)",
                      (long long)p->line);
}

static ingot_status plain_field(parser *p) {
    while (p->at < p->end && *p->at != p->separator && line_end(p) == 0) {
        if (*p->at == '"') {
            return ingot_fail(p->error, INGOT_FAILED,
                              "line %lld: a quote in a field that does not begin with one",
                              (long long)p->line);
        }
        if (*p->at == '\r') {
            return ingot_fail(p->error, INGOT_FAILED,
                              "line %lld: a carriage return that no line feed follows",
                              (long long)p->line);
        }
        *p->to++ = *p->at++;
    }
    return INGOT_OK;
}

/* One field and what ends it; *ended: that was the row. */
static ingot_status one_field(parser *p, int *ended) {
    char *begin = p->to;
    ingot_status status = p->at < p->end && *p->at == '"' ? quoted_field(p) : plain_field(p);
    if (status != INGOT_OK) return status;
    const int ends = line_end(p);
    *ended = p->at == p->end || ends > 0;
    p->at += *ended ? ends : 1;
    *p->to++ = '\0'; /* in the place of what ended it */
    status = add_cell(p, begin);
    if (status == INGOT_OK && *ended) {
        status = end_row(p);
        p->line++;
    }
    return status;
}

ingot_status ingot_csv_parse(const char *bytes, size_t size, char separator, ingot_csv_text *text,
                             ingot_error *error) {
    *text = (ingot_csv_text){0};
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        size -= 3;
    }
    ingot_status status = check_encoding(bytes, size, error);
    if (status != INGOT_OK) return status;
    while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r')) size--;
    text->owner = malloc(size + 1);
    if (text->owner == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    memcpy(text->owner, bytes, size);
    parser p = {.at = text->owner,
                .end = text->owner + size,
                .to = text->owner,
                .separator = separator,
                .line = 1,
                .text = text,
                .error = error};
    int ended = 1, more = size > 0;
    while (status == INGOT_OK && more) {
        if (ended) p.row_line = p.line;
        const char *field = p.at;
        status = one_field(&p, &ended);
        /* A separator at the very end has an empty field after it. */
        more = p.at < p.end || (status == INGOT_OK && !ended && p.at > field);
    }
    if (status != INGOT_OK) ingot_csv_text_free(text);
    return status;
}

void ingot_csv_text_free(ingot_csv_text *text) {
    free((void *)text->cells);
    free(text->lines);
    free(text->owner);
    *text = (ingot_csv_text){0};
}

/* ------------------------------------------------------------------ cells */

static int is_blank(char c) {
    return c == ' ' || c == '\t';
}

int ingot_csv_number(const char *cell, double *value) {
    while (is_blank(*cell)) cell++;
    size_t length = strspn(cell, "+-0123456789.eE");
    const char *rest = cell + length;
    while (is_blank(*rest)) rest++;
    if (length == 0 || *rest != '\0') return 0;
    char *end;
    *value = strtod(cell, &end);
    return end == cell + length && isfinite(*value);
}

int ingot_csv_missing(const char *cell, const char *const *texts) {
    while (is_blank(*cell)) cell++;
    size_t length = strlen(cell);
    while (length > 0 && is_blank(cell[length - 1])) length--;
    for (; *texts != NULL; texts++) {
        if (strlen(*texts) == length && memcmp(*texts, cell, length) == 0) return 1;
    }
    return 0;
}
