/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * idx.c: the reader of MNIST's four files (idx.h). An open source holds its two files decoded in
 * memory: 47 MB for the 60,000 images of MNIST.
 */
#include "data/idx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"

struct ingot_source {
    ingot_idx images, labels; /* labels.records 0: opened without */
};

/* ------------------------------------------------------------------ the config */

static const char *const roles[4] = {"train_images", "train_labels", "test_images", "test_labels"};
static const char *const defaults[4] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

static const char *name_of(const ingot_idx_config *config, int which) {
    const char *const names[4] = {config->train_images, config->train_labels, config->test_images,
                                  config->test_labels};
    return names[which];
}

static int is_inside(const char *path) {
    if (path[0] == '/') return 0;
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        if (*part == '/') part++;
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) return 0;
    }
    return 1;
}

ingot_status ingot_idx_configure(const struct json_t *options, void **config, ingot_error *error) {
    const char *names[4];
    memcpy(names, defaults, sizeof names);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)options, key, value) {
        int which = 0;
        while (which < 4 && strcmp(key, roles[which]) != 0) which++;
        if (which == 4) return ingot_fail(error, INGOT_USAGE, "idx: unknown option '%s'", key);
        if (!json_is_string(value)) {
            return ingot_fail(error, INGOT_USAGE, "idx: %s: expected a file name", key);
        }
        names[which] = json_string_value(value);
        if (!is_inside(names[which])) {
            return ingot_fail(error, INGOT_USAGE, "idx: %s: '%s' is not inside the data's folder",
                              key, names[which]);
        }
    }
    if (names[0][0] == '\0' || names[1][0] == '\0' || !names[2][0] != !names[3][0]) {
        return ingot_fail(
            error, INGOT_USAGE,
            "idx: images and labels come in pairs; only the test pair may be left out");
    }
    size_t size = sizeof(ingot_idx_config);
    for (int i = 0; i < 4; i++) size += strlen(names[i]) + 1;
    ingot_idx_config *made = malloc(size);
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "idx: out of memory");
    char *at = (char *)(made + 1);
    for (int i = 0; i < 4; i++) {
        size_t length = strlen(names[i]) + 1;
        memcpy(at, names[i], length);
        names[i] = at;
        at += length;
    }
    *made = (ingot_idx_config){names[0], names[1], names[2], names[3]};
    *config = made;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ finding the files */

/* The name under which a file is there: as it stands, or with .gz added or taken away; *found NULL
 * where neither is. From malloc. */
