/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * file.c: directories, reading, mapping, locking (file.h); writing is writer.c.
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------------ directories and paths */

static ingot_status make_one(const char *path, ingot_error *error) {
    if (mkdir(path, 0777) == 0) return INGOT_OK;
    int why = errno;
    struct stat facts;
    /* A read-only file system says EROFS before it says EEXIST. */
    if (stat(path, &facts) == 0) {
        if (S_ISDIR(facts.st_mode)) return INGOT_OK;
        return ingot_fail(error, INGOT_FAILED, "%s: is not a directory", path);
    }
    return ingot_fail(error, INGOT_FAILED, "%s: cannot make the directory: %s", path,
                      strerror(why));
}

ingot_status ingot_make_directories(const char *path, ingot_error *error) {
    char *part = strdup(path);
    if (part == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    ingot_status status = INGOT_OK;
    for (char *at = part + (*part == '/'); status == INGOT_OK && *at != '\0'; at++) {
        if (*at != '/') continue;
        *at = '\0';
        status = make_one(part, error);
        *at = '/';
    }
    if (status == INGOT_OK && *part != '\0') status = make_one(part, error);
    free(part);
    return status;
}

ingot_status ingot_sync_directory(const char *path, ingot_error *error) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot open: %s", path, strerror(errno));
    }
    ingot_status status = INGOT_OK;
    /* Some file systems have no notion of it and say EINVAL: the rename itself is all they offer.
     */
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP) {
        status = ingot_fail(error, INGOT_FAILED, "%s: cannot sync: %s", path, strerror(errno));
    }
    close(fd);
    return status;
}

/* Removes `name` in the directory `at`; path is for messages. */
static ingot_status remove_at(int at, const char *name, const char *path, ingot_error *error) {
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT) return INGOT_OK;
    if (errno != EISDIR && errno != EPERM) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot remove: %s", path, strerror(errno));
    }
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (directory == NULL) {
        ingot_status status =
            ingot_fail(error, INGOT_FAILED, "%s: cannot remove: %s", path, strerror(errno));
        if (fd >= 0) close(fd);
        return status;
    }
    ingot_status status = INGOT_OK;
    struct dirent *entry;
    while (status == INGOT_OK && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char *inner = ingot_join(path, entry->d_name);
        status = remove_at(dirfd(directory), entry->d_name, inner != NULL ? inner : path, error);
        free(inner);
    }
    closedir(directory);
    if (status == INGOT_OK && unlinkat(at, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
        status = ingot_fail(error, INGOT_FAILED, "%s: cannot remove: %s", path, strerror(errno));
    }
    return status;
}

ingot_status ingot_remove_tree(const char *path, ingot_error *error) {
    return remove_at(AT_FDCWD, path, path, error);
}

char *ingot_join(const char *a, const char *b) {
    size_t first = strlen(a), second = strlen(b);
    char *joined = malloc(first + second + 2);
    if (joined == NULL) return NULL;
    memcpy(joined, a, first);
    if (first > 0 && a[first - 1] != '/') joined[first++] = '/';
    memcpy(joined + first, b, second);
    joined[first + second] = '\0';
    return joined;
}

/* ------------------------------------------------------------------ reading */

static ingot_status open_regular(const char *path, int *fd, struct stat *facts,
                                 ingot_error *error) {
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot open: %s", path, strerror(errno));
    }
    if (fstat(*fd, facts) == 0 && !S_ISDIR(facts->st_mode)) return INGOT_OK;
    ingot_status status =
        ingot_fail(error, INGOT_FAILED, "%s: %s", path,
                   S_ISDIR(facts->st_mode) ? "is a directory" : "cannot read its size");
    close(*fd);
    return status;
}

ingot_status ingot_read_file(const char *path, size_t limit, char **bytes, size_t *size,
                             ingot_error *error) {
    int fd;
    struct stat facts;
    ingot_status status = open_regular(path, &fd, &facts, error);
    if (status != INGOT_OK) return status;
    /* The size is only a first guess: pipes and /proc say 0, files grow. */
    size_t capacity = facts.st_size > 0 ? (size_t)facts.st_size + 2 : 4096, used = 0;
    if (capacity > limit + 2) capacity = limit + 2;
    char *buffer = malloc(capacity);
    while (buffer != NULL) {
        ssize_t got = read(fd, buffer + used, capacity - 1 - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            status = ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", path, strerror(errno));
            break;
        }
        used += (size_t)got;
        if (used > limit) {
            status = ingot_fail(error, INGOT_FAILED, "%s: larger than the limit of %zu bytes", path,
                                limit);
            break;
        }
        if (got == 0) break;
        if (used + 1 == capacity) {
            capacity = capacity > limit / 2 ? limit + 2 : 2 * capacity;
            char *larger = realloc(buffer, capacity);
            if (larger == NULL) free(buffer);
            buffer = larger;
        }
    }
    if (buffer == NULL) status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    close(fd);
    if (status != INGOT_OK) {
        free(buffer);
        return status;
    }
    buffer[used] = '\0';
    *bytes = buffer;
    *size = used;
    return INGOT_OK;
}

ingot_status ingot_map_file(const char *path, ingot_mapping *mapping, ingot_error *error) {
    *mapping = (ingot_mapping){NULL, 0};
    int fd;
    struct stat facts;
    ingot_status status = open_regular(path, &fd, &facts, error);
    if (status != INGOT_OK) return status;
    if (facts.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED) {
            status = ingot_fail(error, INGOT_FAILED, "%s: cannot map: %s", path, strerror(errno));
        } else {
            *mapping = (ingot_mapping){bytes, (size_t)facts.st_size};
        }
    }
    close(fd);
    return status;
}

void ingot_unmap(ingot_mapping *mapping) {
    if (mapping->bytes != NULL) munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
    *mapping = (ingot_mapping){NULL, 0};
}

/* ------------------------------------------------------------------ locking */

ingot_status ingot_lock_file(const char *path, int (*stop)(void *user), void *user, int *fd,
                             ingot_error *error) {
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot open the lock: %s", path,
                          strerror(errno));
    }
    ingot_status status = INGOT_OK;
    while (status == INGOT_OK && flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            status = ingot_fail(error, INGOT_FAILED, "%s: cannot lock: %s", path, strerror(errno));
        } else if (stop != NULL && stop(user)) {
            status = ingot_fail(error, INGOT_FAILED, "interrupted while waiting for %s", path);
        } else {
            /* Asked again rather than waited for: a wait in the kernel hears no interrupt. */
            nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        }
    }
    if (status != INGOT_OK) {
        close(*fd);
        *fd = -1;
    }
    return status;
}

void ingot_unlock_file(int fd) {
    if (fd < 0) return;
    flock(fd, LOCK_UN); /* said aloud: a forked child may hold the same descriptor */
    close(fd);
}
