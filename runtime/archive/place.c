/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * place.c: see place.h. The file ingot-archive.json that makes a place an archive.
 */
#include "archive/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { FORMAT = 1, LARGEST_HEAD = 65536 };

static const char head_key[] = "ingot-archive.json";
static const char *const append_names[] = {"exclusive", "conditional", "agreement"};

static ingot_status read_head(ingot_place *place, const char *text, size_t size,
                              ingot_error *error) {
    json_t *head = NULL;
    ingot_status status = ingot_json_parse(text, size, head_key, &head, error);
    if (status != INGOT_OK) return ingot_fail_in(error, status, "%s", place->name);
    const json_t *format = json_object_get(head, "format");
    const char *append = json_string_value(json_object_get(head, "append"));
    if (!json_is_integer(format)) {
        status = ingot_fail(error, INGOT_FAILED, "%s: %s: no format: not an archive", place->name,
                            head_key);
    } else if (json_integer_value(format) > FORMAT) {
        status = ingot_fail(error, INGOT_FAILED,
                            "%s: an archive of format %lld; this program knows formats up to %d: "
                            "it was made by a newer version",
                            place->name, (long long)json_integer_value(format), FORMAT);
    } else {
        size_t i = 0;
        while (i < 3 && !(append && strcmp(append, append_names[i]) == 0)) i++;
        place->append = (ingot_append)i;
        if (i == 3) {
            status = ingot_fail(error, INGOT_FAILED,
                                "%s: %s: append is `%s`; known are exclusive, conditional and "
                                "agreement",
                                place->name, head_key, append ? append : "missing");
        }
    }
    json_decref(head);
    return status;
}

/* Two that make an archive at once write the same bytes. */
static ingot_status make_head(ingot_place *place, ingot_error *error) {
    ingot_status status = place->kind->probe(place, &place->append, error);
    if (status != INGOT_OK) return status;
    json_t *head = json_pack("{s:s, s:i}", "append", append_names[place->append], "format", FORMAT);
    char *text = head ? ingot_json_text(head) : NULL;
    json_decref(head);
    if (!text) return ingot_fail(error, INGOT_FAILED, "out of memory");
    status = place->kind->put(place, head_key, text, strlen(text), error);
    free(text);
    place->fresh = 1;
    return status;
}

ingot_status ingot_place_open(const char *name, int make, ingot_place **opened,
                              ingot_error *error) {
    const int s3 = strncmp(name, "s3://", 5) == 0;
    char *text = NULL;
    size_t size = 0;
    int found = 0;
    *opened = NULL;
    const char *scheme = strstr(name, "://");
    if (!*name) return ingot_fail(error, INGOT_USAGE, "--archive: the name of a place is missing");
    if (scheme && !s3) {
        return ingot_fail(error, INGOT_USAGE,
                          "%s: no place for an archive: a folder or s3://bucket/prefix is", name);
    }
    ingot_place *place = calloc(1, sizeof *place);
    if (place) place->name = strdup(name);
    if (!place || !place->name) {
        free(place);
        return ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    ingot_status status =
        s3 ? ingot_s3_open(place, make, error) : ingot_folder_open(place, make, error);
    if (status == INGOT_OK) {
        status = place->kind->get(place, head_key, LARGEST_HEAD, &text, &size, &found, error);
    }
    if (status == INGOT_OK && found) {
        status = read_head(place, text, size, error);
    } else if (status == INGOT_OK && make) {
        status = make_head(place, error);
    } else if (status == INGOT_OK) {
        status = ingot_fail(error, INGOT_FAILED, "%s: there is no archive (no %s)", name, head_key);
    }
    free(text);
    if (status != INGOT_OK) {
        ingot_place_close(place);
        return status;
    }
    *opened = place;
    return INGOT_OK;
}

void ingot_place_close(ingot_place *place) {
    if (!place) return;
    if (place->kind && place->state) place->kind->close(place);
    free(place->name);
    free(place);
}
