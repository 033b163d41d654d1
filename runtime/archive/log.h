/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * log.h: the log of an archive (docs/archive.md, "The log"), read whole and folded into what is
 * true now; and how one more entry gets to its end.
 */
#ifndef INGOT_ARCHIVE_LOG_H
#define INGOT_ARCHIVE_LOG_H

#include <jansson.h>

#include "archive/place.h"
#include "base/sha256.h"

enum { INGOT_LARGEST_ENTRY = 1 << 20, INGOT_LOG_KEY = 32 };

typedef struct ingot_log {
    json_t *entries; /* all, in order */
    json_t
        *artifacts;   /* those that are there, oldest first: the entries "archived", borrowed too */
    json_t *tags;     /* tag -> stamp */
    json_t *stages;   /* name -> {"production": stamp, "staging": stamp} */
    json_t *stage_of; /* stamp -> stage */
    json_t *policy;   /* the newest entry "policy", or NULL */
    json_t *tools;    /* machine -> the newest entry "tool" */
    char last[INGOT_SHA256_HEX]; /* digest of the last entry's bytes; "" where there is none */
} ingot_log;

/* Zeroed ones may be released. */
ingot_status ingot_log_read(ingot_place *place, ingot_log *log, ingot_error *error);
void ingot_log_free(ingot_log *log);

/* Checks one entry and folds it in; it keeps a reference. `text` are its bytes. For ingot_log_read,
 * and for fuzzing. An empty log is made by ingot_log_new. */
ingot_status ingot_log_new(ingot_log *log, ingot_error *error);
ingot_status ingot_log_fold(ingot_log *log, const char *text, size_t size, ingot_error *error);

/* One try to append `event`, an object with "event" and its fields, which gets number, previous,
 * time, id and format. *lost 1: another entry has taken its number; read again. It is folded in
 * where it went in. */
ingot_status ingot_log_append(ingot_place *place, ingot_log *log, json_t *event, int *lost,
                              ingot_error *error);

/* Reads the log, asks `decide` for an event, appends; from the start where another writer was
 * faster. `decide` may see that there is nothing left to do: *event NULL. `again` counts from 0. */
typedef ingot_status (*ingot_decide)(void *user, const ingot_log *log, int again, json_t **event,
                                     ingot_error *error);
ingot_status ingot_log_change(ingot_place *place, ingot_log *log, ingot_decide decide, void *user,
                              ingot_error *error);

/* Finds what a person calls an artifact: the entry "archived", borrowed. */
ingot_status ingot_log_find(const ingot_log *log, const char *reference, const json_t **artifact,
                            ingot_error *error);

/* The artifact of a whole stamp, NULL where there is none. Borrowed. */
const json_t *ingot_log_artifact(const ingot_log *log, const char *stamp);

const char *ingot_entry_text(const json_t *entry, const char *field);
json_int_t ingot_entry_number(const json_t *entry);

/* Key of entry n. */
void ingot_log_key(json_int_t number, char key[INGOT_LOG_KEY]);

/* For places whose keys cannot be taken (agree.c): gets a value into the key, or learns that
 * another is there. `value` is text of `size` bytes. *taken 1: another. */
ingot_status ingot_agree(ingot_place *place, json_int_t number, const char *value, size_t size,
                         int *taken, ingot_error *error);

#endif
