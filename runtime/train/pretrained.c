/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * pretrained.c: see pretrained.h.
 */
#include "train/pretrained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/sha256.h"
#include "train/init.h"
#include "train/safetensors.h"

static int is_in(const char *name, const char *const *names, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) return 1;
    }
    return 0;
}

/* Whether the file is to give this tensor. */
static int is_wanted(const ingot_pretrained *from, const ingot_tensor *tensor) {
    return tensor->role != INGOT_OPTIMIZER && !is_in(tensor->name, from->fresh, from->fresh_count);
}

/* What the file calls this tensor. */
static const char *name_there(const ingot_pretrained *from, const ingot_tensor *tensor) {
    for (int32_t i = 0; i < from->renamed_count; i++) {
        if (strcmp(from->renamed[i][0], tensor->name) == 0) return from->renamed[i][1];
    }
    return tensor->name;
}

static int ends_with(const char *name, const char *end) {
    const size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

/* What PyTorch counts in each batch norm, the numbers of positions: nothing here needs them. */
static int is_counter(const char *name) {
    return ends_with(name, "num_batches_tracked") || ends_with(name, "position_ids");
}

/* ------------------------------------------------------------------ do they fit */

/* "lacks a, b, c" with as many names as there is room for. */
typedef struct listing {
    char text[1500];
    size_t used;
    int64_t left_out;
} listing;

static void add(listing *list, const char *head, const char *item) {
    const char *before = list->used == 0 ? head : ", ";
    const size_t size = strlen(before) + strlen(item);
    if (list->used + size + 40 > sizeof list->text) {
        list->left_out++;
        return;
    }
    list->used += (size_t)snprintf(list->text + list->used, sizeof list->text - list->used, "%s%s",
                                   before, item);
}

static ingot_status complain(const ingot_pretrained *from, listing *list, ingot_error *error) {
    if (list->left_out > 0) {
        snprintf(list->text + list->used, sizeof list->text - list->used, " and %lld more",
                 (long long)list->left_out);
    }
    return ingot_fail(error, INGOT_FAILED, "%s: pretrained weights: %s", from->path, list->text);
}

static size_t shape_text(int32_t rank, const int64_t *shape, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int32_t d = 0; d < rank && used + 24 < size; d++) {
        used += (size_t)snprintf(text + used, size - used, "%s%lld", d ? ", " : "",
                                 (long long)shape[d]);
    }
    return used;
}

static int same_shape(const ingot_tensor *tensor, const ingot_saved_tensor *saved, char *text,
                      size_t size) {
    int64_t wanted[INGOT_TENSOR_RANK] = {0};
    int same = tensor->rank == saved->rank;
    for (int32_t d = 0; d < tensor->rank; d++) {
        wanted[d] = tensor->shape[d];
        same = same && wanted[d] == saved->shape[d];
    }
    if (!same) {
        char here[96], there[96];
        shape_text(tensor->rank, wanted, here, sizeof here);
        shape_text(saved->rank, saved->shape, there, sizeof there);
        snprintf(text, size, "%s is [%s] in the file, [%s] here", tensor->name, there, here);
    }
    return same;
}

static ingot_status compare(const ingot_program *program, const ingot_safetensors *file,
                            ingot_error *error) {
    const ingot_pretrained *from = program->pretrained;
    listing missing = {"", 0, 0}, shapes = {"", 0, 0}, others = {"", 0, 0};
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (!is_wanted(from, tensor)) continue;
        const ingot_saved_tensor *saved = ingot_safetensors_find(file, name_there(from, tensor));
        char text[512];
        if (!saved) {
            add(&missing, "lacks ", tensor->name);
        } else if (!same_shape(tensor, saved, text, sizeof text)) {
            add(&shapes, "", text);
        }
    }
    if (missing.used) return complain(from, &missing, error);
    if (shapes.used) return complain(from, &shapes, error);
    for (int64_t i = 0; i < file->tensor_count; i++) {
        const char *name = file->tensors[i].name;
        int known = is_counter(name) || is_in(name, from->unused, from->unused_count);
        for (int32_t t = 0; !known && t < program->tensor_count; t++) {
            known = is_wanted(from, &program->tensors[t]) &&
                    strcmp(name_there(from, &program->tensors[t]), name) == 0;
        }
        if (!known) add(&others, "has tensors that the model does not: ", name);
    }
    return others.used ? complain(from, &others, error) : INGOT_OK;
}

/* ------------------------------------------------------------------ the file */

static ingot_status read_checked(const ingot_pretrained *from, ingot_safetensors **file,
                                 ingot_error *error) {
    char *bytes = NULL, hex[65];
    size_t size = 0;
    uint8_t digest[32];
    ingot_status status = ingot_read_file(from->path, SIZE_MAX / 2, &bytes, &size, error);
    if (status != INGOT_OK) {
        return ingot_fail_in(error, status, "the weights that training starts from");
    }
    /* Of the bytes that are used, not of the file as it may be later. */
    status = ingot_sha256_of(bytes, size, digest, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        if (strcmp(hex, from->sha256) != 0) {
            status = ingot_fail(error, INGOT_LOCK_MISMATCH,
                                "%s: the weights that training starts from are not those of the "
                                "lock: SHA-256 is %s, the lock has %s",
                                from->path, hex, from->sha256);
        }
    }
    if (status == INGOT_OK) status = ingot_safetensors_parse(from->path, bytes, size, file, error);
    free(bytes);
    return status;
}

static ingot_status convert(const ingot_program *program, const ingot_safetensors *file,
                            float *values, ingot_error *error) {
    const ingot_pretrained *from = program->pretrained;
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (!is_wanted(from, tensor)) continue;
        const ingot_saved_tensor *saved = ingot_safetensors_find(file, name_there(from, tensor));
        ingot_status status = ingot_saved_to_float(from->path, saved, values, error);
        if (status != INGOT_OK) return status;
        const int64_t at = ingot_saved_not_finite(saved);
        if (at >= 0) {
            return ingot_fail(error, INGOT_FAILED, "%s: %s is not finite at element %lld",
                              from->path, tensor->name, (long long)at);
        }
        values += tensor->count;
    }
    return INGOT_OK;
}

ingot_status ingot_pretrained_load(const ingot_program *program, float *state, ingot_error *error) {
    const ingot_pretrained *from = program->pretrained;
    ingot_safetensors *file = NULL;
    size_t floats = 0;
    for (int32_t t = 0; t < program->tensor_count; t++) {
        if (is_wanted(from, &program->tensors[t])) floats += program->tensors[t].count;
    }
    float *values = malloc(floats * sizeof *values + 1);
    ingot_status status =
        values ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "%s: out of memory", from->path);
    if (status == INGOT_OK) status = read_checked(from, &file, error);
    if (status == INGOT_OK) status = compare(program, file, error);
    if (status == INGOT_OK) status = convert(program, file, values, error);
    const float *next = values;
    for (int32_t t = 0; status == INGOT_OK && t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (!is_wanted(from, tensor)) continue;
        ingot_tensor_from_canonical(tensor, next, state);
        next += tensor->count;
    }
    free(values);
    ingot_safetensors_free(file);
    return status;
}
