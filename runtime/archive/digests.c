/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * digests.c: see digests.h.
 */
#include "archive/digests.h"

#include <string.h>

enum { DIGITS = 64 };

static const char HEADING[] = "# ingot artifact ";
static const char LIST[] = ".digests";

static int ends_in(const char *text, const char *ending) {
    const size_t n = strlen(text), m = strlen(ending);
    return n > m && strcmp(text + n - m, ending) == 0;
}

int ingot_digests_list(const char *path) {
    return !strchr(path, '/') && ends_in(path, LIST);
}

int ingot_digests_apart(const char *path) {
    return ingot_digests_list(path) || (!strchr(path, '/') && (ends_in(path, ".digests.sig") ||
                                                               ends_in(path, ".digests.minisig")));
}

static const char *text_of(const json_t *member, const char *field) {
    const char *text = json_string_value(json_object_get(member, field));
    return text ? text : "";
}

const json_t *ingot_digests_member(const json_t *record, const char *path) {
    size_t i;
    const json_t *member;
    json_array_foreach(json_object_get(record, "members"), i, member) {
        if (strcmp(text_of(member, "path"), path) == 0) return member;
    }
    return NULL;
}

static ingot_status check_line(const char *list, const char *line, const char *before,
                               const char **path, const json_t *record, ingot_error *error) {
    *path = strlen(line) > DIGITS + 2 ? line + DIGITS + 2 : "";
    const json_t *member = ingot_digests_member(record, *path);
    if (!member || strcmp(*path, before) <= 0 || ingot_digests_apart(*path)) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: names `%.200s`, which is no other member of the artifact", list,
                          *path);
    }
    if (strlen(text_of(member, "sha256")) == DIGITS &&
        strncmp(line, text_of(member, "sha256"), DIGITS) == 0 &&
        strncmp(line + DIGITS, "  ", 2) == 0) {
        return INGOT_OK;
    }
    return ingot_fail(error, INGOT_FAILED, "%s: `%.200s` is not the file that is listed", list,
                      *path);
}

ingot_status ingot_digests_compare(const char *list, char *text, const json_t *record,
                                   ingot_error *error) {
    const json_t *member, *members = json_object_get(record, "members");
    size_t named = 0, wanted = 0, i;
    if (strncmp(text, HEADING, sizeof HEADING - 1) != 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: is no list of digests", list);
    }
    if (strncmp(text + sizeof HEADING - 1, "1\n", 2) != 0) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: is of a format that a newer version of Ingot wrote", list);
    }
    char *rest = NULL;
    const char *before = "";
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] == '#') continue;
        ingot_status status = check_line(list, line, before, &before, record, error);
        if (status != INGOT_OK) return status;
        named++;
    }
    json_array_foreach(members, i, member) {
        if (!ingot_digests_apart(text_of(member, "path"))) wanted++;
    }
    if (named == wanted) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: %zu members of the artifact are not in it", list,
                      wanted - named);
}
