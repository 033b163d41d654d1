/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * agree.c: one value for a number of the log, on a place that can only be written, read and listed.
 *
 * Disk Paxos (Gafni, Lamport: "Disk Paxos", Distributed Computing 16, 2003) with the place as the
 * one disk. Each writer has a block, log/<number>.d/<its id>.json: {"mbal", "bal", "inp"}; a ballot
 * is [round, id]. In both phases a writer writes its block and then reads those of all others;
 * where one has a higher mbal it begins again with a higher round. Phase 1 takes over the value
 * with the highest bal, phase 2 commits it. It is safe however slow writers are and whenever they
 * die, and ends when one is left alone for a moment, for which losers wait a random time.
 *
 * The value is then written to log/<number>.json, by every writer that learns it, as the same
 * bytes; after that blocks are only in the way and go. A writer that comes late may miss blocks
 * that are gone: so it looks for log/<number>.json after each reading, which was there before they
 * went.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "archive/log.h"
#include "base/json.h"

enum { ROUNDS = 60, ID = 17 };

typedef struct ballot {
    json_int_t round;
    char id[ID];
} ballot;

typedef struct agreement {
    ingot_place *place;
    json_int_t number;
    char id[ID], folder[48];
    ballot mbal, bal; /* of our block; bal.round 0: none */
    char *inp;        /* the value of bal */
    /* what a reading found */
    ballot highest; /* mbal of others */
    ballot chosen;  /* the highest bal of others, */
    char *value;    /* and its value */
    int final;      /* 1: log/<number>.json is there */
    int cleaning;   /* 1: remove what is listed */
} agreement;

static int compare(const ballot *a, const ballot *b) {
    if (a->round != b->round) return a->round < b->round ? -1 : 1;
    return strcmp(a->id, b->id);
}

static json_t *ballot_json(const ballot *b) {
    return b->round ? json_pack("[I, s]", b->round, b->id) : json_null();
}

static int ballot_read(const json_t *value, ballot *b) {
    const char *id = json_string_value(json_array_get(value, 1));
    memset(b, 0, sizeof *b);
    if (json_is_null(value)) return 1;
    b->round = json_integer_value(json_array_get(value, 0));
    if (b->round < 1 || !id || strlen(id) != ID - 1) return 0;
    memcpy(b->id, id, ID);
    return 1;
}

static ingot_status write_block(agreement *a, ingot_error *error) {
    char key[96];
    json_t *block = json_pack("{s:o, s:o, s:s*}", "mbal", ballot_json(&a->mbal), "bal",
                              ballot_json(&a->bal), "inp", a->inp);
    char *text = block ? ingot_json_line(block) : NULL;
    json_decref(block);
    if (!text) return ingot_fail(error, INGOT_FAILED, "out of memory");
    snprintf(key, sizeof key, "%s%s.json", a->folder, a->id);
    ingot_status status = a->place->kind->put(a->place, key, text, strlen(text), error);
    free(text);
    return status;
}

