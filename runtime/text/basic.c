/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * A word of ASCII that ends at a space, a punctuation mark or the end of the text needs none of the
 * tables: words() deals with it alone. Everything else goes through the state below, one code point
 * at a time, until the next space.
 */
#include "text/basic.h"

#include <stdlib.h>
#include <string.h>

#include "text/unicode.h"
#include "text/utf8.h"

const char ingot_basic_specials[INGOT_BASIC_SPECIALS][8] = {"[UNK]", "[SEP]", "[PAD]", "[CLS]",
                                                            "[MASK]"};

typedef struct state {
    bool cased, stopped, failed;
    unsigned specials;
    ingot_basic_sink sink;
    void *user;
    /* The word that is being made. One that gets too long is only counted. */
    uint32_t word[INGOT_BASIC_CHARACTERS + 1];
    size_t length;
    size_t settled; /* no mark moves in front of this */
    /* Cased: what NFC may still change, decomposed: a starter and what follows it until the next
     * one that does not change. `pending` is such a starter alone, not decomposed. */
    ingot_basic_scratch *scratch;
    size_t segment;
    uint32_t pending;
    bool has_pending;
} state;

static void give(state *s, const char *bytes, size_t length, int special) {
    const ingot_basic_word word = {bytes, length, special};
    if (!s->stopped && !s->sink(s->user, &word)) s->stopped = true;
}

static void end_word(state *s) {
    char bytes[INGOT_BASIC_BYTES];
    size_t length = 0;
    if (s->length == 0) return;
    if (s->length <= INGOT_BASIC_CHARACTERS) {
        for (size_t i = 0; i < s->length; i++) length += ingot_utf8_put(s->word[i], bytes + length);
    }
    give(s, bytes, length, -1);
    s->length = s->settled = 0;
}

/* A character of a word, or a punctuation mark. */
static void add(state *s, uint32_t cp, ingot_unicode_property property) {
    if (property.flags & INGOT_UNICODE_PUNCTUATION) {
        char bytes[4];
        end_word(s);
        give(s, bytes, ingot_utf8_put(cp, bytes), -1);
        return;
    }
    if (s->length > INGOT_BASIC_CHARACTERS) return;
    /* Cased characters come in their order already. */
    ingot_unicode_insert(s->word, s->length, s->settled, cp, s->cased ? 0 : property.combining);
    s->length++;
    if (property.combining == 0) s->settled = s->length;
}

static void add_uncased(state *s, uint32_t cp) {
    uint32_t parts[4];
    const uint32_t lower = ingot_unicode_lower(cp);
    const size_t count = ingot_unicode_decompose(lower, parts);
    for (size_t i = 0; i < count; i++) {
        const ingot_unicode_property property = ingot_unicode_property_of(parts[i]);
        if (!(property.flags & INGOT_UNICODE_MARK)) {
            add(s, parts[i], property);
        } else if (property.combining == 0) {
            s->settled = s->length;
        }
    }
}

/* Puts the marks of text[0 .. length) in canonical order. Counts instead of moving one by one, so
 * that a hostile run of marks takes no longer than others. `room` is for length more. */
static void order_marks(uint32_t *text, size_t length, uint32_t *room) {
    for (size_t first = 0; first < length;) {
        size_t places[256] = {0}, last = first;
        uint8_t combining;
        bool ordered = true;
        int before = 0;
        while (last < length &&
               (combining = ingot_unicode_property_of(text[last]).combining) != 0) {
            if (combining < before) ordered = false;
            before = combining;
            places[combining]++;
            last++;
        }
        if (!ordered) {
            size_t place = 0;
            for (int i = 0; i < 256; i++) {
                const size_t count = places[i];
                places[i] = place;
                place += count;
            }
            memcpy(room, text + first, (last - first) * sizeof *text);
            for (size_t i = 0; i < last - first; i++) {
                text[first + places[ingot_unicode_property_of(room[i]).combining]++] = room[i];
            }
        }
        first = last + 1;
    }
}

