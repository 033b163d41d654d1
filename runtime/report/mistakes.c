/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * mistakes.c: see mistakes.h.
 */
#include "report/mistakes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/file.h"
#include "data/locked_file.h"
#include "data/store_internal.h"
#include "report/picture.h"
#include "report/words.h"
#include "train/evaluate.h"

typedef struct worst {
    int64_t row[INGOT_MISTAKES];
    int count;
    int64_t wrong;
} worst;

static float true_probability(const ingot_scores *s, int64_t row) {
    return s->values[row * s->columns + s->labels[row]];
}

/* Insertion into a short sorted list; of equals the first row stays first. */
static void insert(worst *w, const ingot_scores *s, int64_t row) {
    int at = w->count;
    while (at > 0 && true_probability(s, row) < true_probability(s, w->row[at - 1])) at--;
    if (at == INGOT_MISTAKES) return;
    if (w->count < INGOT_MISTAKES) w->count++;
    for (int i = w->count - 1; i > at; i--) w->row[i] = w->row[i - 1];
    w->row[at] = row;
}

/* Text of unknown origin: what is not UTF-8 becomes '?'. */
static json_t *text_json(const char *text) {
    json_t *value = json_string(text);
    if (value) return value;
    char *plain = strdup(text);
    for (char *c = plain; c && *c; c++) {
        if ((unsigned char)*c >= 128) *c = '?';
    }
    value = plain ? json_string(plain) : NULL;
    free(plain);
    return value;
}

static ingot_status add_picture(const ingot_program *program, const ingot_store *store,
                                int64_t sample, json_t *one, ingot_error *error) {
    const ingot_data *d = &program->data;
    if (!ingot_is_picture(d->channels, d->height, d->width)) return INGOT_OK;
    const size_t floats = (size_t)d->channels * (size_t)d->height * (size_t)d->width;
    float *x = malloc(floats * sizeof *x);
    char *uri = NULL;
    if (!x) return ingot_fail(error, INGOT_FAILED, "out of memory");
    ingot_status status = ingot_store_batch(program, store, &sample, 1, 1, x, NULL, error);
    const int sound = d->features->accepts == INGOT_SIGNAL_AUDIO;
    if (status == INGOT_OK) {
        status = ingot_picture(x, d->channels, d->height, d->width, sound, &uri, error);
    }
    if (status == INGOT_OK) json_object_set_new(one, "picture", json_string(uri));
    free(uri);
    free(x);
    return status;
}

/* ------------------------------------------------------------------ texts */

enum { SHOWN = 600 }; /* bytes of a text, at most */

/* The file that was read last: mistakes may lie in the same one. */
typedef struct opened {
    const char *root;
    int32_t file; /* -1: none */
    char *path, *bytes;
    ingot_source *source;
} opened;

static void opened_close(opened *o, const ingot_data *data) {
    if (o->source) data->reader->close_file(o->source);
    free(o->bytes);
    free(o->path);
    *o = (opened){.root = o->root, .file = -1};
}

static ingot_status opened_take(opened *o, const ingot_data *data, const ingot_dataset *dataset,
                                int32_t file, ingot_error *error) {
    if (o->file == file) return INGOT_OK;
    opened_close(o, data);
    o->path = ingot_join(o->root, dataset->files[file].path);
    if (!o->path) return ingot_fail(error, INGOT_FAILED, "out of memory");
    size_t size = 0;
    ingot_status status =
        ingot_read_locked_file(o->path, &dataset->files[file], &o->bytes, &size, error);
    if (status == INGOT_OK) {
        status = data->reader->open_bytes(data->reader_config, o->path, (const uint8_t *)o->bytes,
                                          size, &o->source, error);
    }
    if (status == INGOT_OK) o->file = file;
    return status;
}

