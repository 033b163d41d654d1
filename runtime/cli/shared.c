/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * shared.c: see shared.h.
 */
#include "cli/shared.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "cli/environment.h"

enum { FORMAT = 1 };

/* WORK/cache/<stage>-<key><ending>, from malloc. */
static ingot_status place(const ingot_session *session, const char *stage, const char *key,
                          const char *ending, char **path, ingot_error *error) {
    char name[160];
    snprintf(name, sizeof name, "cache/%s-%s%s", stage, key, ending);
    *path = ingot_join(session->options->work, name);
    return *path ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
}

typedef struct waiting {
    const ingot_session *session;
    const char *stage;
    int told;
} waiting;

static int waits(void *user) {
    waiting *w = user;
    if (!w->told) {
        ingot_session_note(w->session, "%s: another process computes the same; waiting for it",
                           w->stage);
    }
    w->told = 1;
    return ingot_stop != 0;
}

ingot_status ingot_shared_lock(ingot_session *session, const char *stage, const char *key,
                               int *lock, ingot_error *error) {
    waiting w = {session, stage, 0};
    char *path = NULL, *folder = ingot_join(session->options->work, "cache");
    *lock = -1;
    ingot_status status = folder ? ingot_make_directories(folder, error)
                                 : ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) status = place(session, stage, key, ".lock", &path, error);
    if (status == INGOT_OK) status = ingot_lock_file(path, waits, &w, lock, error);
    if (status != INGOT_OK && ingot_stop) session->interrupted = 1;
    free(folder);
    free(path);
    return status;
}

static ingot_status check_files(const char *folder, const json_t *files, ingot_error *error) {
    const char *name;
    json_t *value;
    ingot_status status = INGOT_OK;
    json_object_foreach((json_t *)(uintptr_t)files, name, value) {
        char *path = ingot_join(folder, name), hex[65];
        uint8_t digest[32];
        const char *said = json_string_value(value);
        status = path ? ingot_sha256_file(path, digest, NULL, error)
                      : ingot_fail(error, INGOT_FAILED, "out of memory");
        if (status == INGOT_OK) {
            ingot_hex(digest, sizeof digest, hex);
            if (!said || strcmp(hex, said) != 0) {
                status = ingot_fail(error, INGOT_FAILED, "%s is damaged", path);
            }
        }
        free(path);
        if (status != INGOT_OK) break;
    }
    return status;
}

/* The index of an entry, checked together with the files it names. */
static ingot_status read_entry(const char *folder, const char *key, json_t **index,
                               ingot_error *error) {
    char *path = ingot_join(folder, "index.json"), *text = NULL;
    size_t size = 0;
    ingot_status status = path ? ingot_read_file(path, (size_t)1 << 28, &text, &size, error)
                               : ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) status = ingot_json_parse(text, size, path, index, error);
    if (status == INGOT_OK) {
        const char *said = json_string_value(json_object_get(*index, "key"));
        const json_t *files = json_object_get(*index, "files");
        uint8_t digest[32];
        char hex[65] = "";
        /* The note has a digest of its own: the index is what nothing else vouches for. */
        char *note = ingot_json_line(json_object_get(*index, "note"));
        const char *of_note = json_string_value(json_object_get(*index, "note_sha256"));
        if (note && ingot_sha256_of(note, strlen(note), digest, NULL) == INGOT_OK) {
            ingot_hex(digest, sizeof digest, hex);
        }
        free(note);
        if (json_integer_value(json_object_get(*index, "format")) != FORMAT || !said ||
            strcmp(said, key) != 0 || !of_note || strcmp(of_note, hex) != 0 ||
            !json_is_object(files)) {
            status = ingot_fail(error, INGOT_FAILED, "%s is damaged", path);
        } else {
            status = check_files(folder, files, error);
        }
    }
    if (status != INGOT_OK) {
        json_decref(*index);
        *index = NULL;
    }
    free(text);
    free(path);
    return status;
}

ingot_status ingot_shared_find(const ingot_session *session, const char *stage, const char *key,
                               char **folder, json_t **note, ingot_error *error) {
    json_t *index = NULL;
    ingot_error why;
    *folder = NULL;
    *note = NULL;
    ingot_status status = place(session, stage, key, "", folder, error);
    if (status != INGOT_OK) return status;
    if (access(*folder, F_OK) == 0) {
        if (read_entry(*folder, key, &index, &why) == INGOT_OK) {
            *note = json_incref(json_object_get(index, "note"));
            json_decref(index);
            return INGOT_OK;
        }
        ingot_session_note(session, "%s: the cached result is damaged (%s); computed again", stage,
                           why.text);
    }
    free(*folder);
    *folder = NULL;
    return INGOT_OK;
}

