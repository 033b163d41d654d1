/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * log.c: reading and appending (log.h).
 */
#include "archive/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/parallel.h"

enum { FORMAT = 1, TRIES = 50 };

void ingot_log_key(json_int_t number, char key[INGOT_LOG_KEY]) {
    snprintf(key, INGOT_LOG_KEY, "log/%012lld.json", (long long)number);
}

/* The number of a key, 0 where it is none of an entry. */
static json_int_t number_of(const char *key) {
    char again[INGOT_LOG_KEY];
    const long long number = strncmp(key, "log/", 4) == 0 ? strtoll(key + 4, NULL, 10) : 0;
    ingot_log_key(number, again);
    return number > 0 && strcmp(key, again) == 0 ? number : 0;
}

typedef struct reading {
    ingot_place *place;
    json_int_t count, highest;
    char **texts;
    size_t *sizes;
} reading;

static ingot_status visit(void *user, const char *key, const ingot_key_facts *facts,
                          ingot_error *error) {
    reading *r = user;
    const json_int_t number = number_of(key);
    (void)facts;
    (void)error;
    if (number) r->count++;
    if (number > r->highest) r->highest = number;
    return INGOT_OK;
}

static ingot_status get_entry(void *user, int64_t index, int32_t worker, ingot_error *error) {
    reading *r = user;
    char key[INGOT_LOG_KEY];
    int found = 0;
    (void)worker;
    ingot_log_key(index + 1, key);
    ingot_status status = r->place->kind->get(r->place, key, INGOT_LARGEST_ENTRY, &r->texts[index],
                                              &r->sizes[index], &found, error);
    if (status == INGOT_OK && !found) {
        status = ingot_fail(error, INGOT_FAILED, "%s/%s: is missing, and later entries are there",
                            r->place->name, key);
    }
    return status;
}

ingot_status ingot_log_read(ingot_place *place, ingot_log *log, ingot_error *error) {
    reading r = {.place = place};
    ingot_status status = ingot_log_new(log, error);
    if (status != INGOT_OK) return status;
    status = place->kind->list(place, "log/", NULL, visit, &r, error);
    r.texts = calloc((size_t)r.highest + 1, sizeof *r.texts);
    r.sizes = calloc((size_t)r.highest + 1, sizeof *r.sizes);
    if (status == INGOT_OK && (!r.texts || !r.sizes)) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (status == INGOT_OK) {
        status = ingot_parallel(r.highest, place->threads, get_entry, &r, error);
    }
    for (json_int_t i = 0; status == INGOT_OK && i < r.highest; i++) {
        status = ingot_log_fold(log, r.texts[i], r.sizes[i], error);
        if (status != INGOT_OK) status = ingot_fail_in(error, status, "%s", place->name);
    }
    for (json_int_t i = 0; r.texts && i < r.highest; i++) free(r.texts[i]);
    free(r.texts);
    free(r.sizes);
    if (status != INGOT_OK) ingot_log_free(log);
    return status;
}

/* Now, but never before the entry that is last. */
static void time_of(const ingot_log *log, char text[32]) {
    const json_t *last = json_array_get(log->entries, json_array_size(log->entries) - 1);
    const char *before = last ? ingot_entry_text(last, "time") : NULL;
    const time_t now = time(NULL);
    struct tm parts;
    if (!gmtime_r(&now, &parts) || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        text[0] = 0;
    if (before && strcmp(before, text) > 0) snprintf(text, 32, "%s", before);
}

static ingot_status fill(const ingot_log *log, json_t *event, json_int_t *number,
                         ingot_error *error) {
    uint8_t random[8];
    char id[17], now[32];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return ingot_fail(error, INGOT_FAILED, "no random bytes: %s", strerror(errno));
    }
    ingot_hex(random, sizeof random, id);
    time_of(log, now);
    *number = (json_int_t)json_array_size(log->entries) + 1;
    if (json_object_set_new(event, "format", json_integer(FORMAT)) != 0 ||
        json_object_set_new(event, "number", json_integer(*number)) != 0 ||
        json_object_set_new(event, "previous", json_string(log->last)) != 0 ||
        json_object_set_new(event, "time", json_string(now)) != 0 ||
        json_object_set_new(event, "id", json_string(id)) != 0) {
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    return INGOT_OK;
}

ingot_status ingot_log_append(ingot_place *place, ingot_log *log, json_t *event, int *lost,
                              ingot_error *error) {
    json_int_t number = 0;
    char key[INGOT_LOG_KEY];
    *lost = 0;
    ingot_status status = fill(log, event, &number, error);
    if (status != INGOT_OK) return status;
    char *text = ingot_json_text(event);
    if (!text) {
        return ingot_fail(error, INGOT_FAILED, "a note or name that is not UTF-8 cannot be kept");
    }
    const size_t size = strlen(text);
    ingot_log_key(number, key);
    if (size > INGOT_LARGEST_ENTRY) {
        status =
            ingot_fail(error, INGOT_FAILED, "an entry of %zu bytes is too long for the log", size);
    } else if (place->append == INGOT_APPEND_AGREEMENT) {
        status = ingot_agree(place, number, text, size, lost, error);
    } else {
        status = place->kind->put_new(place, key, text, size, lost, error);
    }
    if (status == INGOT_OK && !*lost) status = ingot_log_fold(log, text, size, error);
    free(text);
    return status;
}

static void pause_for(int again) {
    uint16_t random = 0;
    if (getrandom(&random, sizeof random, 0) < 0) random = (uint16_t)getpid();
    const long milliseconds = 1 + (long)random % (20L << (again < 6 ? again : 6));
    const struct timespec wait = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

ingot_status ingot_log_change(ingot_place *place, ingot_log *log, ingot_decide decide, void *user,
                              ingot_error *error) {
    for (int again = 0; again < TRIES; again++) {
        json_t *event = NULL;
        int lost = 0;
        ingot_status status = ingot_log_read(place, log, error);
        if (status != INGOT_OK) return status;
        status = decide(user, log, again, &event, error);
        if (status == INGOT_OK && event) status = ingot_log_append(place, log, event, &lost, error);
        json_decref(event);
        if (status == INGOT_OK && !lost) return INGOT_OK;
        ingot_log_free(log);
        if (status != INGOT_OK) return status;
        pause_for(again);
    }
    return ingot_fail(error, INGOT_FAILED,
                      "%s: other writers were faster %d times in a row; try again", place->name,
                      TRIES);
}
