/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * dataset.c: the lock as items and samples, and the data on disk compared with it (dataset.h).
 */
#include "data/dataset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "data/known.h"
#include "data/lock.h"

static const char *const split_names[INGOT_SPLITS] = {"train", "validation", "test"};

/* ------------------------------------------------------------------ items */

typedef struct layout {
    const ingot_data *data;
    const ingot_lock *lock;
    ingot_dataset *dataset;
    int64_t items, samples; /* laid out so far */
} layout;

static ingot_status add_item(layout *to, ingot_item item, ingot_error *error) {
    if (to->items == to->dataset->item_count) {
        return ingot_fail(error, INGOT_FAILED,
                          "the lock in this executable has more items than were compiled into it");
    }
    item.first_sample = to->samples;
    to->dataset->items[to->items++] = item;
    to->samples += item.samples;
    return INGOT_OK;
}

/* What a split has of sounds that are only declared: class by class. */
static ingot_status add_declared(layout *to, int32_t split, ingot_error *error) {
    const ingot_lock *lock = to->lock;
    const int64_t *counts = lock->counts + (size_t)split * (size_t)lock->class_count;
    int64_t samples = to->data->features->count(to->data->features_config, &lock->facts);
    for (int32_t label = 0; label < lock->class_count; label++) {
        ingot_item item = {-1, -1, 0, label, split, 0, samples};
        for (int64_t i = 0; i < counts[label]; i++) {
            ingot_status status = add_item(to, item, error);
            if (status != INGOT_OK) return status;
        }
    }
    return INGOT_OK;
}

static ingot_status add_file(layout *to, int64_t file, int32_t split, ingot_error *error) {
    const ingot_lock_entry *entry = &to->lock->entries[file];
    const ingot_file *facts = &to->lock->files[file];
    if (entry->split != split && entry->splits == NULL) return INGOT_OK;
    int64_t samples = to->data->features->count(to->data->features_config, facts);
    /* The lock knows nothing of features: a sound too short for them is in its split and no item.
     */
    if (samples < 1) return INGOT_OK;
    ingot_item item = {(int32_t)file, entry->label_file, 0, entry->label, split, 0, samples};
    if (entry->splits == NULL) return add_item(to, item, error);
    const char *runs = entry->splits;
    int64_t count, record = 0;
    int32_t of;
    ingot_status status = INGOT_OK;
    while (status == INGOT_OK && ingot_lock_run(&runs, &count, &of) == 1) {
        for (int64_t i = 0; i < count && of == split && status == INGOT_OK; i++) {
            item.record = record + i;
            status = add_item(to, item, error);
        }
        record += count;
    }
    return status;
}

static ingot_status lay_out(layout *to, ingot_error *error) {
    for (int32_t split = 0; split < INGOT_SPLITS; split++) {
        int64_t items = to->items, samples = to->samples;
        ingot_status status = to->lock->declared ? add_declared(to, split, error) : INGOT_OK;
        for (int64_t file = 0; file < to->lock->file_count && status == INGOT_OK; file++) {
            status = add_file(to, file, split, error);
        }
        if (status != INGOT_OK) return status;
        items = to->items - items;
        samples = to->samples - samples;
        if (items != to->data->items[split] || samples != to->data->samples[split]) {
            return ingot_fail(error, INGOT_FAILED,
                              "the lock in this executable gives %lld items and %lld samples for "
                              "%s, compiled were %lld and %lld",
                              (long long)items, (long long)samples, split_names[split],
                              (long long)to->data->items[split],
                              (long long)to->data->samples[split]);
        }
    }
    return INGOT_OK;
}

static ingot_status same_classes(const ingot_program *program, const ingot_lock *lock,
                                 ingot_error *error) {
    int same = program->classes == lock->class_count;
    for (int32_t i = 0; same && i < lock->class_count; i++) {
        same = strcmp(program->class_names[i], lock->classes[i]) == 0;
    }
    if (same) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED,
                      "the classes of the lock in this executable are not those compiled into it");
}

ingot_status ingot_dataset_open(const ingot_program *program, ingot_dataset **dataset,
                                ingot_error *error) {
    ingot_lock *lock;
    const char *text = (const char *)program->lock.begin;
    ingot_status status = ingot_lock_parse(text, (size_t)(program->lock.end - program->lock.begin),
                                           "the lock in this executable", &lock, error);
    if (status != INGOT_OK) return status;
    ingot_dataset *made = calloc(1, sizeof *made);
    int64_t items = 0;
    for (int i = 0; i < INGOT_SPLITS; i++) items += program->data.items[i];
    if (made != NULL) {
        *made = (ingot_dataset){.declared = lock->declared,
                                .file_count = lock->file_count,
                                .item_count = items,
                                .files = lock->files,
                                .items = calloc((size_t)items + 1, sizeof *made->items),
                                .owner = lock};
    }
    if (made == NULL || made->items == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "the lock in this executable: out of memory");
    } else {
        layout to = {.data = &program->data, .lock = lock, .dataset = made};
        status = same_classes(program, lock, error);
        if (status == INGOT_OK) status = lay_out(&to, error);
        made->sample_count = to.samples;
    }
    if (status != INGOT_OK) {
        if (made != NULL) free(made->items);
        free(made);
        ingot_lock_free(lock);
        return status;
    }
    *dataset = made;
    return INGOT_OK;
}

void ingot_dataset_close(ingot_dataset *dataset) {
    if (dataset == NULL) return;
    ingot_lock_free(dataset->owner);
    free(dataset->items);
    free(dataset);
}

/* ------------------------------------------------------------------ the data on disk */

