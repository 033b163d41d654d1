/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * words.h: what `ingot-archive` does, a function per word. Each reads its part of the request,
 * prints for people to `out` (NULL: not at all) and puts the same into `summary`, for --json.
 */
#ifndef INGOT_ARCHIVE_WORDS_H
#define INGOT_ARCHIVE_WORDS_H

#include <jansson.h>
#include <stdio.h>

#include "archive/log.h"
#include "archive/place.h"

enum { INGOT_MOST_CONDITIONS = 16 };

typedef struct ingot_archive_request {
    const char *archive; /* the place */
    char **arguments;    /* what is neither word nor option */
    int argument_count;
    const char *members;                     /* archive: a file that lists them */
    const char *to;                          /* restore */
    const char *only[INGOT_MOST_CONDITIONS]; /* restore: roles */
    int only_count;
    const char *signers;   /* restore: a file that says whose signature counts (signature.h) */
    int require_signature; /* restore */
    const char *by, *note; /* who, why; NULL: not given */
    const char *name, *tag, *stage, *since, *until; /* list; tag: archive too */
    const char *where[INGOT_MOST_CONDITIONS];       /* list: "accuracy >= 0.9" */
    int where_count;
    int64_t limit;                                   /* list, history; 0: all */
    const char *require_gate[INGOT_MOST_CONDITIONS]; /* policy: stages, or "none" */
    int require_gate_count;
    int gate;     /* promote: this one must have passed its gate whatever the policy says */
    int move;     /* tag: though it names another artifact */
    int yes;      /* gc: remove, do not only say */
    double grace; /* gc: seconds */
    int64_t keep; /* gc: artifacts of a name that stay; -1: all */
    double older; /* gc: seconds; artifacts that are younger stay; -1: not given */
    void (*progress)(const char *what, uint64_t done, uint64_t total); /* may be NULL */
    const char *tool; /* path of this program, stored by `archive`; NULL: not */
    FILE *out;
    json_t *summary;
} ingot_archive_request;

typedef ingot_status (*ingot_archive_word)(const ingot_archive_request *r, ingot_place *place,
                                           ingot_error *error);

ingot_status ingot_word_archive(const ingot_archive_request *r, ingot_place *place,
                                ingot_error *error);
ingot_status ingot_word_list(const ingot_archive_request *r, ingot_place *place,
                             ingot_error *error);
ingot_status ingot_word_show(const ingot_archive_request *r, ingot_place *place,
                             ingot_error *error);
ingot_status ingot_word_history(const ingot_archive_request *r, ingot_place *place,
                                ingot_error *error);
ingot_status ingot_word_restore(const ingot_archive_request *r, ingot_place *place,
                                ingot_error *error);
ingot_status ingot_word_tag(const ingot_archive_request *r, ingot_place *place, ingot_error *error);
ingot_status ingot_word_untag(const ingot_archive_request *r, ingot_place *place,
                              ingot_error *error);
ingot_status ingot_word_promote(const ingot_archive_request *r, ingot_place *place,
                                ingot_error *error);
ingot_status ingot_word_rollback(const ingot_archive_request *r, ingot_place *place,
                                 ingot_error *error);
ingot_status ingot_word_policy(const ingot_archive_request *r, ingot_place *place,
                               ingot_error *error);
ingot_status ingot_word_gc(const ingot_archive_request *r, ingot_place *place, ingot_error *error);
ingot_status ingot_word_check(const ingot_archive_request *r, ingot_place *place,
                              ingot_error *error);

/* ------------------------------------------------------------------ what they share */

/* An event with "by" and "note" of the request, from a json_pack of its own fields; NULL: no
 * memory. */
json_t *ingot_event(const ingot_archive_request *r, const char *event, json_t *fields);

/* Fails with INGOT_USAGE unless there are `least` to `most` arguments, which `what` describes. */
ingot_status ingot_want_arguments(const ingot_archive_request *r, int least, int most,
                                  const char *what, ingot_error *error);

/* Reads the record of an entry "archived" and checks that it is of that artifact. */
ingot_status ingot_artifact_record(ingot_place *place, const json_t *artifact, json_t **record,
                                   ingot_error *error);

/* "1.2 MB" */
void ingot_bytes_text(uint64_t bytes, char text[32]);

/* Puts an artifact with its stage and tags into a new object, for --json. */
json_t *ingot_artifact_json(const ingot_log *log, const json_t *artifact);

/* Whether the artifact passed the gate of its spec on the test split of its lock, with the weights
 * that it holds (gate_check.c): INGOT_GATE and why where it did not. */
ingot_status ingot_gate_check(ingot_place *place, const json_t *artifact, ingot_error *error);

/* Adds the digests that a record needs, its own among them, to the keys of an object. */
ingot_status ingot_mark_record(ingot_place *place, const char *record, json_t *marked,
                               ingot_error *error);

/* The same for all that the log refers to. */
ingot_status ingot_mark_all(ingot_place *place, const ingot_log *log, json_t *marked,
                            ingot_error *error);

#endif