/* Cased: what is held back is a segment of its own now. */
static void end_segment(state *s) {
    if (s->has_pending) {
        s->has_pending = false;
        add(s, s->pending, ingot_unicode_property_of(s->pending));
        return;
    }
    if (s->segment == 0) return;
    uint32_t *text = s->scratch->text;
    order_marks(text, s->segment, text + s->segment);
    const size_t length = ingot_unicode_compose_all(text, s->segment);
    s->segment = 0;
    for (size_t i = 0; i < length; i++) add(s, text[i], ingot_unicode_property_of(text[i]));
}

static void add_to_segment(state *s, uint32_t cp) {
    /* twice, for order_marks */
    if (2 * (s->segment + 4) > s->scratch->room) {
        const size_t room = s->scratch->room < 64 ? 128 : 2 * s->scratch->room;
        uint32_t *text = realloc(s->scratch->text, room * sizeof *text);
        if (text == NULL) {
            s->failed = s->stopped = true;
            return;
        }
        s->scratch->text = text;
        s->scratch->room = room;
    }
    s->segment += ingot_unicode_decompose(cp, s->scratch->text + s->segment);
}

static void add_cased(state *s, uint32_t cp, ingot_unicode_property property) {
    if (!(property.flags & INGOT_UNICODE_UNSTABLE)) {
        end_segment(s);
        s->pending = cp;
        s->has_pending = true;
        return;
    }
    if (s->has_pending) {
        s->has_pending = false;
        add_to_segment(s, s->pending);
    }
    if (!s->stopped) add_to_segment(s, cp);
}

static void end_run(state *s) {
    end_segment(s);
    end_word(s);
}

static void add_code_point(state *s, uint32_t cp) {
    const ingot_unicode_property property = ingot_unicode_property_of(cp);
    if (property.flags & INGOT_UNICODE_DROP) return;
    if (property.flags & INGOT_UNICODE_SPACE) {
        end_run(s);
        return;
    }
    if (property.flags & INGOT_UNICODE_CJK) end_run(s);
    if (s->cased) {
        add_cased(s, cp, property);
    } else {
        add_uncased(s, cp);
    }
    if (property.flags & INGOT_UNICODE_CJK) end_run(s);
}

/* Which special token begins here, -1 for none. */
static int special_at(const state *s, const char *at, const char *end) {
    for (int i = 0; i < INGOT_BASIC_SPECIALS; i++) {
        const size_t length = strlen(ingot_basic_specials[i]);
        if ((s->specials >> i & 1) && (size_t)(end - at) >= length &&
            memcmp(at, ingot_basic_specials[i], length) == 0) {
            return i;
        }
    }
    return -1;
}

/* Cased: a word that is the name of a special token once what is dropped is gone counts as that
 * token as well. Where one begins here, *at moves behind it. */
static int hidden_special_at(const state *s, const char **at, const char *end) {
    char name[8];
    size_t length = 0;
    const char *next = *at;
    int64_t replaced = 0;
    while (next < end) {
        const char *here = next;
        if (*here == '[' && length > 0 && special_at(s, here, end) >= 0) break;
        const uint32_t cp = ingot_utf8_next(&next, end, &replaced);
        const uint8_t flags = ingot_unicode_property_of(cp).flags;
        if (flags & INGOT_UNICODE_DROP) continue;
        if (flags & (INGOT_UNICODE_SPACE | INGOT_UNICODE_CJK)) {
            next = here;
            break;
        }
        if (cp > 0x7F || length == sizeof name - 1) return -1;
        name[length++] = (char)cp;
    }
    name[length] = '\0';
    for (int i = 0; i < INGOT_BASIC_SPECIALS; i++) {
        if ((s->specials >> i & 1) && strcmp(name, ingot_basic_specials[i]) == 0) {
            *at = next;
            return i;
        }
    }
    return -1;
}

