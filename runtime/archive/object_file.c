/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * object_file.c: files as lists of chunks (object.h). A file is read once, in batches of some
 * chunks: several threads hash and store these while one hashes the whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* ------------------------------------------------------------------ storing */

typedef struct piece {
    const unsigned char *bytes;
    size_t size;
    char hex[INGOT_SHA256_HEX];
} piece;

/* What a file is read into: chunks that are whole, and the beginning of the next. */
typedef struct batch {
    transfer *t; /* place, traffic and lock */
    const ingot_cutter *cutter;
    unsigned char *buffer;
    size_t room, have, fresh; /* bytes; the last `fresh` of them are not hashed yet */
    ingot_sha256 whole;
    piece *pieces; /* room for each chunk that the buffer may hold */
    size_t count;
} batch;

/* Job 0 hashes what was read, the others store a chunk each. */
static ingot_status put_piece(void *user, int64_t index, int32_t worker, ingot_error *error) {
    batch *b = user;
    uint8_t digest[INGOT_SHA256_BYTES];
    uint64_t written = 0;
    (void)worker;
    if (index == 0) {
        return ingot_sha256_add(&b->whole, b->buffer + b->have - b->fresh, b->fresh, error);
    }
    piece *p = &b->pieces[index - 1];
    ingot_status status = ingot_sha256_of(p->bytes, p->size, digest, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, p->hex);
    status = ingot_object_put(b->t->place, p->hex, p->bytes, p->size, &written, error);
    if (status == INGOT_OK) count(b->t, p->size, written);
    return status;
}

/* Cuts what the buffer holds, stores the whole chunks, moves the rest to its beginning. */
static ingot_status put_batch(batch *b, int ended, json_t *chunks, ingot_error *error) {
    size_t from = 0;
    b->count = 0;
    while (b->have > from && (ended || b->have - from >= b->cutter->most)) {
        const size_t length = ingot_cut(b->cutter, b->buffer + from, b->have - from);
        b->pieces[b->count++] = (piece){.bytes = b->buffer + from, .size = length};
        from += length;
    }
    ingot_status status =
        ingot_parallel((int64_t)b->count + 1, b->t->place->threads, put_piece, b, error);
    for (size_t i = 0; status == INGOT_OK && i < b->count; i++) {
        json_t *pair = json_pack("[s, I]", b->pieces[i].hex, (json_int_t)b->pieces[i].size);
        if (json_array_append_new(chunks, pair) != 0) status = no_memory(error);
    }
    memmove(b->buffer, b->buffer + from, b->have - from);
    b->have -= from;
    return status;
}

static ingot_status put_all(batch *b, ingot_file_facts *facts, ingot_error *error) {
    uint8_t digest[INGOT_SHA256_BYTES];
    off_t at = 0;
    int ended = 0;
    ingot_status status = ingot_sha256_begin(&b->whole, error);
    while (status == INGOT_OK && !ended) {
        const size_t wanted = b->room - b->have;
        status = read_at(b->t->fd, b->t->path, b->buffer + b->have, wanted, at, &b->fresh, error);
        if (status != INGOT_OK) break;
        b->have += b->fresh;
        at += (off_t)b->fresh;
        ended = b->fresh < wanted;
        status = put_batch(b, ended, facts->chunks, error);
    }
    const ingot_status hashed = ingot_sha256_end(&b->whole, status == INGOT_OK ? digest : NULL,
                                                 status == INGOT_OK ? error : NULL);
    if (status == INGOT_OK) status = hashed;
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, facts->sha256);
    facts->size = (uint64_t)at;
    return status;
}

/* Whether the file is still what it was. */
static ingot_status check_unchanged(const transfer *t, const struct stat *before, uint64_t size,
                                    ingot_error *error) {
    struct stat now;
    if (fstat(t->fd, &now) == 0 && (uint64_t)now.st_size == size &&
        now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == before->st_mtim.tv_nsec) {
        return INGOT_OK;
    }
    return ingot_fail(error, INGOT_FAILED, "%s: changed while it was being archived", t->path);
}

ingot_status ingot_file_put(ingot_place *place, const char *path, ingot_traffic *traffic,
                            ingot_file_facts *facts, ingot_error *error) {
    ingot_cutter cutter;
    struct stat before;
    memset(facts, 0, sizeof *facts);
    transfer t = {.place = place, .path = path, .traffic = traffic};
    t.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (t.fd < 0 || fstat(t.fd, &before) != 0) {
        const int why = errno;
        if (t.fd >= 0) close(t.fd);
        return ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(why));
    }
    facts->chunks = json_array();
    ingot_status status = facts->chunks
                              ? ingot_cutter_make((uint64_t)before.st_size, &cutter, error)
                              : no_memory(error);
    if (status == INGOT_OK) {
        const size_t some = 4 * cutter.average, least = (size_t)4 << 20;
        batch b = {.t = &t, .cutter = &cutter};
        b.room = cutter.most + (some > least ? some : least);
        b.buffer = malloc(b.room);
        b.pieces = malloc((b.room / cutter.least + 2) * sizeof *b.pieces);
        pthread_mutex_init(&t.lock, NULL);
        status = b.buffer && b.pieces ? put_all(&b, facts, error) : no_memory(error);
        if (status == INGOT_OK) status = check_unchanged(&t, &before, facts->size, error);
        pthread_mutex_destroy(&t.lock);
        free(b.buffer);
        free(b.pieces);
    }
    close(t.fd);
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
