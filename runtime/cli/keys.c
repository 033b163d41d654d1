/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * keys.c: see keys.h.
 */
#include "cli/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sha256.h"

/* Parameters that a stage does not look at: whole names, or all below where they end with a dot.
 * What is not listed counts: a stage too often is no mistake, one too seldom is. */
static const char *const nothing_to_train[] = {"name",
                                               "variant",
                                               "data.path",
                                               "gate",
                                               "gate.",
                                               "predict",
                                               "predict.",
                                               "validate",
                                               "validate.",
                                               "report",
                                               "report.",
                                               "evaluate.slices",
                                               "evaluate.slices.",
                                               "data.declared",
                                               "data.declared.",
                                               "smoke",
                                               "smoke.",
                                               NULL};
static const char *const features_only[] = {"data",    "data.",    "features", "features.",
                                            "augment", "augment.", NULL};

static int listed(const char *const *list, const char *name) {
    for (; *list; list++) {
        const size_t length = strlen(*list);
        const int below = (*list)[length - 1] == '.';
        if (below ? strncmp(*list, name, length) == 0 : strcmp(*list, name) == 0) return 1;
    }
    return 0;
}

static int counts(const char *stage, const char *name) {
    if (strcmp(stage, "features") == 0) {
        return listed(features_only, name) && strcmp(name, "data.path") != 0;
    }
    if (strcmp(stage, "evaluate") == 0 && strncmp(name, "evaluate.", 9) == 0) return 1;
    return !listed(nothing_to_train, name);
}

/* One digest over everything of the manifest's inputs that is neither spec, lock nor override. */
static int add_code(json_t *to, const json_t *inputs) {
    ingot_sha256 hash;
    uint8_t digest[32];
    char hex[65];
    size_t i;
    const json_t *one;
    ingot_status status = ingot_sha256_begin(&hash, NULL);
    json_array_foreach(inputs, i, one) {
        const char *kind = json_string_value(json_object_get(one, "kind"));
        if (status != INGOT_OK || !kind || strcmp(kind, "spec") == 0 || strcmp(kind, "lock") == 0 ||
            strcmp(kind, "set") == 0 || strcmp(kind, "variant") == 0) {
            continue;
        }
        char *line = ingot_json_line(one);
        status = line ? ingot_sha256_add(&hash, line, strlen(line), NULL)
                      : ingot_fail(NULL, INGOT_FAILED, "out of memory");
        if (status == INGOT_OK) status = ingot_sha256_add(&hash, "\n", 1, NULL);
        free(line);
    }
    if (status != INGOT_OK) {
        (void)ingot_sha256_end(&hash, NULL, NULL);
        return 0;
    }
    if (ingot_sha256_end(&hash, digest, NULL) != INGOT_OK) return 0;
    ingot_hex(digest, sizeof digest, hex);
    return json_object_set_new(to, "code", json_string(hex)) == 0;
}

static int add_blob(json_t *to, const char *name, ingot_blob blob) {
    uint8_t digest[32];
    char hex[65];
    if (ingot_sha256_of(blob.begin, (size_t)(blob.end - blob.begin), digest, NULL) != INGOT_OK) {
        return 0;
    }
    ingot_hex(digest, sizeof digest, hex);
    return json_object_set_new(to, name, json_string(hex)) == 0;
}

json_t *ingot_stage_inputs(const ingot_session *session, const char *stage) {
    const ingot_program *p = session->program;
    const size_t size = (size_t)(p->manifest.end - p->manifest.begin);
    json_t *manifest = NULL, *inputs = json_object();
    int fine = inputs && add_blob(inputs, "lock", p->lock);
    if (size > 0) {
        (void)ingot_json_parse((const char *)p->manifest.begin, size, "the manifest", &manifest,
                               NULL);
    }
    const json_t *parameters = json_object_get(manifest, "parameters");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)parameters, name, value) {
        if (counts(stage, name)) fine &= json_object_set(inputs, name, value) == 0;
    }
    if (fine && strcmp(stage, "features") != 0) {
        fine &= json_object_set_new(inputs, "threads", json_integer(session->threads)) == 0;
        fine &= manifest ? add_code(inputs, json_object_get(manifest, "inputs"))
                         : json_object_set_new(inputs, "stamp", json_string(p->stamp)) == 0;
    }
    json_decref(manifest);
    if (fine) return inputs;
    json_decref(inputs);
    return NULL;
}

ingot_status ingot_stage_key(const ingot_session *session, const char *stage, const char *weights,
                             char hex[65], ingot_error *error) {
    json_t *inputs = ingot_stage_inputs(session, stage);
    char *line = inputs ? ingot_json_line(inputs) : NULL, *text = NULL;
    uint8_t digest[32];
    const size_t size = line ? strlen(line) + 160 : 0;
    json_decref(inputs);
    if (line) text = malloc(size);
    ingot_status status = text ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) {
        snprintf(text, size, "ingot %s 1\n%s\n%s\n", stage, weights ? weights : "", line);
        status = ingot_sha256_of(text, strlen(text), digest, error);
    }
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, hex);
    free(text);
    free(line);
    return status;
}

/* ------------------------------------------------------------------ differences */

enum { SHOWN = 4 };

typedef struct telling {
    char *text;
    size_t size;
    int count;
} telling;

static void value_text(const json_t *value, char *text, size_t size) {
    if (!value) {
        snprintf(text, size, "none");
    } else if (json_is_string(value)) {
        const char *s = json_string_value(value);
        snprintf(text, size, strlen(s) > 40 ? "%.37s..." : "%s", s);
    } else {
        snprintf(text, size, "%lld", (long long)json_integer_value(value));
    }
}

static void tell(telling *to, const char *name, const json_t *then, const json_t *now) {
    char a[64], b[64];
    const size_t used = strlen(to->text);
    if (to->count++ >= SHOWN || used + 1 >= to->size) return;
    const char *comma = used > 0 ? ", " : "";
    if (strcmp(name, "code") == 0 || strcmp(name, "stamp") == 0) {
        snprintf(to->text + used, to->size - used, "%sIngot, compiler or libraries changed", comma);
    } else if (strcmp(name, "lock") == 0) {
        snprintf(to->text + used, to->size - used, "%sthe lock (data or split) changed", comma);
    } else {
        value_text(then, a, sizeof a);
        value_text(now, b, sizeof b);
        snprintf(to->text + used, to->size - used, "%s%s %s -> %s", comma, name, a, b);
    }
}

int ingot_inputs_differ(const json_t *then, const json_t *now, char *text, size_t size) {
    telling to = {text, size, 0};
    const char *name;
    json_t *value;
    text[0] = 0;
    json_object_foreach((json_t *)(uintptr_t)now, name, value) {
        const json_t *old = json_object_get(then, name);
        if (!json_equal(old, value)) tell(&to, name, old, value);
    }
    json_object_foreach((json_t *)(uintptr_t)then, name, value) {
        if (!json_object_get(now, name)) tell(&to, name, value, NULL);
    }
    const size_t used = strlen(text);
    if (to.count > SHOWN && used + 1 < size) {
        snprintf(text + used, size - used, ", and %d more", to.count - SHOWN);
    }
    return to.count;
}
