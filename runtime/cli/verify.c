/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * verify.c: the word verify: is what the executable carries whole and what its stamp says?
 *
 * The manifest lists every input of the stamp as {kind, name, value}. Their sorted lines under the
 * heading "ingot-stamp 1" hash to the stamp; inputs of kind "spec" and "lock" are the carried
 * sections, and all of kind "file" lie in the carried archive, each with the SHA-256 listed. That
 * the machine code follows from them can only be shown by building again: `lua build.lua verify`.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sha256.h"
#include "cli/carried.h"
#include "cli/words.h"

enum { SHOWN = 5 };

typedef struct check {
    const ingot_program *program;
    const json_t *inputs;
    json_t *archived; /* path -> SHA-256 */
    json_t *problems;
} check;

static void problem(check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void problem(check *c, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_array_append_new(c->problems, json_string(text));
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The hash of the inputs' lines in ascending byte order. */
static ingot_status stamp_of(const json_t *inputs, char hex[65], ingot_error *error) {
    static const char heading[] = "ingot-stamp 1\n";
    const size_t count = json_array_size(inputs);
    char **lines = calloc(count + 1, sizeof *lines);
    int whole = lines != NULL;
    for (size_t i = 0; whole && i < count; i++) {
        const json_t *input = json_array_get(inputs, i);
        const char *kind = text_of(input, "kind"), *name = text_of(input, "name");
        const char *value = text_of(input, "value");
        const size_t room = strlen(kind) + strlen(name) + strlen(value) + 4;
        lines[i] = malloc(room);
        whole = lines[i] != NULL;
        if (whole) snprintf(lines[i], room, "%s %s %s\n", kind, name, value);
    }
    ingot_sha256 hash;
    uint8_t digest[32];
    ingot_status status =
        whole ? ingot_sha256_begin(&hash, error) : ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) {
        qsort(lines, count, sizeof *lines, by_bytes);
        status = ingot_sha256_add(&hash, heading, sizeof heading - 1, error);
        for (size_t i = 0; status == INGOT_OK && i < count; i++) {
            status = ingot_sha256_add(&hash, lines[i], strlen(lines[i]), error);
        }
        if (status == INGOT_OK) {
            status = ingot_sha256_end(&hash, digest, error);
        } else {
            ingot_sha256_end(&hash, NULL, NULL);
        }
    }
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, hex);
    for (size_t i = 0; lines && i < count; i++) free(lines[i]);
    free(lines);
    return status;
}

static ingot_status note_file(void *user, const char *path, const char *sha256,
                              ingot_error *error) {
    check *c = user;
    if (json_object_set_new(c->archived, path, json_string(sha256)) != 0) {
        return ingot_fail(error, INGOT_FAILED, "the carried sources hold a path that is not UTF-8");
    }
    return INGOT_OK;
}

static ingot_status check_section(check *c, const json_t *input, ingot_blob section,
                                  ingot_error *error) {
    uint8_t digest[32];
    char hex[65];
    ingot_status status =
        ingot_sha256_of(section.begin, (size_t)(section.end - section.begin), digest, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    if (strcmp(hex, text_of(input, "value")) != 0) {
        problem(c, "the carried %s is not the one it was built from", text_of(input, "kind"));
    }
    return INGOT_OK;
}

static ingot_status check_inputs(check *c, ingot_error *error) {
    size_t i;
    const json_t *input;
    ingot_status status = INGOT_OK;
    json_array_foreach(c->inputs, i, input) {
        const char *kind = text_of(input, "kind"), *name = text_of(input, "name");
        char path[1024];
        snprintf(path, sizeof path, "%s", name);
        if (strcmp(kind, "spec") == 0 || strcmp(kind, "lock") == 0) {
            const int spec = strcmp(kind, "spec") == 0;
            status = check_section(c, input, spec ? c->program->spec : c->program->lock, error);
            snprintf(path, sizeof path, "specs/%s", name);
        } else if (strcmp(kind, "file") != 0) {
            continue;
        }
        if (status != INGOT_OK) return status;
        const char *found = json_string_value(json_object_get(c->archived, path));
        if (!found) {
            problem(c, "the carried sources lack %s", path);
        } else if (strcmp(found, text_of(input, "value")) != 0) {
            problem(c, "%s among the carried sources is not the one it was built from", path);
        }
    }
    return INGOT_OK;
}

static ingot_status examine(check *c, const json_t *manifest, ingot_error *error) {
    char hex[65];
    const ingot_program *program = c->program;
    c->inputs = json_object_get(manifest, "inputs");
    if (json_array_size(c->inputs) == 0) {
        return ingot_fail(error, INGOT_FAILED, "the manifest lists no inputs");
    }
    ingot_status status = stamp_of(c->inputs, hex, error);
    if (status == INGOT_OK && strcmp(hex, program->stamp) != 0) {
        problem(c, "the stamp is not the hash of the inputs that the manifest lists");
    }
    if (status == INGOT_OK && strcmp(text_of(manifest, "stamp"), program->stamp) != 0) {
        problem(c, "the manifest is of stamp %.12s", text_of(manifest, "stamp"));
    }
    if (status == INGOT_OK) status = ingot_archive_list(program->sources, note_file, c, error);
    return status == INGOT_OK ? check_inputs(c, error) : status;
}

ingot_status ingot_word_verify(ingot_session *session, ingot_error *error) {
    const ingot_program *program = session->program;
    json_t *manifest = NULL;
    check c = {.program = program, .archived = json_object(), .problems = json_array()};
    ingot_status status =
        ingot_json_parse((const char *)program->manifest.begin,
                         (size_t)(program->manifest.end - program->manifest.begin),
                         "the carried manifest", &manifest, error);
    if (status == INGOT_OK) status = examine(&c, manifest, error);
    const size_t found = json_array_size(c.problems);
    if (status == INGOT_OK && found > 0) {
        for (size_t i = 1; i < found && i < SHOWN; i++) {
            fprintf(stderr, "%s: %s\n", program->name,
                    json_string_value(json_array_get(c.problems, i)));
        }
        if (found > SHOWN) fprintf(stderr, "%s: ... %zu in all\n", program->name, found);
        status =
            ingot_fail(error, INGOT_FAILED, "%s", json_string_value(json_array_get(c.problems, 0)));
    }
    if (status == INGOT_OK) {
        FILE *out = ingot_session_out(session);
        json_object_set_new(session->summary, "files",
                            json_integer((json_int_t)json_object_size(c.archived)));
        if (out) {
            fprintf(out,
                    "what it carries is whole: %zu files, and they hash to the stamp %s\n"
                    "to prove that it follows from them byte for byte: lua build.lua verify "
                    "EXECUTABLE\n",
                    json_object_size(c.archived), program->stamp);
        }
    }
    json_object_set_new(session->summary, "problems", c.problems);
    json_decref(c.archived);
    json_decref(manifest);
    return status;
}
