/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The steps of the paper in its order, each as a table of suffixes. A word is [C](VC)^m[V] with C a
 * run of consonants and V a run of vowels; m is the measure of what stands before a suffix.
 */
#include "text/porter.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct stem {
    char *text;
    size_t length;
} stem;

static bool is_aeiou(char letter) {
    return letter == 'a' || letter == 'e' || letter == 'i' || letter == 'o' || letter == 'u';
}

/* Whether the letter at i is a consonant; a y is one at the beginning and after a vowel. */
static bool consonant(const stem *word, size_t i) {
    bool turned = false; /* along a run of y, each is what the one before is not */
    while (word->text[i] == 'y' && i > 0) {
        turned = !turned;
        i--;
    }
    return !is_aeiou(word->text[i]) != turned;
}

/* m of the first `length` letters: how often a vowel is followed by a consonant. */
static size_t measure(const stem *word, size_t length) {
    size_t m = 0;
    bool after_vowel = false;
    bool is_consonant = false;
    for (size_t i = 0; i < length; i++) {
        /* as consonant(), but along the word instead of back from each letter */
        if (word->text[i] == 'y') {
            is_consonant = i == 0 || !is_consonant;
        } else {
            is_consonant = !is_aeiou(word->text[i]);
        }
        m += is_consonant && after_vowel;
        after_vowel = !is_consonant;
    }
    return m;
}

static bool has_vowel(const stem *word, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (!consonant(word, i)) return true;
    }
    return false;
}

static bool doubled(const stem *word) {
    const size_t n = word->length;
    return n >= 2 && word->text[n - 1] == word->text[n - 2] && consonant(word, n - 1);
}

/* Consonant, vowel, consonant other than w, x, y at the end of the first `length` letters: hop,
 * fil, not snow. */
static bool short_end(const stem *word, size_t length) {
    if (length < 3) return false;
    const char last = word->text[length - 1];
    return consonant(word, length - 1) && !consonant(word, length - 2) &&
           consonant(word, length - 3) && last != 'w' && last != 'x' && last != 'y';
}

/* Whether the word ends so; where it does, *rest is the length of what stands before, maybe 0. */
static bool ends(const stem *word, const char *suffix, size_t *rest) {
    const size_t n = strlen(suffix);
    if (n > word->length || memcmp(word->text + word->length - n, suffix, n) != 0) return false;
    *rest = word->length - n;
    return true;
}

/* The new end is never longer than what it stands for. */
static void replace(stem *word, size_t rest, const char *end) {
    const size_t n = strlen(end);
    memcpy(word->text + rest, end, n);
    word->length = rest + n;
}

static void step_1(stem *word) {
    size_t rest;
    if (ends(word, "sses", &rest)) {
        replace(word, rest, "ss");
    } else if (ends(word, "ies", &rest)) {
        replace(word, rest, "i");
    } else if (!ends(word, "ss", &rest) && ends(word, "s", &rest)) {
        word->length = rest;
    }
    if (ends(word, "eed", &rest)) {
        if (measure(word, rest) > 0) replace(word, rest, "ee");
    } else if ((ends(word, "ed", &rest) || ends(word, "ing", &rest)) && has_vowel(word, rest)) {
        word->length = rest;
        const bool opened =
            ends(word, "at", &rest) || ends(word, "bl", &rest) || ends(word, "iz", &rest);
        if (!opened && doubled(word)) {
            const char last = word->text[word->length - 1];
            if (last != 'l' && last != 's' && last != 'z') word->length--;
        } else if (opened || (measure(word, word->length) == 1 && short_end(word, word->length))) {
            word->text[word->length++] = 'e';
        }
    }
    if (ends(word, "y", &rest) && has_vowel(word, rest)) replace(word, rest, "i");
}

typedef struct rule {
    const char *suffix, *end;
} rule;

/* The first suffix that is there decides, whatever its condition says: longer ones stand before
 * those that they end with. */
static void apply(stem *word, const rule *rules, size_t count, size_t above) {
    size_t rest;
    for (size_t i = 0; i < count; i++) {
        if (!ends(word, rules[i].suffix, &rest)) continue;
        if (measure(word, rest) > above) replace(word, rest, rules[i].end);
        return;
    }
}

static const rule step_2[] = {
    {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
    {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
    {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
    {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
    {"logi", "log"}};

static const rule step_3[] = {{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"},
                              {"ical", "ic"},  {"ful", ""},   {"ness", ""}};

static const char *const step_4[] = {"al",   "ance", "ence",  "er",   "ic",  "able",
                                     "ible", "ant",  "ement", "ment", "ent", "ou",
                                     "ism",  "ate",  "iti",   "ous",  "ive", "ize"};

static void strip(stem *word) {
    size_t rest;
    if (ends(word, "ion", &rest)) {
        const bool after_st =
            rest > 0 && (word->text[rest - 1] == 's' || word->text[rest - 1] == 't');
        if (after_st && measure(word, rest) > 1) word->length = rest;
        return;
    }
    for (size_t i = 0; i < sizeof step_4 / sizeof *step_4; i++) {
        if (!ends(word, step_4[i], &rest)) continue;
        if (measure(word, rest) > 1) word->length = rest;
        return;
    }
}

static void step_5(stem *word) {
    size_t rest;
    if (ends(word, "e", &rest)) {
        const size_t m = measure(word, rest);
        if (m > 1 || (m == 1 && !short_end(word, rest))) word->length = rest;
    }
    const size_t n = word->length;
    if (n > 0 && word->text[n - 1] == 'l' && doubled(word) && measure(word, n) > 1) word->length--;
}

size_t ingot_porter_stem(char *text, size_t length) {
    stem word = {text, length};
    if (length < 3) return length;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 'a' || text[i] > 'z') return length;
    }
    step_1(&word);
    apply(&word, step_2, sizeof step_2 / sizeof *step_2, 0);
    apply(&word, step_3, sizeof step_3 / sizeof *step_3, 0);
    strip(&word);
    step_5(&word);
    return word.length;
}