static ingot_status find(const char *root, const char *name, char **found, ingot_error *error) {
    size_t length = strlen(name);
    *found = NULL;
    for (int variant = 0; variant < 2; variant++) {
        char *tried = malloc(length + 4);
        if (tried == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", name);
        memcpy(tried, name, length + 1);
        if (variant == 1) {
            int zipped = length > 3 && strcmp(name + length - 3, ".gz") == 0;
            memcpy(tried + length - (zipped ? 3 : 0), zipped ? "" : ".gz", zipped ? 1 : 4);
        }
        char *full = ingot_join(root, tried);
        struct stat facts;
        int there = full != NULL && stat(full, &facts) == 0;
        int why = errno;
        ingot_status status = INGOT_OK;
        if (full == NULL) status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", name);
        if (full != NULL && !there && why != ENOENT) {
            status = ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", full, strerror(why));
        }
        free(full);
        if (status == INGOT_OK && there) {
            *found = tried;
            return INGOT_OK;
        }
        free(tried);
        if (status != INGOT_OK) return status;
    }
    return INGOT_OK;
}

typedef struct layout {
    char *name[4]; /* as found; NULL: not there */
    int order[4];  /* those that are there, in ascending byte order of name */
    int count;
} layout;

static void layout_free(layout *found) {
    for (int i = 0; i < 4; i++) free(found->name[i]);
}

static ingot_status layout_find(const ingot_idx_config *config, const char *root, layout *found,
                                ingot_error *error) {
    *found = (layout){0};
    struct stat facts;
    if (stat(root, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
        return ingot_fail(error, INGOT_FAILED, "%s: no such folder of data", root);
    }
    for (int i = 0; i < 4; i++) {
        if (name_of(config, i)[0] == '\0') continue;
        ingot_status status = find(root, name_of(config, i), &found->name[i], error);
        if (status != INGOT_OK) {
            layout_free(found);
            return status;
        }
        if (found->name[i] == NULL) continue;
        int at = found->count++;
        for (; at > 0 && strcmp(found->name[found->order[at - 1]], found->name[i]) > 0; at--) {
            found->order[at] = found->order[at - 1];
        }
        found->order[at] = i;
    }
    return INGOT_OK;
}

/* ------------------------------------------------------------------ reading them */

static ingot_status load(const char *path, ingot_idx_kind kind, ingot_idx *idx,
                         ingot_error *error) {
    char *content;
    size_t size;
    ingot_status status = ingot_read_file(path, SIZE_MAX / 4, &content, &size, error);
    if (status != INGOT_OK) return status;
    status = ingot_idx_decode(kind, content, size, idx, error);
    return status == INGOT_OK ? status : ingot_fail_in(error, status, "%s", path);
}

static ingot_status counts_agree(const char *images, const ingot_idx *image, const char *labels,
                                 const ingot_idx *label, ingot_error *error) {
    if (image->records == label->records) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: %lld images, but %s: %lld labels", images,
                      (long long)image->records, labels, (long long)label->records);
}

typedef struct scanned {
    ingot_file file;
    ingot_idx idx;    /* of labels kept until they are told; images only their sizes */
    uint8_t *digests; /* of images */
    ingot_error problem;
} scanned;

/* The same images in training and test are found by their content. */
static ingot_status digest_records(const ingot_idx *idx, uint8_t **digests, ingot_error *error) {
    const size_t size = (size_t)idx->channels * (size_t)idx->height * (size_t)idx->width;
    ingot_status status = INGOT_OK;
    uint8_t whole[32];
    *digests = malloc(8 * (size_t)idx->records + 1);
    if (*digests == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory");
    for (int64_t r = 0; r < idx->records && status == INGOT_OK; r++) {
        status = ingot_sha256_of(idx->elements + (size_t)r * size, size, whole, error);
        memcpy(*digests + 8 * r, whole, 8);
    }
    return status;
}

static ingot_status scan_one(const char *root, int which, const layout *found, scanned *one,
                             ingot_error *error) {
    ingot_idx_kind kind = which % 2 == 0 ? INGOT_IDX_IMAGES : INGOT_IDX_LABELS;
    one->file = (ingot_file){.path = found->name[which], .role = roles[which]};
    char *content, *full = ingot_join(root, found->name[which]);
    size_t size;
    if (full == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", root);
    ingot_status status = ingot_read_file(full, SIZE_MAX / 4, &content, &size, error);
    if (status == INGOT_OK) {
        one->file.bytes = size;
        status = ingot_sha256_of(content, size, one->file.sha256, error);
        if (status != INGOT_OK) free(content);
    }
    free(full);
    if (status != INGOT_OK) return status;
    if (ingot_idx_decode(kind, content, size, &one->idx, &one->problem) != INGOT_OK) {
        one->file.problem = one->problem.text;
        return INGOT_OK;
    }
    one->file.records = one->idx.records;
    one->file.channels = one->idx.channels;
    one->file.height = one->idx.height;
    one->file.width = one->idx.width;
    if (kind == INGOT_IDX_IMAGES) {
        one->file.label_file = found->name[which + 1];
        status = digest_records(&one->idx, &one->digests, error);
        one->file.digests = one->digests;
        ingot_idx_free(&one->idx);
    } else {
        one->file.labels = one->idx.elements;
    }
    return status;
}

static ingot_status idx_scan(const void *config, const char *root, struct ingot_known *known,
                             ingot_file_sink sink, void *user, ingot_error *error) {
    (void)known; /* four files, whose labels a lock wants */
    layout found;
    ingot_status status = layout_find(config, root, &found, error);
    if (status != INGOT_OK) return status;
    scanned *all = calloc(4, sizeof *all);
    if (all == NULL) status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", root);
    for (int i = 0; i < 4 && status == INGOT_OK; i++) {
        const char *name = name_of(config, i);
        if (name[0] == '\0') continue;
        if (found.name[i] == NULL) {
            size_t length = strlen(name);
            int zipped = length > 3 && strcmp(name + length - 3, ".gz") == 0;
            status = ingot_fail(error, INGOT_FAILED, "%s: no %s: neither %s nor %.*s%s is there",
                                root, roles[i], name, (int)(zipped ? length - 3 : length), name,
                                zipped ? "" : ".gz");
        } else {
            status = scan_one(root, i, &found, &all[i], error);
        }
    }
    for (int i = 0; i < 4 && status == INGOT_OK; i += 2) {
        const ingot_file *images = &all[i].file, *labels = &all[i + 1].file;
        if (images->path == NULL || images->problem != NULL || labels->problem != NULL) continue;
        if (images->records != labels->records) {
            status = ingot_fail(error, INGOT_FAILED, "%s/%s: %lld images, but %s/%s: %lld labels",
                                root, images->path, (long long)images->records, root, labels->path,
                                (long long)labels->records);
        }
    }
    for (int i = 0; i < found.count && status == INGOT_OK; i++) {
        status = sink(user, &all[found.order[i]].file, error);
    }
    for (int i = 0; all != NULL && i < 4; i++) {
        ingot_idx_free(&all[i].idx);
        free(all[i].digests);
    }
    free(all);
    layout_free(&found);
    return status;
}

static ingot_status idx_list(const void *config, const char *root, ingot_path_sink sink, void *user,
                             ingot_error *error) {
    layout found;
    ingot_status status = layout_find(config, root, &found, error);
    if (status != INGOT_OK) return status;
    for (int i = 0; i < found.count && status == INGOT_OK; i++) {
        status = sink(user, found.name[found.order[i]], error);
    }
    layout_free(&found);
    return status;
}

static void idx_close(ingot_source *source) {
    if (source == NULL) return;
    ingot_idx_free(&source->images);
    ingot_idx_free(&source->labels);
    free(source);
}

static ingot_status idx_open(const void *config, const char *path, const char *label_path,
                             ingot_source **source, ingot_error *error) {
    (void)config;
    ingot_source *made = calloc(1, sizeof *made);
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    ingot_status status = load(path, INGOT_IDX_IMAGES, &made->images, error);
    if (status == INGOT_OK && label_path != NULL) {
        status = load(label_path, INGOT_IDX_LABELS, &made->labels, error);
        if (status == INGOT_OK) {
            status = counts_agree(path, &made->images, label_path, &made->labels, error);
        }
    }
    if (status != INGOT_OK) {
        idx_close(made);
        return status;
    }
    *source = made;
    return INGOT_OK;
}

static int64_t idx_records(const ingot_source *source) {
    return source->images.records;
}

static ingot_status idx_read(ingot_source *source, int64_t record, ingot_signal *signal,
                             int32_t *label, ingot_error *error) {
    const ingot_idx *images = &source->images;
    if (record < 0 || record >= images->records) {
        return ingot_fail(error, INGOT_FAILED, "record %lld of %lld", (long long)record,
                          (long long)images->records);
    }
    size_t size = (size_t)images->channels * (size_t)images->height * (size_t)images->width;
    *signal = (ingot_signal){.kind = INGOT_SIGNAL_IMAGE,
                             .pixels = images->elements + (size_t)record * size,
                             .channels = images->channels,
                             .height = images->height,
                             .width = images->width};
    *label = source->labels.records > 0 ? source->labels.elements[record] : -1;
    return INGOT_OK;
}

const ingot_reader ingot_reader_idx = {.name = "idx",
                                       .yields = INGOT_SIGNAL_IMAGE,
                                       .scan = idx_scan,
                                       .open_file = idx_open,
                                       .records = idx_records,
                                       .read = idx_read,
                                       .close_file = idx_close,
                                       .list = idx_list};
