/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * object_file.c: files as lists of chunks (object.h). A file is read twice: once to find where it
 * is cut, and once, by several threads, to store each chunk whose digest is then still the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/chunk.h"
#include "archive/object.h"
#include "base/file.h"
#include "base/parallel.h"

static ingot_status no_memory(ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

/* As many bytes as there are, up to size; less only at the end of the file. */
static ingot_status read_at(int fd, const char *path, unsigned char *to, size_t size, off_t at,
                            size_t *got, ingot_error *error) {
    *got = 0;
    while (*got < size) {
        const ssize_t n = pread(fd, to + *got, size - *got, at + (off_t)*got);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            return ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", path, strerror(errno));
        }
        if (n == 0) break;
        *got += (size_t)n;
    }
    return INGOT_OK;
}

static ingot_status add_chunk(json_t *chunks, const unsigned char *bytes, size_t size,
                              ingot_error *error) {
    uint8_t digest[INGOT_SHA256_BYTES];
    char hex[INGOT_SHA256_HEX];
    ingot_status status = ingot_sha256_of(bytes, size, digest, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    json_t *pair = json_pack("[s, I]", hex, (json_int_t)size);
    return json_array_append_new(chunks, pair) == 0 ? INGOT_OK : no_memory(error);
}

/* The first reading: digests and chunks. */
static ingot_status cut_file(int fd, const char *path, const ingot_cutter *cutter,
                             ingot_file_facts *facts, ingot_error *error) {
    const size_t room = cutter->most + (cutter->most < (1 << 20) ? 1 << 20 : cutter->most);
    unsigned char *buffer = malloc(room);
    size_t have = 0, got = 0;
    off_t at = 0;
    int ended = 0;
    uint8_t digest[INGOT_SHA256_BYTES];
    ingot_sha256 hash = {NULL};
    ingot_status status = buffer ? ingot_sha256_begin(&hash, error) : no_memory(error);
    while (status == INGOT_OK && !(ended && have == 0)) {
        if (!ended) {
            status = read_at(fd, path, buffer + have, room - have, at, &got, error);
            if (status != INGOT_OK) break;
            status = ingot_sha256_add(&hash, buffer + have, got, error);
            ended = got < room - have;
            have += got;
            at += (off_t)got;
        }
        size_t from = 0;
        while (status == INGOT_OK && have > from && (ended || have - from >= cutter->most)) {
            const size_t length = ingot_cut(cutter, buffer + from, have - from);
            status = add_chunk(facts->chunks, buffer + from, length, error);
            from += length;
        }
        memmove(buffer, buffer + from, have - from);
        have -= from;
    }
    const ingot_status hashed = ingot_sha256_end(&hash, status == INGOT_OK ? digest : NULL,
                                                 status == INGOT_OK ? error : NULL);
    if (status == INGOT_OK) status = hashed;
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, facts->sha256);
    facts->size = (uint64_t)at;
    free(buffer);
    return status;
}

typedef struct transfer {
    ingot_place *place;
    const char *path, *member;
    int fd;
    const json_t *chunks;
    const off_t *offsets;
    ingot_traffic *traffic;
    pthread_mutex_t lock;
} transfer;

static void count(transfer *t, size_t size, uint64_t written) {
    if (!t->traffic) return;
    pthread_mutex_lock(&t->lock);
    t->traffic->bytes += size;
    t->traffic->written += written;
    t->traffic->objects++;
    t->traffic->made += written > 0;
    if (t->traffic->progress) t->traffic->progress(t->traffic);
    pthread_mutex_unlock(&t->lock);
}

static const char *chunk_of(const transfer *t, int64_t index, size_t *size) {
    const json_t *pair = json_array_get(t->chunks, (size_t)index);
    *size = (size_t)json_integer_value(json_array_get(pair, 1));
    return json_string_value(json_array_get(pair, 0));
}

static ingot_status put_chunk(void *user, int64_t index, int32_t worker, ingot_error *error) {
    transfer *t = user;
    size_t size, got = 0;
    uint8_t digest[INGOT_SHA256_BYTES];
    char hex[INGOT_SHA256_HEX];
    uint64_t written = 0;
    (void)worker;
    const char *wanted = chunk_of(t, index, &size);
    unsigned char *bytes = malloc(size + 1);
    ingot_status status = bytes ? INGOT_OK : no_memory(error);
    if (status == INGOT_OK) {
        status = read_at(t->fd, t->path, bytes, size, t->offsets[index], &got, error);
    }
    if (status == INGOT_OK) status = ingot_sha256_of(bytes, got, digest, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        if (got != size || strcmp(hex, wanted) != 0) {
            status =
                ingot_fail(error, INGOT_FAILED, "%s: changed while it was being archived", t->path);
        }
    }
    if (status == INGOT_OK) {
        status = ingot_object_put(t->place, wanted, bytes, size, &written, error);
    }
    if (status == INGOT_OK) count(t, size, written);
    free(bytes);
    return status;
}

static ingot_status get_chunk(void *user, int64_t index, int32_t worker, ingot_error *error) {
    transfer *t = user;
    char *bytes = NULL;
    size_t wanted, size = 0;
    (void)worker;
    const char *hex = chunk_of(t, index, &wanted);
    ingot_status status = ingot_object_get(t->place, hex, wanted, &bytes, &size, error);
    if (status == INGOT_OK && size != wanted) {
        status = ingot_fail(error, INGOT_FAILED, "chunk %.12s has %zu bytes, not %zu", hex, size,
                            wanted);
    }
    for (size_t done = 0; status == INGOT_OK && done < size;) {
        const ssize_t n = pwrite(t->fd, bytes + done, size - done, t->offsets[index] + (off_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            status = ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", t->path,
                                strerror(n < 0 ? errno : EIO));
            break;
        }
        done += (size_t)n;
    }
    if (status == INGOT_OK) count(t, size, 0);
    free(bytes);
    return status == INGOT_OK ? INGOT_OK : ingot_fail_in(error, status, "%s", t->member);
}