enum { NAMED = 3 }; /* files named of each difference */

typedef enum found { SAME, MISSING, CHANGED } found;

typedef struct check {
    const ingot_lock *lock;
    const char *root;
    ingot_known *known;
    int64_t next_file, next_skipped; /* of the lock, while the listing goes by in the same order */
    int64_t extra;
    char *extra_names[NAMED];
    unsigned char *state; /* a `found` per file */
} check;

static ingot_status listed(void *user, const char *path, ingot_error *error) {
    check *to = user;
    const ingot_lock *lock = to->lock;
    while (to->next_file < lock->file_count && strcmp(lock->files[to->next_file].path, path) < 0) {
        to->next_file++;
    }
    while (to->next_skipped < lock->skipped_count &&
           strcmp(lock->skipped[to->next_skipped], path) < 0) {
        to->next_skipped++;
    }
    if ((to->next_file < lock->file_count && strcmp(lock->files[to->next_file].path, path) == 0) ||
        (to->next_skipped < lock->skipped_count &&
         strcmp(lock->skipped[to->next_skipped], path) == 0)) {
        return INGOT_OK;
    }
    if (to->extra < NAMED) {
        to->extra_names[to->extra] = strdup(path);
        if (to->extra_names[to->extra] == NULL) {
            return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
        }
    }
    to->extra++;
    return INGOT_OK;
}

static ingot_status listed_by_scan(void *user, const ingot_file *file, ingot_error *error) {
    return listed(user, file->path, error);
}

static ingot_status check_file(void *user, int64_t index, int32_t worker, ingot_error *error) {
    (void)worker;
    check *to = user;
    const ingot_file *file = &to->lock->files[index];
    char *path = ingot_join(to->root, file->path);
    if (path == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", file->path);
    struct stat facts;
    ingot_status status = INGOT_OK;
    if (stat(path, &facts) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            to->state[index] = MISSING;
        } else {
            status = ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", path, strerror(errno));
        }
    } else if ((uint64_t)facts.st_size != file->bytes || !S_ISREG(facts.st_mode)) {
        to->state[index] = CHANGED; /* needs no hash */
    } else {
        ingot_seen seen;
        ingot_file is = {0};
        if (!ingot_known_find(to->known, file->path, path, &seen, &is)) {
            status = ingot_sha256_file(path, is.sha256, &is.bytes, error);
            if (status == INGOT_OK) {
                status = ingot_known_keep(to->known, file->path, path, &seen, &is, error);
            }
        }
        if (is.bytes != file->bytes || memcmp(is.sha256, file->sha256, 32) != 0) {
            to->state[index] = CHANGED;
        }
    }
    free(path);
    return status;
}

/* Adds ", 12 changed (a, b, c, ...)" to the message. */
static void tell(char *text, size_t size, const char *what, int64_t count,
                 const char *const names[NAMED]) {
    size_t used = strlen(text);
    if (count == 0 || used + 1 >= size) return;
    used += (size_t)snprintf(text + used, size - used, "%s%lld %s (", used > 0 ? ", " : "",
                             (long long)count, what);
    for (int i = 0; i < NAMED && i < count && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    if (used < size) snprintf(text + used, size - used, "%s)", count > NAMED ? ", ..." : "");
}

static ingot_status judge(const check *to, ingot_error *error) {
    const char *names[2][NAMED] = {{NULL}};
    int64_t counts[2] = {0, 0};
    for (int64_t i = 0; i < to->lock->file_count; i++) {
        if (to->state[i] == SAME) continue;
        int which = to->state[i] == MISSING ? 0 : 1;
        if (counts[which] < NAMED) names[which][counts[which]] = to->lock->files[i].path;
        counts[which]++;
    }
    if (counts[0] + counts[1] + to->extra == 0) return INGOT_OK;
    char text[sizeof error->text] = "";
    tell(text, sizeof text, "missing", counts[0], names[0]);
    tell(text, sizeof text, "extra", to->extra, (const char *const *)to->extra_names);
    tell(text, sizeof text, "changed", counts[1], names[1]);
    return ingot_fail(error, INGOT_LOCK_MISMATCH, "%s does not match the lock: %s", to->root, text);
}

ingot_status ingot_dataset_check(const ingot_program *program, const ingot_dataset *dataset,
                                 const char *root, ingot_known *known, ingot_error *error) {
    const ingot_data *data = &program->data;
    check to = {.lock = dataset->owner, .root = root, .known = known};
    struct stat facts;
    if (dataset->declared) {
        return ingot_fail(error, INGOT_LOCK_MISMATCH,
                          "%s: this executable was built without the data, for what its spec "
                          "declares of it; where the data is, write the lock with `lua build.lua "
                          "lock SPEC` and build again",
                          root);
    }
    if (stat(root, &facts) != 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot read the data: %s", root,
                          strerror(errno));
    }
    if (!S_ISDIR(facts.st_mode)) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot read the data: not a folder", root);
    }
    to.state = calloc((size_t)dataset->file_count + 1, 1);
    if (to.state == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", root);
    ingot_status status =
        data->reader->list != NULL
            ? data->reader->list(data->reader_config, root, listed, &to, error)
            : data->reader->scan(data->reader_config, root, known, listed_by_scan, &to, error);
    if (status == INGOT_OK) {
        status = ingot_parallel(dataset->file_count, ingot_cpu_count(), check_file, &to, error);
    }
    if (status == INGOT_OK) status = judge(&to, error);
    for (int i = 0; i < NAMED; i++) free(to.extra_names[i]);
    free(to.state);
    return status;
}
