/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * record.c: see record.h.
 */
#include "archive/record.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "archive/object.h"
#include "base/json.h"

const char *ingot_member_path_problem(const char *path) {
    const char *at = path;
    if (!*path) return "is empty";
    if (strlen(path) > 1024) return "is longer than 1024 bytes";
    if (*path == '/') return "begins with /";
    for (const char *c = path; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 127) return "holds a control character";
    }
    while (1) {
        const size_t length = strcspn(at, "/");
        if (length == 0) return "holds an empty name";
        if (length == 1 && at[0] == '.') return "holds the name .";
        if (length == 2 && at[0] == '.' && at[1] == '.') return "climbs out of its folder with ..";
        if (length > 255) return "holds a name longer than 255 bytes";
        if (!at[length]) return NULL;
        at += length + 1;
    }
}

int ingot_is_word(const char *text) {
    const size_t length = strlen(text);
    if (length < 1 || length > 100 || !isalnum((unsigned char)text[0])) return 0;
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c > 127 || (!isalnum((unsigned char)*c) && !strchr("._-", *c)))
            return 0;
    }
    return 1;
}

int ingot_is_name(const char *text) {
    const size_t length = strlen(text);
    if (length < 1 || length > 200) return 0;
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 127 || *c == '/' || *c == '@') return 0;
    }
    return 1;
}

static int is_digest(const json_t *value) {
    uint8_t digest[INGOT_SHA256_BYTES];
    return json_is_string(value) &&
           ingot_sha256_from_hex(json_string_value(value), json_string_length(value), digest);
}

/* [[digest, size], …] whose sizes sum up to `size`. */
static const char *chunks_problem(const json_t *chunks, json_int_t size) {
    size_t i;
    const json_t *pair;
    json_int_t sum = 0;
    if (!json_is_array(chunks)) return "chunks is no list";
    json_array_foreach(chunks, i, pair) {
        const json_t *bytes = json_array_get(pair, 1);
        const json_int_t n = json_integer_value(bytes);
        if (json_array_size(pair) != 2 || !is_digest(json_array_get(pair, 0)) ||
            !json_is_integer(bytes) || n < 1 || n > INGOT_LARGEST_OBJECT) {
            return "chunks holds what is no [digest, size]";
        }
        if (n > size - sum) return "chunks make more bytes than size says";
        sum += n;
    }
    return sum == size ? NULL : "chunks make fewer bytes than size says";
}

static ingot_status check_member(const json_t *member, const char *what, const char *before,
                                 ingot_error *error) {
    const json_t *path = json_object_get(member, "path"), *role = json_object_get(member, "role");
    const json_t *size = json_object_get(member, "size"), *run = json_object_get(member, "run");
    const char *problem = NULL, *name = json_string_value(path);
    if (!name || strlen(name) != json_string_length(path)) {
        return ingot_fail(error, INGOT_FAILED, "%s: a member without path", what);
    }
    problem = ingot_member_path_problem(name);
    if (problem) {
        return ingot_fail(error, INGOT_FAILED, "%s: refused: the path `%s` of a member %s", what,
                          name, problem);
    }
    if (before && strcmp(before, name) >= 0) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: `%s`: members are not in order, or one is twice", what, name);
    }
    if (!json_is_string(role) || !ingot_is_word(json_string_value(role))) {
        problem = "role is no word";
    } else if (!json_is_integer(size) || json_integer_value(size) < 0) {
        problem = "size is no number of bytes";
    } else if (!is_digest(json_object_get(member, "sha256"))) {
        problem = "sha256 is no digest";
    } else if (run && !json_is_boolean(run)) {
        problem = "run is neither true nor false";
    } else {
        problem = chunks_problem(json_object_get(member, "chunks"), json_integer_value(size));
    }
    if (!problem) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: member `%s`: %s", what, name, problem);
}