/* Where each chunk begins; NULL: out of memory. */
static off_t *offsets_of(const json_t *chunks) {
    size_t i;
    const json_t *pair;
    off_t at = 0, *offsets = malloc((json_array_size(chunks) + 1) * sizeof *offsets);
    if (!offsets) return NULL;
    json_array_foreach(chunks, i, pair) {
        offsets[i] = at;
        at += (off_t)json_integer_value(json_array_get(pair, 1));
    }
    offsets[i] = at;
    return offsets;
}

static ingot_status transfer_all(transfer *t, ingot_job job, ingot_error *error) {
    off_t *offsets = offsets_of(t->chunks);
    if (!offsets) return no_memory(error);
    t->offsets = offsets;
    pthread_mutex_init(&t->lock, NULL);
    ingot_status status =
        ingot_parallel((int64_t)json_array_size(t->chunks), t->place->threads, job, t, error);
    pthread_mutex_destroy(&t->lock);
    free(offsets);
    return status;
}

ingot_status ingot_file_put(ingot_place *place, const char *path, ingot_traffic *traffic,
                            ingot_file_facts *facts, ingot_error *error) {
    ingot_cutter cutter;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    memset(facts, 0, sizeof *facts);
    if (size < 0) {
        const int why = errno;
        if (fd >= 0) close(fd);
        return ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(why));
    }
    facts->chunks = json_array();
    ingot_status status =
        facts->chunks ? ingot_cutter_make((uint64_t)size, &cutter, error) : no_memory(error);
    if (status == INGOT_OK) status = cut_file(fd, path, &cutter, facts, error);
    if (status == INGOT_OK) {
        transfer t = {
            .place = place, .path = path, .fd = fd, .chunks = facts->chunks, .traffic = traffic};
        status = transfer_all(&t, put_chunk, error);
    }
    close(fd);
    if (status != INGOT_OK) {
        json_decref(facts->chunks);
        facts->chunks = NULL;
    }
    return status;
}

static ingot_status check_whole(int fd, const char *member, const char *path, const char *sha256,
                                ingot_error *error) {
    uint8_t digest[INGOT_SHA256_BYTES];
    char hex[INGOT_SHA256_HEX];
    ingot_status status = ingot_sha256_descriptor(fd, path, digest, NULL, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    if (strcmp(hex, sha256) == 0) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED,
                      "%s: its chunks do not make the file that the record names", member);
}

ingot_status ingot_file_get(ingot_place *place, const char *member, const json_t *chunks,
                            uint64_t size, const char *sha256, const char *path,
                            ingot_traffic *traffic, ingot_error *error) {
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    (void)size; /* the record has been checked: it is the sum of the chunks */
    if (fd < 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", path, strerror(errno));
    }
    transfer t = {.place = place,
                  .path = path,
                  .member = member,
                  .fd = fd,
                  .chunks = chunks,
                  .traffic = traffic};
    ingot_status status = transfer_all(&t, get_chunk, error);
    if (status == INGOT_OK) status = check_whole(fd, member, path, sha256, error);
    if (status == INGOT_OK && fsync(fd) != 0) {
        status = ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", path, strerror(errno));
    }
    if (close(fd) != 0 && status == INGOT_OK) {
        status = ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", path, strerror(errno));
    }
    return status;
}

ingot_status ingot_file_read(ingot_place *place, const char *member, const json_t *chunks,
                             uint64_t size, const char *sha256, size_t limit, char **bytes,
                             ingot_error *error) {
    uint8_t digest[INGOT_SHA256_BYTES];
    char hex[INGOT_SHA256_HEX];
    const json_t *pair;
    size_t i, at = 0;
    if (size > limit) {
        return ingot_fail(error, INGOT_FAILED, "%s: %llu bytes; at most %zu are read", member,
                          (unsigned long long)size, limit);
    }
    char *all = malloc((size_t)size + 1);
    if (!all) return no_memory(error);
    ingot_status status = INGOT_OK;
    json_array_foreach(chunks, i, pair) {
        char *one = NULL;
        size_t got = 0;
        const size_t wanted = (size_t)json_integer_value(json_array_get(pair, 1));
        status = ingot_object_get(place, json_string_value(json_array_get(pair, 0)), wanted, &one,
                                  &got, error);
        if (status == INGOT_OK && (got != wanted || got > size - at)) {
            status = ingot_fail(error, INGOT_FAILED, "a chunk has %zu bytes, not %zu", got, wanted);
        }
        if (status == INGOT_OK) memcpy(all + at, one, got);
        at += got;
        free(one);
        if (status != INGOT_OK) break;
    }
    if (status == INGOT_OK) status = ingot_sha256_of(all, at, digest, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        if (at != size || strcmp(hex, sha256) != 0) {
            status = ingot_fail(error, INGOT_FAILED,
                                "its chunks do not make the file that the record names");
        }
    }
    if (status != INGOT_OK) {
        free(all);
        return ingot_fail_in(error, status, "%s", member);
    }
    all[size] = 0;
    *bytes = all;
    return INGOT_OK;
}