static ingot_status take_block(agreement *a, const json_t *block, const char *key,
                               ingot_error *error) {
    ballot mbal, bal;
    const char *inp = json_string_value(json_object_get(block, "inp"));
    if (!ballot_read(json_object_get(block, "mbal"), &mbal) ||
        !ballot_read(json_object_get(block, "bal"), &bal) || (bal.round && !inp)) {
        return ingot_fail(error, INGOT_FAILED, "%s/%s: no block of a writer", a->place->name, key);
    }
    if (compare(&mbal, &a->highest) > 0) a->highest = mbal;
    if (bal.round && compare(&bal, &a->chosen) > 0) {
        free(a->value);
        a->value = strdup(inp);
        a->chosen = bal;
        if (!a->value) return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    return INGOT_OK;
}

static ingot_status visit(void *user, const char *key, const ingot_key_facts *facts,
                          ingot_error *error) {
    agreement *a = user;
    char *text = NULL;
    size_t size = 0;
    int found = 0;
    json_t *block = NULL;
    (void)facts;
    if (a->cleaning) return a->place->kind->remove(a->place, key, error);
    if (strncmp(key + strlen(a->folder), a->id, ID - 1) == 0) return INGOT_OK; /* ours */
    ingot_status status = a->place->kind->get(a->place, key, 2 * (size_t)INGOT_LARGEST_ENTRY, &text,
                                              &size, &found, error);
    if (status != INGOT_OK || !found) return status;
    status = ingot_json_parse(text, size, key, &block, error);
    if (status == INGOT_OK) status = take_block(a, block, key, error);
    json_decref(block);
    free(text);
    return status;
}

/* All blocks of others, then whether all this is over. */
static ingot_status read_blocks(agreement *a, ingot_error *error) {
    char key[INGOT_LOG_KEY];
    ingot_key_facts facts;
    memset(&a->highest, 0, sizeof a->highest);
    ingot_status status = a->place->kind->list(a->place, a->folder, NULL, visit, a, error);
    ingot_log_key(a->number, key);
    if (status == INGOT_OK) status = a->place->kind->stat(a->place, key, &facts, &a->final, error);
    return status;
}

/* Writes the block and reads the others; *ahead 1: one of them is. */
static ingot_status phase(agreement *a, int *ahead, ingot_error *error) {
    ingot_status status = write_block(a, error);
    if (status == INGOT_OK) status = read_blocks(a, error);
    *ahead = compare(&a->highest, &a->mbal) > 0;
    return status;
}

static ingot_status ballot_of(agreement *a, json_int_t round, const char *value, int *done,
                              ingot_error *error) {
    int ahead = 0;
    *done = 0;
    a->mbal.round = round;
    ingot_status status = phase(a, &ahead, error);
    if (status != INGOT_OK || ahead || a->final) return status;
    /* Our own earlier commitment counts as well. */
    const char *take = value;
    if (a->bal.round) take = a->inp;
    if (a->chosen.round && (!a->bal.round || compare(&a->chosen, &a->bal) > 0)) take = a->value;
    char *copy = strdup(take);
    if (!copy) return ingot_fail(error, INGOT_FAILED, "out of memory");
    free(a->inp);
    a->inp = copy;
    a->bal = a->mbal;
    status = phase(a, &ahead, error);
    *done = status == INGOT_OK && !ahead && !a->final;
    return status;
}

static void wait_a_little(int round) {
    uint16_t random = 0;
    if (getrandom(&random, sizeof random, 0) < 0) random = 7;
    const long milliseconds = 5 + (long)random % (30L << (round < 6 ? round : 6));
    const struct timespec wait = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

static ingot_status decide(agreement *a, const char *value, ingot_error *error) {
    json_int_t round = 1;
    int done = 0;
    for (int i = 0; i < ROUNDS; i++) {
        ingot_status status = ballot_of(a, round, value, &done, error);
        if (status != INGOT_OK || done || a->final) return status;
        round = a->highest.round + 1;
        wait_a_little(i);
    }
    return ingot_fail(
        error, INGOT_FAILED,
        "%s: %d rounds with other writers came to no agreement on log entry %lld; try "
        "again",
        a->place->name, ROUNDS, (long long)a->number);
}

/* Whether what is decided is something else: another writer may have finished what we began. */
static ingot_status compare_final(const agreement *a, const char *key, const char *value,
                                  size_t size, int *taken, ingot_error *error) {
    char *text = NULL;
    size_t length = 0;
    int found = 0;
    ingot_status status =
        a->place->kind->get(a->place, key, INGOT_LARGEST_ENTRY, &text, &length, &found, error);
    if (status == INGOT_OK && !found) {
        status =
            ingot_fail(error, INGOT_FAILED, "%s/%s: was there and is gone", a->place->name, key);
    }
    *taken = status == INGOT_OK && (length != size || memcmp(text, value, size) != 0);
    free(text);
    return status;
}

/* Blocks of a number that is decided: failing to remove them harms nobody (gc does it later). */
static void clean(agreement *a) {
    ingot_error ignored;
    a->cleaning = 1;
    (void)a->place->kind->list(a->place, a->folder, NULL, visit, a, &ignored);
}

ingot_status ingot_agree(ingot_place *place, json_int_t number, const char *value, size_t size,
                         int *taken, ingot_error *error) {
    uint8_t random[8];
    char key[INGOT_LOG_KEY];
    agreement a = {.place = place, .number = number};
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return ingot_fail(error, INGOT_FAILED, "no random bytes: %s", strerror(errno));
    }
    ingot_hex(random, sizeof random, a.id);
    memcpy(a.mbal.id, a.id, ID);
    snprintf(a.folder, sizeof a.folder, "log/%012lld.d/", (long long)number);
    ingot_log_key(number, key);
    ingot_status status = read_blocks(&a, error);
    if (status == INGOT_OK && !a.final) status = decide(&a, value, error);
    if (status == INGOT_OK && !a.final) {
        status = place->kind->put(place, key, a.inp, strlen(a.inp), error);
        *taken = strlen(a.inp) != size || strcmp(a.inp, value) != 0;
    } else if (status == INGOT_OK) {
        status = compare_final(&a, key, value, size, taken, error);
    }
    if (status == INGOT_OK) clean(&a);
    free(a.inp);
    free(a.value);
    return status;
}
