/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * weights.c: see weights.h.
 */
#include "train/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "train/diagnose.h"
#include "train/init.h"
#include "train/safetensors.h"

static int is_saved(const ingot_tensor *tensor) {
    return tensor->role != INGOT_OPTIMIZER;
}

/* ------------------------------------------------------------------ saving */

ingot_status ingot_weights_save(const ingot_program *program, const float *state,
                                const ingot_weights_note *note, const char *path, char hex[65],
                                ingot_error *error) {
    const ingot_tensor *bad = ingot_non_finite_tensor(program, state);
    if (bad) return ingot_fail(error, INGOT_FAILED, "%s: %s is not finite", path, bad->name);

    size_t turned = 0; /* floats of the tensors that need a copy in canonical order */
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (is_saved(tensor) && tensor->transposed) turned += tensor->count;
    }
    ingot_saved_tensor *tensors = calloc((size_t)program->tensor_count + 1, sizeof *tensors);
    float *copies = malloc(turned * sizeof *copies + 1), *copy = copies;
    if (!tensors || !copies) {
        free(tensors);
        free(copies);
        return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    }
    int64_t count = 0;
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (!is_saved(tensor)) continue;
        ingot_saved_tensor *saved = &tensors[count++];
        *saved = (ingot_saved_tensor){.name = tensor->name,
                                      .dtype = INGOT_F32,
                                      .rank = tensor->rank,
                                      .data = state + tensor->offset,
                                      .bytes = tensor->count * sizeof(float)};
        for (int32_t d = 0; d < tensor->rank; d++) saved->shape[d] = tensor->shape[d];
        if (tensor->transposed) {
            ingot_tensor_to_canonical(tensor, state, copy);
            saved->data = copy;
            copy += tensor->count;
        }
    }
    char epochs[16], threads[16], best[16];
    snprintf(epochs, sizeof epochs, "%d", note->epochs);
    snprintf(threads, sizeof threads, "%d", note->threads);
    snprintf(best, sizeof best, "%d", note->best_epoch);
    ingot_saved_metadata metadata[9] = {
        {"data", note->data},    {"epochs", epochs},        {"format", "pt"},
        {"name", program->name}, {"stamp", program->stamp}, {"threads", threads},
    };
    int64_t entries = 6;
    if (note->interrupted) metadata[entries++] = (ingot_saved_metadata){"interrupted", "true"};
    if (note->best_epoch > 0) {
        metadata[entries++] = (ingot_saved_metadata){"best_epoch", best};
        metadata[entries++] = (ingot_saved_metadata){"best_metric", note->best_metric};
    }
    uint8_t digest[32];
    ingot_status status =
        ingot_safetensors_write(path, tensors, count, metadata, entries, digest, NULL, error);
    if (status == INGOT_OK) ingot_hex(digest, sizeof digest, hex);
    free(tensors);
    free(copies);
    return status;
}

/* ------------------------------------------------------------------ loading */

static void shape_text(int32_t rank, const int64_t *shape, char *text, size_t size) {
    size_t used = (size_t)snprintf(text, size, "[");
    for (int32_t d = 0; d < rank && used < size; d++) {
        used += (size_t)snprintf(text + used, size - used, "%s%lld", d ? ", " : "",
                                 (long long)shape[d]);
    }
    if (used < size) snprintf(text + used, size - used, "]");
}

static ingot_status check_shape(const ingot_tensor *tensor, const ingot_saved_tensor *saved,
                                const char *path, ingot_error *error) {
    int64_t wanted[INGOT_TENSOR_RANK] = {0};
    int same = tensor->rank == saved->rank;
    for (int32_t d = 0; d < tensor->rank; d++) {
        wanted[d] = tensor->shape[d];
        same = same && wanted[d] == saved->shape[d];
    }
    if (same) return INGOT_OK;
    char here[128], there[128];
    shape_text(tensor->rank, wanted, here, sizeof here);
    shape_text(saved->rank, saved->shape, there, sizeof there);
    return ingot_fail(error, INGOT_FAILED,
                      "%s: weights of another model: %s is %s in the file, %s here", path,
                      tensor->name, there, here);
}

