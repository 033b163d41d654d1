/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * word_restore.c: an artifact becomes files again (words.h). They are made in a folder beside the
 * one that is wanted; when each has the digest that the record names and every check of `checks` is
 * content, the ones to be run get their run bit and the folder gets its name. After a failure
 * nothing is left.
 */
#define _GNU_SOURCE /* asprintf */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/digests.h"
#include "archive/object.h"
#include "archive/record.h"
#include "archive/restore.h"
#include "archive/signature.h"
#include "archive/words.h"
#include "base/file.h"

static const ingot_restore_check checks[] = {ingot_signature_check, NULL};

typedef struct restoring {
    const ingot_archive_request *r;
    ingot_place *place;
    const json_t *record;
    char *folder; /* where it is made */
    ingot_traffic traffic;
    int64_t files;
} restoring;

static ingot_status no_memory(ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

static void progress(const ingot_traffic *traffic) {
    const ingot_archive_request *r = traffic->user;
    if (r->progress) r->progress("restoring", traffic->bytes, traffic->total);
}

/* Not there, or an empty folder. */
static ingot_status check_target(const char *to, ingot_error *error) {
    DIR *folder = opendir(to);
    const struct dirent *entry;
    int others = 0;
    if (!folder && errno == ENOENT) return INGOT_OK;
    if (!folder) return ingot_fail(error, INGOT_FAILED, "%s: %s", to, strerror(errno));
    while ((entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) others = 1;
    }
    closedir(folder);
    if (!others) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: is there and not empty", to);
}

static int wanted(const ingot_archive_request *r, const json_t *member) {
    if (r->only_count == 0) return 1;
    /* What vouches for the others comes along where somebody asks. */
    if (r->signers && ingot_digests_apart(ingot_member_text(member, "path"))) return 1;
    for (int i = 0; i < r->only_count; i++) {
        if (strcmp(r->only[i], ingot_member_text(member, "role")) == 0) return 1;
    }
    return 0;
}

/* "/a/b" -> "/a/b.restoring-XXXXXX", made. */
static ingot_status make_beside(const char *to, char **folder, ingot_error *error) {
    size_t length = strlen(to);
    while (length > 1 && to[length - 1] == '/') length--;
    char *parent = strndup(to, length);
    if (!parent) return no_memory(error);
    char *slash = strrchr(parent, '/');
    ingot_status status = INGOT_OK;
    if (slash && slash != parent) {
        *slash = 0;
        status = ingot_make_directories(parent, error);
    }
    free(parent);
    if (status != INGOT_OK) return status;
    if (asprintf(folder, "%.*s.restoring-XXXXXX", (int)length, to) < 0) return no_memory(error);
    if (mkdtemp(*folder)) return INGOT_OK;
    status = ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", *folder, strerror(errno));
    free(*folder);
    *folder = NULL;
    return status;
}

static ingot_status write_member(restoring *s, const json_t *member, ingot_error *error) {
    const char *name = ingot_member_text(member, "path");
    char *path = ingot_join(s->folder, name);
    if (!path) return no_memory(error);
    ingot_status status = INGOT_OK;
    char *slash = strrchr(path, '/');
    if (strchr(name, '/')) {
        *slash = 0;
        status = ingot_make_directories(path, error);
        *slash = '/';
    }
    if (status == INGOT_OK) {
        status = ingot_member_write(s->place, member, path, &s->traffic, error);
    }
    free(path);
    if (status == INGOT_OK) s->files++;
    return status;
}

/* As execve's callers expect: who may read may run. */
static ingot_status make_runnable(const restoring *s, const json_t *member, ingot_error *error) {
    struct stat info;
    if (!json_is_true(json_object_get(member, "run"))) return INGOT_OK;
    char *path = ingot_join(s->folder, ingot_member_text(member, "path"));
    if (!path) return no_memory(error);
    ingot_status status = INGOT_OK;
    if (stat(path, &info) != 0 ||
        chmod(path, (info.st_mode & 0666) | (info.st_mode & 0444) >> 2) != 0) {
        status = ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    }
    free(path);
    return status;
}

static ingot_status fill(restoring *s, ingot_error *error) {
    size_t i;
    const json_t *member, *members = json_object_get(s->record, "members");
    ingot_status status = INGOT_OK;
    json_array_foreach(members, i, member) {
        if (wanted(s->r, member)) s->traffic.total += ingot_member_size(member);
    }
    json_array_foreach(members, i, member) {
        if (status == INGOT_OK && wanted(s->r, member)) status = write_member(s, member, error);
    }
    if (status == INGOT_OK && s->files == 0) {
        status = ingot_fail(error, INGOT_FAILED, "the artifact has no member of the role `%s`",
                            s->r->only[0]);
    }
    for (i = 0; status == INGOT_OK && i + 1 < sizeof checks / sizeof *checks; i++) {
        status = checks[i](s->r, s->record, s->folder, error);
    }
    json_array_foreach(members, i, member) {
        if (status == INGOT_OK && wanted(s->r, member)) status = make_runnable(s, member, error);
    }
    return status;
}

static ingot_status put_in_place(restoring *s, ingot_error *error) {
    const mode_t mask = umask(0);
    umask(mask);
    if (chmod(s->folder, 0777 & ~mask) != 0 || rename(s->folder, s->r->to) != 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: %s", s->r->to, strerror(errno));
    }
    return INGOT_OK;
}

static void say(const restoring *s, const json_t *artifact) {
    json_t *summary = s->r->summary;
    char bytes[32];
    const char *stamp = ingot_entry_text(artifact, "stamp"),
               *name = ingot_entry_text(artifact, "name");
    const json_t *run = ingot_record_member(s->record, "executable");
    ingot_bytes_text(s->traffic.bytes, bytes);
    json_object_set_new(summary, "name", json_string(name));
    json_object_set_new(summary, "stamp", json_string(stamp));
    json_object_set_new(summary, "folder", json_string(s->r->to));
    json_object_set_new(summary, "files", json_integer(s->files));
    json_object_set_new(summary, "bytes", json_integer((json_int_t)s->traffic.bytes));
    if (run && wanted(s->r, run)) {
        json_object_set_new(summary, "executable", json_string(ingot_member_text(run, "path")));
    }
    if (!s->r->out) return;
    const char *signature = json_string_value(json_object_get(summary, "signature"));
    const char *more = !signature || strcmp(signature, "none") == 0 ? ""
                       : strcmp(signature, "good") == 0
                           ? ", signed by one of the signers"
                           : "; signed, and by whom is not checked (--signers FILE)";
    fprintf(s->r->out, "%s %.12s restored to %s: %lld files, %s, every digest checked%s\n", name,
            stamp, s->r->to, (long long)s->files, bytes, more);
}

static ingot_status restore(const ingot_archive_request *r, ingot_place *place,
                            const json_t *artifact, ingot_error *error) {
    json_t *record = NULL;
    restoring s = {.r = r, .place = place};
    ingot_status status = ingot_artifact_record(place, artifact, &record, error);
    if (status != INGOT_OK) return status;
    s.record = record;
    s.traffic.progress = progress;
    s.traffic.user = r;
    status = make_beside(r->to, &s.folder, error);
    if (status == INGOT_OK) {
        status = fill(&s, error);
        if (status == INGOT_OK) status = put_in_place(&s, error);
        if (status != INGOT_OK) (void)ingot_remove_tree(s.folder, NULL);
    }
    if (status == INGOT_OK) say(&s, artifact);
    free(s.folder);
    json_decref(record);
    return status;
}

ingot_status ingot_word_restore(const ingot_archive_request *r, ingot_place *place,
                                ingot_error *error) {
    ingot_log log = {0};
    const json_t *artifact = NULL;
    if (!r->to || !*r->to) {
        return ingot_fail(error, INGOT_USAGE,
                          "restore: --to DIR is missing: where to put the files");
    }
    ingot_status status = ingot_want_arguments(r, 1, 1, "restore REF --to DIR", error);
    if (status == INGOT_OK) status = check_target(r->to, error);
    if (status == INGOT_OK) status = ingot_log_read(place, &log, error);
    if (status == INGOT_OK) status = ingot_log_find(&log, r->arguments[0], &artifact, error);
    if (status == INGOT_OK) status = restore(r, place, artifact, error);
    ingot_log_free(&log);
    return status;
}
