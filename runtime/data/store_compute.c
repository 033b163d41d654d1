/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * store_compute.c: decodes every item and writes its samples to their places. Places are known
 * before anything is computed, so that the bytes do not depend on the number of threads.
 *
 * What is read is what the lock says. Where the reader takes bytes, a file is read once, and what
 * was hashed is what is decoded. Else its bytes are hashed before they are decoded, and the file
 * must be the same inode, unmodified, after.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parallel.h"
#include "base/sha256.h"
#include "data/augment.h"
#include "data/locked_file.h"
#include "data/store_internal.h"

enum { BUFFER = 1 << 20 };

/* A thread's own: scratch of the features and a buffer of samples that lie one after the other. */
typedef struct scratch {
    void *workspace;
    unsigned char *buffer;
    size_t capacity, used;
    uint64_t offset; /* of the buffer's first byte in samples.bin */
} scratch;

typedef struct computation {
    const ingot_store_plan *plan;
    const char *path; /* of samples.bin */
    int fd;
    int64_t *first_of_file; /* [files + 1] into by_file */
    int64_t *by_file;       /* items, ordered by file */
    unsigned char *labels;  /* per item, label_bytes each */
    scratch *scratches;     /* per thread */
    pthread_mutex_t mutex;  /* of what follows, and of calls of progress */
    int64_t done;
    int stop;
} computation;

/* ------------------------------------------------------------------ writing */

static ingot_status flush(computation *all, scratch *own, ingot_error *error) {
    const unsigned char *bytes = own->buffer;
    while (own->used > 0) {
        ssize_t written = pwrite(all->fd, bytes, own->used, (off_t)own->offset);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            return ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", all->path,
                              strerror(written < 0 ? errno : EIO));
        }
        bytes += written;
        own->offset += (uint64_t)written;
        own->used -= (size_t)written;
    }
    return INGOT_OK;
}