/* What PyTorch counts in each batch norm and nothing here needs. */
static int is_ignored(const char *name) {
    static const char end[] = ".num_batches_tracked";
    const size_t length = strlen(name), tail = sizeof end - 1;
    return length > tail && strcmp(name + length - tail, end) == 0;
}

static ingot_status check_names(const ingot_program *program, const ingot_safetensors *file,
                                const char *path, ingot_error *error) {
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (!is_saved(tensor)) continue;
        const ingot_saved_tensor *saved = ingot_safetensors_find(file, tensor->name);
        if (!saved) {
            return ingot_fail(error, INGOT_FAILED, "%s: weights of another model: %s is missing",
                              path, tensor->name);
        }
        ingot_status status = check_shape(tensor, saved, path, error);
        if (status != INGOT_OK) return status;
    }
    for (int64_t i = 0; i < file->tensor_count; i++) {
        const char *name = file->tensors[i].name;
        int known = is_ignored(name);
        for (int32_t t = 0; !known && t < program->tensor_count; t++) {
            known = is_saved(&program->tensors[t]) && strcmp(program->tensors[t].name, name) == 0;
        }
        if (!known) {
            return ingot_fail(error, INGOT_FAILED,
                              "%s: weights of another model: %s is unknown here", path, name);
        }
    }
    return INGOT_OK;
}

static ingot_status check_stamp(const ingot_program *program, const ingot_safetensors *file,
                                const char *path, ingot_error *error) {
    const char *stamp = ingot_safetensors_metadata(file, "stamp");
    if (stamp && strcmp(stamp, program->stamp) == 0) return INGOT_OK;
    if (!stamp) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: names and shapes match, but the file has no stamp; --any-stamp "
                          "loads it all the same",
                          path);
    }
    return ingot_fail(error, INGOT_FAILED,
                      "%s: names and shapes match, but these weights are of stamp %.12s and this "
                      "executable is %.12s; --any-stamp loads them all the same",
                      path, stamp, program->stamp);
}

/* Converts every tensor into floats in canonical order, one after the other as in the program, so
 * that nothing of the state changes before all of it is known to be good. */
static ingot_status convert(const ingot_program *program, const ingot_safetensors *file,
                            const char *path, float *values, ingot_error *error) {
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (!is_saved(tensor)) continue;
        ingot_status status =
            ingot_saved_to_float(path, ingot_safetensors_find(file, tensor->name), values, error);
        if (status != INGOT_OK) return status;
        const int64_t at = ingot_first_non_finite(values, tensor->count);
        if (at >= 0) {
            return ingot_fail(error, INGOT_FAILED, "%s: %s is not finite at element %lld", path,
                              tensor->name, (long long)at);
        }
        values += tensor->count;
    }
    return INGOT_OK;
}

ingot_status ingot_weights_load(const ingot_program *program, const char *path, int any_stamp,
                                float *state, ingot_error *error) {
    ingot_safetensors *file = NULL;
    size_t floats = 0;
    for (int32_t t = 0; t < program->tensor_count; t++) {
        if (is_saved(&program->tensors[t])) floats += program->tensors[t].count;
    }
    ingot_status status = ingot_safetensors_read(path, &file, error);
    if (status != INGOT_OK) return status;
    float *values = malloc(floats * sizeof *values + 1);
    if (!values) status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    if (status == INGOT_OK) status = check_names(program, file, path, error);
    if (status == INGOT_OK && !any_stamp) status = check_stamp(program, file, path, error);
    if (status == INGOT_OK) status = convert(program, file, path, values, error);
    const float *from = values;
    for (int32_t t = 0; status == INGOT_OK && t < program->tensor_count; t++) {
        if (!is_saved(&program->tensors[t])) continue;
        ingot_tensor_from_canonical(&program->tensors[t], from, state);
        from += program->tensors[t].count;
    }
    free(values);
    ingot_safetensors_free(file);
    return status;
}