/* The beginning of a text on one line, cut where a character begins. */
static json_t *beginning(const char *text, size_t length) {
    char shown[SHOWN + 4];
    size_t used = 0, at = 0;
    for (; at < length && used < SHOWN; at++) {
        const int space = (unsigned char)text[at] <= ' ';
        if (space && (used == 0 || shown[used - 1] == ' ')) continue;
        shown[used] = text[at];
        if (space) shown[used] = ' ';
        used++;
    }
    if (at < length) {
        while (used > 0 && ((unsigned char)shown[used - 1] & 0xc0) == 0x80) used--;
        if (used > 0 && (unsigned char)shown[used - 1] >= 0xc0) used--;
        used += (size_t)snprintf(shown + used, sizeof shown - used, "\xe2\x80\xa6");
    }
    return json_stringn(shown, used);
}

static ingot_status add_text(const ingot_program *program, const ingot_dataset *dataset,
                             const ingot_item *item, opened *from, json_t *one,
                             ingot_error *error) {
    const ingot_data *data = &program->data;
    if (data->features->accepts != INGOT_SIGNAL_TEXT || item->file < 0) return INGOT_OK;
    ingot_signal signal;
    int32_t label;
    ingot_status status = opened_take(from, data, dataset, item->file, error);
    if (status == INGOT_OK) {
        status = data->reader->read(from->source, item->record, &signal, &label, error);
    }
    if (status == INGOT_OK) json_object_set_new(one, "text", beginning(signal.text, signal.length));
    return status;
}

/* ------------------------------------------------------------------ one of them */

static ingot_status mistake(const ingot_program *program, const ingot_dataset *dataset,
                            const ingot_store *store, const ingot_scores *s, int64_t row,
                            opened *from, json_t *list, ingot_error *error) {
    const int64_t sample = s->samples[row];
    const ingot_item *item = &dataset->items[s->items[row]];
    const ingot_file *file = &dataset->files[item->file];
    const float *p = s->values + row * s->columns;
    const int32_t predicted = ingot_argmax(p, s->columns);
    char name[4200];
    ingot_sample_name(dataset, store, sample, name, sizeof name);
    json_t *one = json_pack("{s:o, s:s, s:s, s:o, s:o}", "path", text_json(name), "true",
                            program->class_names[s->labels[row]], "predicted",
                            program->class_names[predicted], "probability",
                            ingot_json_real((double)p[predicted]), "true_probability",
                            ingot_json_real((double)true_probability(s, row)));
    if (!one || json_array_append_new(list, one) != 0) {
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (program->data.features->span) {
        double begin, end;
        program->data.features->span(program->data.features_config, file,
                                     sample - item->first_sample, &begin, &end);
        json_object_set_new(one, "from", ingot_json_real(begin));
        json_object_set_new(one, "to", ingot_json_real(end));
    }
    const ingot_status status = add_text(program, dataset, item, from, one, error);
    if (status != INGOT_OK) return status;
    return add_picture(program, store, sample, one, error);
}

ingot_status ingot_mistakes_json(const ingot_program *program, const ingot_dataset *dataset,
                                 const ingot_store *store, const char *root, const char *split,
                                 const ingot_scores *scores, json_t **value, ingot_error *error) {
    worst w = {{0}, 0, 0};
    for (int64_t r = 0; r < scores->rows; r++) {
        const float *p = scores->values + r * scores->columns;
        if (ingot_argmax(p, scores->columns) == scores->labels[r]) continue;
        w.wrong++;
        insert(&w, scores, r);
    }
    json_t *list = json_array();
    opened from = {.root = root, .file = -1};
    ingot_status status = list ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
    for (int i = 0; status == INGOT_OK && i < w.count; i++) {
        status = mistake(program, dataset, store, scores, w.row[i], &from, list, error);
    }
    opened_close(&from, &program->data);
    json_t *words = NULL;
    if (status == INGOT_OK) status = ingot_words_json(program, store, scores, &words, error);
    if (status != INGOT_OK) {
        json_decref(list);
        return status;
    }
    *value = json_pack("{s:s, s:I, s:I, s:o}", "split", split, "wrong", (json_int_t)w.wrong, "rows",
                       (json_int_t)scores->rows, "items", list);
    if (*value && words) json_object_set(*value, "words", words);
    json_decref(words);
    return *value ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
}
