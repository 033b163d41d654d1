/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * writer.c: the atomic writer (file.h).
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 256 * 1024 };

static ingot_status cannot_write(const ingot_writer *writer, int why, ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", writer->path, strerror(why));
}

/* Two writers of one path, in one process or in two, must not share a temporary file. */
static ingot_status open_temporary(ingot_writer *writer, ingot_error *error) {
    static _Atomic unsigned counter;
    size_t size = strlen(writer->path) + 48;
    writer->temporary = malloc(size);
    if (writer->temporary == NULL) return cannot_write(writer, ENOMEM, error);
    do {
        snprintf(writer->temporary, size, "%s.tmp-%ld-%u", writer->path, (long)getpid(),
                 atomic_fetch_add(&counter, 1));
        /* 0666 and the umask, as for any file: mkstemp's 0600 would stay after the rename. */
        writer->fd = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (writer->fd < 0 && errno == EEXIST);
    if (writer->fd < 0) return cannot_write(writer, errno, error);
    writer->open = 1;
    return INGOT_OK;
}

ingot_status ingot_writer_open(ingot_writer *writer, const char *path, ingot_error *error) {
    *writer = (ingot_writer){.fd = -1};
    writer->path = strdup(path);
    writer->buffer = malloc(BUFFER);
    ingot_status status;
    if (writer->path == NULL || writer->buffer == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "%s: cannot write: out of memory", path);
    } else {
        status = ingot_sha256_begin(&writer->hash, error);
        if (status == INGOT_OK) status = open_temporary(writer, error);
    }
    if (status != INGOT_OK) ingot_writer_abort(writer);
    return status;
}

static ingot_status flush(ingot_writer *writer, const unsigned char *bytes, size_t size,
                          ingot_error *error) {
    ingot_status status = ingot_sha256_add(&writer->hash, bytes, size, error);
    while (status == INGOT_OK && size > 0) {
        ssize_t written = write(writer->fd, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        /* A write of nothing without an error would be tried for ever. */
        if (written <= 0) return cannot_write(writer, written < 0 ? errno : EIO, error);
        bytes += written;
        size -= (size_t)written;
    }
    return status;
}

ingot_status ingot_writer_add(ingot_writer *writer, const void *bytes, size_t size,
                              ingot_error *error) {
    ingot_status status = INGOT_OK;
    writer->bytes += size;
    if (size > BUFFER - writer->used) {
        status = flush(writer, writer->buffer, writer->used, error);
        writer->used = 0;
    }
    if (status == INGOT_OK && size >= BUFFER) {
        status = flush(writer, bytes, size, error);
    } else if (status == INGOT_OK && size > 0) {
        memcpy(writer->buffer + writer->used, bytes, size);
        writer->used += size;
    }
    if (status != INGOT_OK) ingot_writer_abort(writer);
    return status;
}

/* The directory part of a path, "." where it has none. */
static ingot_status sync_parent(const char *path, ingot_error *error) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return ingot_sync_directory(".", error);
    char *parent = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (parent == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    ingot_status status = ingot_sync_directory(parent, error);
    free(parent);
    return status;
}

ingot_status ingot_writer_commit(ingot_writer *writer, ingot_error *error) {
    ingot_status status = flush(writer, writer->buffer, writer->used, error);
    if (status == INGOT_OK && fsync(writer->fd) != 0) status = cannot_write(writer, errno, error);
    if (status == INGOT_OK) {
        /* Network file systems report a full quota only here. */
        int failed = close(writer->fd) != 0;
        writer->fd = -1;
        if (failed) status = cannot_write(writer, errno, error);
    }
    if (status == INGOT_OK) status = ingot_sha256_end(&writer->hash, writer->sha256, error);
    if (status == INGOT_OK && rename(writer->temporary, writer->path) != 0) {
        status = cannot_write(writer, errno, error);
    }
    if (status == INGOT_OK) {
        writer->open = 0; /* nothing to unlink any more */
        status = sync_parent(writer->path, error);
    }
    ingot_writer_abort(writer);
    return status;
}

void ingot_writer_abort(ingot_writer *writer) {
    if (writer->open) {
        if (writer->fd >= 0) close(writer->fd);
        unlink(writer->temporary);
    }
    if (writer->hash.context != NULL) (void)ingot_sha256_end(&writer->hash, NULL, NULL);
    free(writer->path);
    free(writer->temporary);
    free(writer->buffer);
    writer->path = writer->temporary = NULL;
    writer->buffer = NULL;
    writer->fd = -1;
    writer->open = 0;
}

ingot_status ingot_write_file(const char *path, const void *bytes, size_t size, uint8_t sha256[32],
                              ingot_error *error) {
    ingot_writer writer;
    ingot_status status = ingot_writer_open(&writer, path, error);
    if (status == INGOT_OK) status = ingot_writer_add(&writer, bytes, size, error);
    if (status == INGOT_OK) status = ingot_writer_commit(&writer, error);
    if (status == INGOT_OK && sha256 != NULL) memcpy(sha256, writer.sha256, 32);
    return status;
}

/* The process of "<name>.tmp-<process>-<number>", 0 where it is no such name. */
static long process_of(const char *name) {
    static const char mark[] = ".tmp-";
    const char *at = NULL;
    for (const char *next = name; (next = strstr(next, mark)); next++) at = next;
    char *end = NULL;
    const long process = at ? strtol(at + sizeof mark - 1, &end, 10) : 0;
    return process > 0 && *end == '-' && end[1] && strspn(end + 1, "0123456789") == strlen(end + 1)
               ? process
               : 0;
}

void ingot_remove_temporaries(const char *folder, const char *of, double age) {
    DIR *directory = opendir(folder);
    if (directory == NULL) return;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat facts;
        const long process = process_of(entry->d_name);
        if (process == 0 || strncmp(entry->d_name, of, strlen(of)) != 0) continue;
        if (kill((pid_t)process, 0) == 0 || errno != ESRCH) continue;
        if (fstatat(dirfd(directory), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(facts.st_mode) || difftime(time(NULL), facts.st_mtime) < age) {
            continue;
        }
        unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
}
