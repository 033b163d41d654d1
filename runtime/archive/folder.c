/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * folder.c: an archive in a folder: keys are paths below it (place.h).
 *
 * Files are written through base/file.h. A new key is taken with link(2), which fails where the
 * name exists, on local and on network file systems. The age of a file is by the file system's
 * clock: that of a file written just now is its zero, since another machine may serve it.
 */
#define _GNU_SOURCE /* asprintf */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "archive/place.h"
#include "base/file.h"
#include "base/parallel.h"

enum { DEEPEST = 8 };

static char *path_of(const ingot_place *place, const char *key) {
    return ingot_join(place->name, key);
}

static ingot_status no_memory(ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

static ingot_status folder_get(ingot_place *place, const char *key, size_t limit, char **bytes,
                               size_t *size, int *found, ingot_error *error) {
    char *path = path_of(place, key);
    if (!path) return no_memory(error);
    *found = access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
    ingot_status status = *found ? ingot_read_file(path, limit, bytes, size, error) : INGOT_OK;
    free(path);
    return status;
}

static ingot_status make_parent(const char *path, ingot_error *error) {
    const char *slash = strrchr(path, '/');
    char *parent = strndup(path, (size_t)(slash - path));
    if (!parent) return no_memory(error);
    ingot_status status =
        access(parent, F_OK) == 0 ? INGOT_OK : ingot_make_directories(parent, error);
    free(parent);
    return status;
}

static ingot_status folder_put(ingot_place *place, const char *key, const void *bytes, size_t size,
                               ingot_error *error) {
    char *path = path_of(place, key);
    if (!path) return no_memory(error);
    ingot_status status = make_parent(path, error);
    if (status == INGOT_OK) status = ingot_write_file(path, bytes, size, NULL, error);
    free(path);
    return status;
}

static ingot_status folder_put_new(ingot_place *place, const char *key, const void *bytes,
                                   size_t size, int *taken, ingot_error *error) {
    char *path = path_of(place, key), *beside = NULL;
    struct timespec now;
    *taken = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    if (!path || asprintf(&beside, "%s.new-%ld-%lld%09ld", path, (long)getpid(),
                          (long long)now.tv_sec, now.tv_nsec) < 0) {
        free(path);
        return no_memory(error);
    }
    ingot_status status = make_parent(path, error);
    if (status == INGOT_OK) status = ingot_write_file(beside, bytes, size, NULL, error);
    if (status == INGOT_OK && link(beside, path) != 0) {
        *taken = errno == EEXIST;
        if (!*taken) status = ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    }
    if (unlink(beside) != 0 && status == INGOT_OK) {
        status = ingot_fail(error, INGOT_FAILED, "%s: %s", beside, strerror(errno));
    }
    if (status == INGOT_OK) {
        *strrchr(path, '/') = 0;
        status = ingot_sync_directory(path, error);
    }
    free(beside);
    free(path);
    return status;
}

/* Now, as the clock of stat's times: the coarse one of the kernel. */
static double now_of(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static ingot_key_facts facts_of(const struct stat *info) {
    const double at = (double)info->st_mtim.tv_sec + 1e-9 * (double)info->st_mtim.tv_nsec;
    return (ingot_key_facts){.size = (uint64_t)info->st_size, .age = now_of() - at};
}

static ingot_status folder_stat(ingot_place *place, const char *key, ingot_key_facts *facts,
                                int *found, ingot_error *error) {
    struct stat info;
    char *path = path_of(place, key);
    if (!path) return no_memory(error);
    ingot_status status = INGOT_OK;
    *found = stat(path, &info) == 0;
    if (*found) {
        *facts = facts_of(&info);
    } else if (errno != ENOENT && errno != ENOTDIR) {
        status = ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    }
    free(path);
    return status;
}

static ingot_status folder_renew(ingot_place *place, const char *key, int *found,
                                 ingot_error *error) {
    char *path = path_of(place, key);
    if (!path) return no_memory(error);
    ingot_status status = INGOT_OK;
    *found = utimensat(AT_FDCWD, path, NULL, 0) == 0;
    if (!*found && errno != ENOENT) {
        status = ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    }
    free(path);
    return status;
}

static ingot_status folder_remove(ingot_place *place, const char *key, ingot_error *error) {
    char *path = path_of(place, key);
    if (!path) return no_memory(error);
    ingot_status status = INGOT_OK;
    if (unlink(path) != 0 && errno != ENOENT) {
        status = ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    }
    free(path);
    return status;
}

/* What writers leave where they are killed: base/writer.c's name and that of folder_put_new. */
static int is_temporary(const char *name) {
    const char *mark = strstr(name, ".tmp-");
    if (!mark) mark = strstr(name, ".new-");
    return mark && mark[5] >= '0' && mark[5] <= '9';
}

typedef struct walk {
    ingot_place *place;
    const char *prefix, *after;
    int temporaries; /* 1: those, 0: the others */
    ingot_key_visit visit;
    void *user;
} walk;

static int not_dots(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static ingot_status walk_folder(const walk *w, const char *key, int depth, ingot_error *error);

static ingot_status walk_entry(const walk *w, const char *folder, const char *name, int depth,
                               ingot_error *error) {
    struct stat info;
    char *key = ingot_join(folder, name), *path = key ? path_of(w->place, key) : NULL;
    ingot_status status = path ? INGOT_OK : no_memory(error);
    const size_t length = key ? strlen(key) : 0, wanted = strlen(w->prefix);
    /* Below a folder that the prefix does not lead to there is nothing. */
    if (status == INGOT_OK && strncmp(key, w->prefix, length < wanted ? length : wanted) == 0 &&
        lstat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode)) {
            status = walk_folder(w, key, depth + 1, error);
        } else if (S_ISREG(info.st_mode) && length >= wanted &&
                   is_temporary(name) == w->temporaries &&
                   (!w->after || strcmp(key, w->after) > 0)) {
            const ingot_key_facts facts = facts_of(&info);
            status = w->visit(w->user, key, &facts, error);
        }
    }
    free(path);
    free(key);
    return status;
}

/* The order is that of whole keys only where no name in a folder begins another and goes on with a
 * byte below '/': so it is with the keys of an archive. */
static ingot_status walk_folder(const walk *w, const char *key, int depth, ingot_error *error) {
    struct dirent **entries = NULL;
    if (depth > DEEPEST) return INGOT_OK;
    char *path = *key ? path_of(w->place, key) : strdup(w->place->name);
    if (!path) return no_memory(error);
    const int count = scandir(path, &entries, not_dots, by_bytes);
    ingot_status status = INGOT_OK;
    if (count < 0 && errno != ENOENT) {
        status = ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (status == INGOT_OK) status = walk_entry(w, key, entries[i]->d_name, depth, error);
        free(entries[i]);
    }
    free(entries);
    free(path);
    return status;
}

static ingot_status folder_list(ingot_place *place, const char *prefix, const char *after,
                                ingot_key_visit visit, void *user, ingot_error *error) {
    const walk w = {place, prefix, after, 0, visit, user};
    const char *slash = strrchr(prefix, '/');
    char *folder = slash ? strndup(prefix, (size_t)(slash - prefix)) : strdup("");
    if (!folder) return no_memory(error);
    ingot_status status = walk_folder(&w, folder, 0, error);
    free(folder);
    return status;
}

typedef struct sweeping {
    ingot_place *place;
    double age;
    int dry;
    int64_t count;
} sweeping;

static ingot_status sweep_one(void *user, const char *key, const ingot_key_facts *facts,
                              ingot_error *error) {
    sweeping *s = user;
    if (facts->age < s->age) return INGOT_OK;
    s->count++;
    return s->dry ? INGOT_OK : folder_remove(s->place, key, error);
}

static ingot_status folder_sweep(ingot_place *place, double age, int dry, int64_t *count,
                                 ingot_error *error) {
    sweeping s = {place, age, dry, 0};
    const walk w = {place, "", NULL, 1, sweep_one, &s};
    ingot_status status = walk_folder(&w, "", 0, error);
    *count = s.count;
    return status;
}

static ingot_status folder_probe(ingot_place *place, ingot_append *append, ingot_error *error) {
    (void)place;
    (void)error;
    *append = INGOT_APPEND_EXCLUSIVE;
    return INGOT_OK;
}

static void folder_close(ingot_place *place) {
    (void)place;
}

static const ingot_place_kind folder_kind = {
    folder_get,  folder_put,    folder_put_new, folder_stat,  folder_renew,
    folder_list, folder_remove, folder_sweep,   folder_probe, folder_close,
};

/* A folder that holds other things becomes no archive: someone mistook its name. */
static ingot_status may_become_one(const char *name, ingot_error *error) {
    struct dirent **entries = NULL;
    int others = 0, is_one = 0;
    const int count = scandir(name, &entries, not_dots, by_bytes);
    if (count < 0) return ingot_fail(error, INGOT_FAILED, "%s: %s", name, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *one = entries[i]->d_name;
        if (strcmp(one, "ingot-archive.json") == 0) is_one = 1;
        if (strcmp(one, "lost+found") != 0 && !is_temporary(one)) others = 1;
        free(entries[i]);
    }
    free(entries);
    if (is_one || !others) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED,
                      "%s: is no archive, and not empty: an archive wants a folder of its own",
                      name);
}

ingot_status ingot_folder_open(ingot_place *place, int make, ingot_error *error) {
    struct stat info;
    ingot_status status = INGOT_OK;
    const int there = stat(place->name, &info) == 0;
    if (!there && errno != ENOENT) {
        return ingot_fail(error, INGOT_FAILED, "%s: %s", place->name, strerror(errno));
    }
    if (!there && !make) {
        return ingot_fail(error, INGOT_FAILED, "%s: there is no archive", place->name);
    }
    if (there && !S_ISDIR(info.st_mode)) {
        return ingot_fail(error, INGOT_FAILED, "%s: is no folder", place->name);
    }
    if (there && make) status = may_become_one(place->name, error);
    if (!there) status = ingot_make_directories(place->name, error);
    place->kind = &folder_kind;
    place->threads = ingot_cpu_count() < 4 ? 4 : ingot_cpu_count();
    place->state = place; /* nothing to hold */
    return status;
}
