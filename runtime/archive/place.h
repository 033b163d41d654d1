/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * place.h: where an archive lies, as keys ("objects/ab/abcd.zst") and the bytes under them: a
 * folder (folder.c) or a prefix of a bucket (s3.c). docs/archive.md says what the keys are.
 *
 * What is put under a key is there whole or is not there. Every function may be called by several
 * threads at once. Messages begin with the place and the key.
 */
#ifndef INGOT_ARCHIVE_PLACE_H
#define INGOT_ARCHIVE_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct ingot_place ingot_place;

/* How a place lets one of several writers have a key (docs/archive.md). */
typedef enum ingot_append {
    INGOT_APPEND_EXCLUSIVE,
    INGOT_APPEND_CONDITIONAL,
    INGOT_APPEND_AGREEMENT
} ingot_append;

typedef struct ingot_key_facts {
    uint64_t size;
    double age; /* seconds since it was written or renewed, by the place's own clock */
} ingot_key_facts;

/* Called for each key in ascending byte order; another status than INGOT_OK ends the listing. */
typedef ingot_status (*ingot_key_visit)(void *user, const char *key, const ingot_key_facts *facts,
                                        ingot_error *error);

typedef struct ingot_place_kind {
    /* *bytes from malloc with a zero after its end; *found 0 where there is no such key. More than
     * `limit` bytes is a failure. */
    ingot_status (*get)(ingot_place *place, const char *key, size_t limit, char **bytes,
                        size_t *size, int *found, ingot_error *error);
    /* What was there before is replaced. */
    ingot_status (*put)(ingot_place *place, const char *key, const void *bytes, size_t size,
                        ingot_error *error);
    /* Only where nothing is there; *taken 1: something is. Not with INGOT_APPEND_AGREEMENT. */
    ingot_status (*put_new)(ingot_place *place, const char *key, const void *bytes, size_t size,
                            int *taken, ingot_error *error);
    ingot_status (*stat)(ingot_place *place, const char *key, ingot_key_facts *facts, int *found,
                         ingot_error *error);
    /* Its age becomes 0. *found 0: it is gone. */
    ingot_status (*renew)(ingot_place *place, const char *key, int *found, ingot_error *error);
    /* All keys that begin with `prefix` and come after `after` (NULL: all). */
    ingot_status (*list)(ingot_place *place, const char *prefix, const char *after,
                         ingot_key_visit visit, void *user, ingot_error *error);
    /* Not there: fine. */
    ingot_status (*remove)(ingot_place *place, const char *key, ingot_error *error);
    /* What a broken-off writer left and is `age` seconds old: counted, and removed unless dry. */
    ingot_status (*sweep)(ingot_place *place, double age, int dry, int64_t *count,
                          ingot_error *error);
    /* How a new archive there is to append: asks the place. */
    ingot_status (*probe)(ingot_place *place, ingot_append *append, ingot_error *error);
    void (*close)(ingot_place *place);
} ingot_place_kind;

struct ingot_place {
    const ingot_place_kind *kind;
    char *name;          /* as the user wrote it */
    ingot_append append; /* valid after ingot_place_open */
    int32_t threads;     /* how many requests at once make sense */
    int fresh;           /* 1: the archive was made by this open */
    char notice[200];    /* what a person should know though all went well; "" : nothing */
    void *state;         /* of the kind */
};

/* Opens the archive at `name`, a folder or s3://bucket/prefix. Where none is there it is made if
 * `make`, and INGOT_FAILED otherwise. One of a newer format is refused. Nothing to close after a
 * failure. */
ingot_status ingot_place_open(const char *name, int make, ingot_place **place, ingot_error *error);
void ingot_place_close(ingot_place *place);

/* For ingot_place_open: the kinds. They fill kind, threads and state. */
ingot_status ingot_folder_open(ingot_place *place, int make, ingot_error *error);
ingot_status ingot_s3_open(ingot_place *place, int make, ingot_error *error);

#endif