static ingot_status put(computation *all, scratch *own, uint64_t offset, const void *sample,
                        size_t size, ingot_error *error) {
    if (own->offset + own->used != offset || own->capacity - own->used < size) {
        ingot_status status = flush(all, own, error);
        if (status != INGOT_OK) return status;
        own->offset = offset;
    }
    memcpy(own->buffer + own->used, sample, size);
    own->used += size;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ one item */

typedef struct sink_state {
    computation *all;
    scratch *own;
    const ingot_item *item;
    int64_t got;
} sink_state;

static ingot_status take_sample(void *user, int64_t index, const void *sample, ingot_error *error) {
    sink_state *state = user;
    size_t size = state->all->plan->sample_bytes;
    if (index != state->got || index >= state->item->samples) {
        return ingot_fail(error, INGOT_FAILED, "sample %lld where %lld of %lld is next",
                          (long long)index, (long long)state->got, (long long)state->item->samples);
    }
    const ingot_data *data = &state->all->plan->program->data;
    const int32_t *row = sample;
    if (data->row_cells > 0 && (int64_t)row[0] * data->row_cells >= data->width) {
        return ingot_fail(error, INGOT_FAILED,
                          "%d entries, the lock knows of no text with that many", row[0]);
    }
    state->got++;
    return put(state->all, state->own, (uint64_t)(state->item->first_sample + index) * size, sample,
               size, error);
}

static ingot_status compute_item(computation *all, scratch *own, ingot_source *source,
                                 int64_t index, ingot_error *error) {
    const ingot_data *data = &all->plan->program->data;
    const ingot_item *item = &all->plan->dataset->items[index];
    ingot_signal signal;
    int32_t label = -1;
    ingot_status status = data->reader->read(source, item->record, &signal, &label, error);
    if (status != INGOT_OK) return status;
    unsigned char *place = all->labels + (size_t)index * all->plan->label_bytes;
    if (item->label >= 0) label = item->label;
    if (data->regression) {
        if (signal.targets == NULL) {
            return ingot_fail(error, INGOT_FAILED, "has no value to be predicted");
        }
        memcpy(place, signal.targets, all->plan->label_bytes);
    } else if (label < 0 || label >= all->plan->program->classes) {
        return ingot_fail(error, INGOT_FAILED, "label %d, there are %d classes", label,
                          all->plan->program->classes);
    } else {
        memcpy(place, &label, sizeof label);
    }
    sink_state state = {.all = all, .own = own, .item = item};
    const int waves = data->loading != NULL && data->loading->waves > 0;
    status = (waves ? data->features->compute_waves : data->features->compute)(
        data->features_config, own->workspace, &signal, take_sample, &state, error);
    if (status == INGOT_OK && state.got != item->samples) {
        status = ingot_fail(error, INGOT_FAILED, "gave %lld samples, its length announces %lld",
                            (long long)state.got, (long long)item->samples);
    }
    return status;
}

/* Counts an item as done and tells so; non-zero: stop. */
static int tell(computation *all) {
    const ingot_store_plan *plan = all->plan;
    pthread_mutex_lock(&all->mutex);
    all->done++;
    if (plan->progress != NULL && !all->stop) {
        all->stop = plan->progress(plan->user, all->done, plan->dataset->item_count) != 0;
    }
    int stop = all->stop;
    pthread_mutex_unlock(&all->mutex);
    return stop;
}

/* ------------------------------------------------------------------ one file */

/* A file whose bytes are those of the lock, held open while it is decoded by its name. */
typedef struct witness {
    char *path;
    int fd;
    struct stat facts;
} witness;

static ingot_status changed(const witness *seen, ingot_error *error) {
    return ingot_fail(error, INGOT_LOCK_MISMATCH,
                      "%s: not the file of the lock: its bytes have changed", seen->path);
}

static ingot_status witness_open(const computation *all, int32_t file, witness *seen,
                                 ingot_error *error) {
    const ingot_file *locked = &all->plan->dataset->files[file];
    seen->fd = -1;
    seen->path = ingot_join(all->plan->root, locked->path);
    if (seen->path == NULL)
        return ingot_fail(error, INGOT_FAILED, "%s: out of memory", locked->path);
    seen->fd = open(seen->path, O_RDONLY | O_CLOEXEC);
    if (seen->fd < 0 || fstat(seen->fd, &seen->facts) != 0) {
        return ingot_fail(error, errno == ENOENT ? INGOT_LOCK_MISMATCH : INGOT_FAILED,
                          "%s: cannot open: %s", seen->path, strerror(errno));
    }
    uint8_t sha256[32];
    uint64_t bytes = 0;
    ingot_status status = ingot_sha256_descriptor(seen->fd, seen->path, sha256, &bytes, error);
    if (status != INGOT_OK) return status;
    if (bytes != locked->bytes || memcmp(sha256, locked->sha256, 32) != 0) {
        return changed(seen, error);
    }
    return INGOT_OK;
}

static int same_time(struct timespec a, struct timespec b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static ingot_status witness_check(const witness *seen, ingot_error *error) {
    struct stat now;
    if (stat(seen->path, &now) != 0 || now.st_ino != seen->facts.st_ino ||
        now.st_dev != seen->facts.st_dev || now.st_size != seen->facts.st_size ||
        !same_time(now.st_mtim, seen->facts.st_mtim) ||
        !same_time(now.st_ctim, seen->facts.st_ctim)) {
        return changed(seen, error);
    }
    return INGOT_OK;
}

static void witness_close(witness *seen) {
    if (seen->fd >= 0) close(seen->fd);
    free(seen->path);
}

/* `bytes`, where there are any, are those of the file. */
static ingot_status compute_items(computation *all, scratch *own, int64_t file, const char *path,
                                  const char *label_path, const char *bytes, size_t size,
                                  ingot_error *error) {
    const ingot_data *data = &all->plan->program->data;
    ingot_source *source = NULL;
    ingot_status status =
        bytes != NULL
            ? data->reader->open_bytes(data->reader_config, path, (const uint8_t *)bytes, size,
                                       &source, error)
            : data->reader->open_file(data->reader_config, path, label_path, &source, error);
    if (status != INGOT_OK) return status;
    for (int64_t i = all->first_of_file[file]; i < all->first_of_file[file + 1]; i++) {
        const ingot_item *item = &all->plan->dataset->items[all->by_file[i]];
        status = compute_item(all, own, source, all->by_file[i], error);
        if (status != INGOT_OK) {
            /* Readers and features name the file where they know it. */
            int named = error != NULL && strncmp(error->text, path, strlen(path)) == 0;
            if (!named && data->reader->records(source) > 1) {
                status =
                    ingot_fail_in(error, status, "%s: record %lld", path, (long long)item->record);
            } else if (!named) {
                status = ingot_fail_in(error, status, "%s", path);
            }
            break;
        }
        if (tell(all)) {
            status = ingot_fail(error, INGOT_FAILED, "interrupted while computing features");
            break;
        }
    }
    data->reader->close_file(source);
    if (status == INGOT_OK) status = flush(all, own, error);
    return status;
}

/* A file whose bytes the reader takes: read, hashed and decoded from memory. */
static ingot_status compute_bytes(computation *all, scratch *own, int64_t file,
                                  ingot_error *error) {
    const ingot_file *locked = &all->plan->dataset->files[file];
    char *path = ingot_join(all->plan->root, locked->path), *bytes = NULL;
    size_t size = 0;
    if (path == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", locked->path);
    ingot_status status = ingot_read_locked_file(path, locked, &bytes, &size, error);
    if (status == INGOT_OK) {
        status = compute_items(all, own, file, path, NULL, bytes, size, error);
    }
    free(bytes);
    free(path);
    return status;
}

static ingot_status compute_file(void *user, int64_t file, int32_t worker, ingot_error *error) {
    computation *all = user;
    scratch *own = &all->scratches[worker];
    int64_t first = all->first_of_file[file];
    if (first == all->first_of_file[file + 1]) return INGOT_OK;
    int32_t label_file = all->plan->dataset->items[all->by_file[first]].label_file;
    witness seen, labels = {.fd = -1};
    own->used = 0;
    own->offset = 0;
    if (all->plan->program->data.reader->open_bytes != NULL && label_file < 0) {
        return compute_bytes(all, own, file, error);
    }
    ingot_status status = witness_open(all, (int32_t)file, &seen, error);
    if (status == INGOT_OK && label_file >= 0) {
        status = witness_open(all, label_file, &labels, error);
    }
    if (status == INGOT_OK) {
        status = compute_items(all, own, file, seen.path, labels.path, NULL, 0, error);
    }
    if (status == INGOT_OK) status = witness_check(&seen, error);
    if (status == INGOT_OK && label_file >= 0) status = witness_check(&labels, error);
    witness_close(&labels);
    witness_close(&seen);
    return status;
}

/* ------------------------------------------------------------------ all of them */

static void group_by_file(computation *all) {
    const ingot_dataset *dataset = all->plan->dataset;
    int64_t *first = all->first_of_file;
    for (int64_t i = 0; i < dataset->item_count; i++) first[dataset->items[i].file + 1]++;
    for (int64_t f = 0; f < dataset->file_count; f++) first[f + 1] += first[f];
    /* Filling moves every start to the next file's; moved back afterwards. */
    for (int64_t i = 0; i < dataset->item_count; i++) {
        all->by_file[first[dataset->items[i].file]++] = i;
    }
    memmove(first + 1, first, (size_t)dataset->file_count * sizeof *first);
    first[0] = 0;
}

static ingot_status prepare(computation *all, ingot_error *error) {
    const ingot_store_plan *plan = all->plan;
    const ingot_data *data = &plan->program->data;
    size_t items = (size_t)plan->dataset->item_count, files = (size_t)plan->dataset->file_count;
    all->first_of_file = calloc(files + 1, sizeof *all->first_of_file);
    all->by_file = calloc(items + 1, sizeof *all->by_file);
    all->labels = calloc(items + 1, plan->label_bytes);
    all->scratches = calloc((size_t)plan->threads, sizeof *all->scratches);
    if (all->first_of_file == NULL || all->by_file == NULL || all->labels == NULL ||
        all->scratches == NULL) {
        return ingot_fail(error, INGOT_FAILED, "features: out of memory");
    }
    group_by_file(all);
    for (int32_t i = 0; i < plan->threads; i++) {
        scratch *own = &all->scratches[i];
        own->capacity = plan->sample_bytes > BUFFER ? plan->sample_bytes : BUFFER;
        own->buffer = malloc(own->capacity);
        if (own->buffer == NULL) return ingot_fail(error, INGOT_FAILED, "features: out of memory");
        ingot_status status =
            data->features->workspace_new(data->features_config, &own->workspace, error);
        if (status != INGOT_OK) return status;
    }
    return INGOT_OK;
}

static void release(computation *all) {
    const ingot_features *features = all->plan->program->data.features;
    for (int32_t i = 0; all->scratches != NULL && i < all->plan->threads; i++) {
        free(all->scratches[i].buffer);
        if (all->scratches[i].workspace != NULL) {
            features->workspace_free(all->scratches[i].workspace);
        }
    }
    free(all->scratches);
    free(all->labels);
    free(all->by_file);
    free(all->first_of_file);
}

static ingot_status compute_into(computation *all, ingot_error *error) {
    const ingot_store_plan *plan = all->plan;
    all->fd = open(all->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (all->fd < 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", all->path, strerror(errno));
    }
    ingot_status status =
        ingot_parallel(plan->dataset->file_count, plan->threads, compute_file, all, error);
    int failed = status == INGOT_OK && fsync(all->fd) != 0;
    int why = errno;
    if (close(all->fd) != 0 && status == INGOT_OK && !failed) {
        failed = 1;
        why = errno;
    }
    if (!failed) return status;
    return ingot_fail(error, INGOT_FAILED, "%s: cannot write: %s", all->path, strerror(why));
}

ingot_status ingot_store_compute(const ingot_store_plan *plan, const char *directory,
                                 ingot_error *error) {
    computation all = {.plan = plan, .mutex = PTHREAD_MUTEX_INITIALIZER};
    char *samples = ingot_join(directory, "samples.bin");
    char *labels = ingot_join(directory, "labels.bin");
    ingot_status status = INGOT_OK;
    if (samples == NULL || labels == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "features: out of memory");
    }
    all.path = samples;
    if (status == INGOT_OK) status = prepare(&all, error);
    if (status == INGOT_OK) status = compute_into(&all, error);
    if (status == INGOT_OK) {
        status = ingot_write_file(
            labels, all.labels, (size_t)plan->dataset->item_count * plan->label_bytes, NULL, error);
    }
    release(&all);
    pthread_mutex_destroy(&all.mutex);
    free(labels);
    free(samples);
    return status;
}