static ingot_status copy(const char *from, const char *to, char hex[65], ingot_error *error) {
    ingot_mapping mapping;
    uint8_t digest[32];
    ingot_status status = ingot_map_file(from, &mapping, error);
    if (status != INGOT_OK) return status;
    status = ingot_write_file(to, mapping.bytes, mapping.size, digest, error);
    ingot_unmap(&mapping);
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, hex);
    return status;
}

ingot_status ingot_shared_take(const ingot_session *session, const char *folder, const char *name,
                               ingot_error *error) {
    char *from = ingot_join(folder, name), *to = NULL, hex[65];
    ingot_status status = from ? ingot_session_path(session, name, &to, error)
                               : ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) status = ingot_make_directories(session->folder, error);
    if (status == INGOT_OK) status = copy(from, to, hex, error);
    free(from);
    free(to);
    return status;
}

/* Copies the files into `folder` and writes the index over them. */
static ingot_status fill(const ingot_session *session, const char *folder, const char *key,
                         const char *const *names, json_t *note, ingot_error *error) {
    json_t *files = json_object();
    char hex[65];
    uint8_t digest[32];
    ingot_status status = INGOT_OK;
    for (; status == INGOT_OK && *names; names++) {
        char *from = NULL, *to = ingot_join(folder, *names);
        status = to ? ingot_session_path(session, *names, &from, error)
                    : ingot_fail(error, INGOT_FAILED, "out of memory");
        if (status == INGOT_OK) status = copy(from, to, hex, error);
        if (status == INGOT_OK) json_object_set_new(files, *names, json_string(hex));
        free(from);
        free(to);
    }
    char *line = status == INGOT_OK ? ingot_json_line(note) : NULL, *text = NULL, *path = NULL;
    if (status == INGOT_OK) {
        status = line ? ingot_sha256_of(line, strlen(line), digest, error)
                      : ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        json_t *index = json_pack("{s:i, s:s, s:O, s:O, s:s}", "format", FORMAT, "key", key,
                                  "files", files, "note", note, "note_sha256", hex);
        text = index ? ingot_json_text(index) : NULL;
        json_decref(index);
        path = ingot_join(folder, "index.json");
        status = text && path ? ingot_write_file(path, text, strlen(text), NULL, error)
                              : ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    json_decref(files);
    free(path);
    free(text);
    free(line);
    return status;
}

void ingot_shared_store(const ingot_session *session, const char *stage, const char *key,
                        const char *const *names, json_t *note) {
    char *folder = NULL, *temporary = NULL;
    ingot_error why;
    ingot_status status = note ? place(session, stage, key, "", &folder, &why)
                               : ingot_fail(&why, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) status = place(session, stage, key, ".tmp", &temporary, &why);
    /* What is there may be damaged, or of an earlier --fresh; left-overs are of a dead process. */
    if (status == INGOT_OK) status = ingot_remove_tree(temporary, &why);
    if (status == INGOT_OK) status = ingot_make_directories(temporary, &why);
    if (status == INGOT_OK) status = fill(session, temporary, key, names, note, &why);
    if (status == INGOT_OK) status = ingot_remove_tree(folder, &why);
    if (status == INGOT_OK && rename(temporary, folder) != 0) {
        status = ingot_fail(&why, INGOT_FAILED, "%s: %s", folder, strerror(errno));
    }
    if (status != INGOT_OK) {
        if (temporary) (void)ingot_remove_tree(temporary, NULL);
        ingot_session_note(session, "%s: the result is not cached: %s", stage, why.text);
    }
    json_decref(note);
    free(temporary);
    free(folder);
}

ingot_status ingot_shared_tidy(ingot_session *session, const char *stage, const char *key,
                               ingot_error *error) {
    char *temporary = NULL;
    int lock = -1;
    ingot_status status = place(session, stage, key, ".tmp", &temporary, error);
    if (status == INGOT_OK && access(temporary, F_OK) == 0) {
        status = ingot_shared_lock(session, stage, key, &lock, error);
        if (status == INGOT_OK) status = ingot_remove_tree(temporary, error);
        ingot_unlock_file(lock);
    }
    free(temporary);
    return status;
}