/* A file cannot be where another member needs a folder: "a" and "a/b". */
static ingot_status check_nesting(const json_t *members, const char *what, ingot_error *error) {
    size_t i, j;
    const json_t *member;
    json_array_foreach(members, i, member) {
        const char *path = ingot_member_text(member, "path");
        const size_t length = strlen(path);
        for (j = i + 1; j < json_array_size(members); j++) {
            const char *next = ingot_member_text(json_array_get(members, j), "path");
            if (strncmp(next, path, length) != 0) break;
            if (next[length] == '/') {
                return ingot_fail(error, INGOT_FAILED,
                                  "%s: `%s` is a file, and `%s` wants a folder", what, path, next);
            }
        }
    }
    return INGOT_OK;
}

ingot_status ingot_record_check(const json_t *record, const char *what, ingot_error *error) {
    size_t i;
    const json_t *member, *format = json_object_get(record, "format");
    const json_t *members = json_object_get(record, "members");
    const char *name = json_string_value(json_object_get(record, "name")), *before = NULL;
    const char *problem = NULL;
    if (!json_is_integer(format)) return ingot_fail(error, INGOT_FAILED, "%s: no format", what);
    if (json_integer_value(format) > INGOT_RECORD_FORMAT) {
        return ingot_fail(
            error, INGOT_FAILED,
            "%s: of format %lld; this program knows formats up to %d: the artifact was "
            "made by a newer version",
            what, (long long)json_integer_value(format), INGOT_RECORD_FORMAT);
    }
    if (!name || !ingot_is_name(name)) {
        problem = "its name is missing or no name";
    } else if (!is_digest(json_object_get(record, "stamp"))) {
        problem = "its stamp is missing or no stamp";
    } else if (!json_is_array(members) || json_array_size(members) == 0) {
        problem = "it has no members";
    } else if (json_object_get(record, "facts") &&
               !json_is_object(json_object_get(record, "facts"))) {
        problem = "its facts are no object";
    }
    if (problem) return ingot_fail(error, INGOT_FAILED, "%s: %s", what, problem);
    json_array_foreach(members, i, member) {
        ingot_status status = check_member(member, what, before, error);
        if (status != INGOT_OK) return status;
        before = ingot_member_text(member, "path");
    }
    return check_nesting(members, what, error);
}

ingot_status ingot_record_parse(const char *text, size_t size, const char *what, json_t **record,
                                ingot_error *error) {
    *record = NULL;
    ingot_status status = ingot_json_parse(text, size, what, record, error);
    if (status == INGOT_OK) status = ingot_record_check(*record, what, error);
    if (status != INGOT_OK) {
        json_decref(*record);
        *record = NULL;
    }
    return status;
}

ingot_status ingot_record_read(ingot_place *place, const char *hex, json_t **record,
                               ingot_error *error) {
    char *text = NULL, what[32];
    size_t size = 0;
    *record = NULL;
    snprintf(what, sizeof what, "record %.12s", hex);
    ingot_status status = ingot_object_get(place, hex, INGOT_LARGEST_RECORD, &text, &size, error);
    if (status == INGOT_OK) status = ingot_record_parse(text, size, what, record, error);
    free(text);
    return status;
}

const json_t *ingot_record_member(const json_t *record, const char *role) {
    size_t i;
    const json_t *member;
    json_array_foreach(json_object_get(record, "members"), i, member) {
        if (strcmp(ingot_member_text(member, "role"), role) == 0) return member;
    }
    return NULL;
}

const char *ingot_member_text(const json_t *member, const char *field) {
    return json_string_value(json_object_get(member, field));
}

uint64_t ingot_member_size(const json_t *member) {
    return (uint64_t)json_integer_value(json_object_get(member, "size"));
}

ingot_status ingot_member_write(ingot_place *place, const json_t *member, const char *path,
                                struct ingot_traffic *traffic, ingot_error *error) {
    return ingot_file_get(place, ingot_member_text(member, "path"),
                          json_object_get(member, "chunks"), ingot_member_size(member),
                          ingot_member_text(member, "sha256"), path, traffic, error);
}

ingot_status ingot_member_read(ingot_place *place, const json_t *member, size_t limit, char **bytes,
                               ingot_error *error) {
    return ingot_file_read(place, ingot_member_text(member, "path"),
                           json_object_get(member, "chunks"), ingot_member_size(member),
                           ingot_member_text(member, "sha256"), limit, bytes, error);
}