static bool takes_special(state *s, const char **at, const char *end, bool at_start) {
    int special = special_at(s, *at, end);
    if (special >= 0) {
        *at += strlen(ingot_basic_specials[special]);
    } else if (s->cased && at_start) {
        special = hidden_special_at(s, at, end);
    }
    if (special < 0) return false;
    end_run(s);
    give(s, ingot_basic_specials[special], strlen(ingot_basic_specials[special]), special);
    return true;
}

/* From *at to the next space, or to the end. at_start: nothing that counts stands between *at and
 * the last space, ideograph or special token. */
static void any_words(state *s, const char **at, const char *end, bool at_start) {
    int64_t replaced = 0;
    while (*at < end && !s->stopped) {
        if (**at == '[' && s->specials != 0 && takes_special(s, at, end, at_start)) {
            at_start = true;
            continue;
        }
        const uint32_t cp = ingot_utf8_next(at, end, &replaced);
        add_code_point(s, cp);
        const uint8_t flags = ingot_unicode_property_of(cp).flags;
        if (flags & INGOT_UNICODE_SPACE) return;
        if (!(flags & INGOT_UNICODE_DROP)) at_start = (flags & INGOT_UNICODE_CJK) != 0;
    }
    end_run(s);
}

enum { LETTER, SPACE, PUNCTUATION, OTHER };

static inline int kind_of(unsigned char byte) {
    if (byte >= 0x80) return OTHER;
    if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') return LETTER;
    if (byte >= '0' && byte <= '9') return LETTER;
    if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') return SPACE;
    return byte < 0x20 || byte == 0x7F ? OTHER : PUNCTUATION;
}

static void words(state *s, const char *at, const char *end) {
    unsigned char kinds[256];
    char letters[256], word[INGOT_BASIC_BYTES];
    for (int i = 0; i < 256; i++) {
        kinds[i] = (unsigned char)kind_of((unsigned char)i);
        letters[i] = (char)(!s->cased && i >= 'A' && i <= 'Z' ? i + 32 : i);
    }
    bool start = true; /* a space, or nothing, stands before */
    while (at < end && !s->stopped) {
        const char *begin = at;
        int kind = kinds[(unsigned char)*at];
        if (kind == SPACE) {
            at++;
            start = true;
            continue;
        }
        size_t length = 0;
        while (at < end && (kind = kinds[(unsigned char)*at]) == LETTER) {
            if (length < sizeof word) word[length++] = letters[(unsigned char)*at];
            at++;
        }
        if (at == end) kind = SPACE;
        /* A mark may follow that makes a letter of a punctuation mark in NFC: = and U+0338. */
        if ((length == 0 || s->cased) && kind == PUNCTUATION && at + 1 < end &&
            kinds[(unsigned char)at[1]] == OTHER) {
            kind = OTHER;
        }
        if (kind == OTHER || (*begin == '[' && s->specials != 0 && start)) {
            at = begin;
            any_words(s, &at, end, start);
            start = true;
            continue;
        }
        if (length > 0) {
            give(s, word, length <= INGOT_BASIC_CHARACTERS ? length : 0, -1);
        } else if (*at == '[' && s->specials != 0 && takes_special(s, &at, end, false)) {
            start = true;
            continue;
        } else {
            give(s, at, 1, -1);
            at++;
        }
        start = false;
    }
}

ingot_status ingot_basic_words(const char *text, size_t size, bool cased, unsigned specials,
                               ingot_basic_scratch *scratch, ingot_basic_sink sink, void *user,
                               ingot_error *error) {
    state s;
    s.cased = cased;
    s.stopped = s.failed = s.has_pending = false;
    s.specials = specials;
    s.sink = sink;
    s.user = user;
    s.length = s.settled = s.segment = 0;
    s.scratch = scratch;
    words(&s, text, text + size);
    if (!s.failed) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "out of memory for a text of %zu bytes", size);
}
