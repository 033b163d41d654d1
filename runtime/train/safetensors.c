/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * safetensors.c: reading safetensors files (safetensors.h) and what both directions share; writing
 * is safetensors_write.c. Bytes are used as they lie: this is for little-endian machines.
 */
#include "train/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "train/safetensors_internal.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are little endian");

/* The reference implementation's limit. */
static const uint64_t HEADER_MOST = 100000000;

static const struct kind {
    const char *name;
    size_t size;
} kinds[INGOT_DTYPES] = {
    [INGOT_F64] = {"F64", 8},   [INGOT_F32] = {"F32", 4}, [INGOT_F16] = {"F16", 2},
    [INGOT_BF16] = {"BF16", 2}, [INGOT_I64] = {"I64", 8},
};

const char *ingot_dtype_name(ingot_dtype dtype) {
    return kinds[dtype].name;
}

int64_t ingot_saved_count(const ingot_saved_tensor *tensor) {
    int64_t count = 1;
    for (int32_t i = 0; i < tensor->rank; i++) count *= tensor->shape[i];
    return count;
}

int ingot_saved_bytes(const ingot_saved_tensor *tensor, size_t *bytes) {
    *bytes = kinds[tensor->dtype].size;
    for (int32_t i = 0; i < tensor->rank; i++) {
        if (tensor->shape[i] < 0) return 0;
        if (__builtin_mul_overflow(*bytes, (size_t)tensor->shape[i], bytes)) return 0;
    }
    return *bytes <= INT64_MAX;
}

/* ------------------------------------------------------------------ one tensor of the header */

typedef struct parsing {
    const char *name;   /* of the file */
    const char *tensor; /* being read */
    uint64_t data_size; /* bytes after the header */
    ingot_error *error;
} parsing;

static ingot_status wrong(const parsing *at, const char *what) {
    return ingot_fail(at->error, INGOT_FAILED, "%s: tensor '%s': %s", at->name, at->tensor, what);
}

static ingot_status read_shape(const parsing *at, const json_t *list, ingot_saved_tensor *tensor) {
    if (!json_is_array(list)) return wrong(at, "no shape");
    size_t rank = json_array_size(list);
    if (rank > INGOT_TENSOR_RANK) return wrong(at, "more than 8 dimensions");
    tensor->rank = (int32_t)rank;
    for (size_t i = 0; i < rank; i++) {
        const json_t *size = json_array_get(list, i);
        if (!json_is_integer(size) || json_integer_value(size) < 0) {
            return wrong(at, "a dimension is not an integer from 0");
        }
        tensor->shape[i] = json_integer_value(size);
    }
    return INGOT_OK;
}

static ingot_status read_offsets(const parsing *at, const json_t *list, uint64_t offsets[2]) {
    if (json_array_size(list) != 2) return wrong(at, "data_offsets are not two");
    for (size_t i = 0; i < 2; i++) {
        const json_t *offset = json_array_get(list, i);
        if (!json_is_integer(offset) || json_integer_value(offset) < 0) {
            return wrong(at, "a data offset is not an integer from 0");
        }
        offsets[i] = (uint64_t)json_integer_value(offset);
    }
    if (offsets[0] > offsets[1]) return wrong(at, "its data end before they begin");
    if (offsets[1] <= at->data_size) return INGOT_OK;
    return ingot_fail(at->error, INGOT_FAILED,
                      "%s: truncated: tensor '%s' ends at byte %llu of the data, there are %llu",
                      at->name, at->tensor, (unsigned long long)offsets[1],
                      (unsigned long long)at->data_size);
}

static ingot_status read_tensor(const parsing *at, const json_t *entry, const unsigned char *data,
                                ingot_saved_tensor *tensor) {
    if (!json_is_object(entry)) return wrong(at, "its description is not an object");
    const json_t *dtype = json_object_get(entry, "dtype");
    int kind = 0;
    if (!json_is_string(dtype)) return wrong(at, "no dtype");
    while (kind < INGOT_DTYPES && strcmp(json_string_value(dtype), kinds[kind].name) != 0) kind++;
    if (kind == INGOT_DTYPES) {
        return ingot_fail(at->error, INGOT_FAILED,
                          "%s: tensor '%s': dtype %s is not one of F64, F32, F16, BF16, I64",
                          at->name, at->tensor, json_string_value(dtype));
    }
    tensor->dtype = (ingot_dtype)kind;
    uint64_t offsets[2];
    ingot_status status = read_shape(at, json_object_get(entry, "shape"), tensor);
    if (status == INGOT_OK) {
        status = read_offsets(at, json_object_get(entry, "data_offsets"), offsets);
    }
    if (status != INGOT_OK) return status;
    if (!ingot_saved_bytes(tensor, &tensor->bytes)) return wrong(at, "its shape overflows");
    if (tensor->bytes != offsets[1] - offsets[0]) {
        return ingot_fail(at->error, INGOT_FAILED,
                          "%s: tensor '%s': its shape needs %zu bytes, its offsets give %llu",
                          at->name, at->tensor, tensor->bytes,
                          (unsigned long long)(offsets[1] - offsets[0]));
    }
    tensor->data = data + offsets[0];
    return INGOT_OK;
}

/* ------------------------------------------------------------------ the header */

static int by_data(const void *left, const void *right) {
    const ingot_saved_tensor *a = left, *b = right;
    if (a->data != b->data) {
        return (const unsigned char *)a->data < (const unsigned char *)b->data ? -1 : 1;
    }
    /* Tensors of no bytes come before the one that begins where they lie. */
    if (a->bytes != b->bytes) return a->bytes < b->bytes ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* With the tensors in the order of their data, each must begin where the one before ends. */
static ingot_status check_cover(const parsing *at, ingot_safetensors *file,
                                const unsigned char *data) {
    uint64_t end = 0;
    qsort(file->tensors, (size_t)file->tensor_count, sizeof *file->tensors, by_data);
    for (int64_t i = 0; i < file->tensor_count; i++) {
        const ingot_saved_tensor *tensor = &file->tensors[i];
        uint64_t begin = (uint64_t)((const unsigned char *)tensor->data - data);
        if (begin != end) {
            return ingot_fail(
                at->error, INGOT_FAILED, "%s: tensor '%s': its data begin at byte %llu, %s %llu",
                at->name, tensor->name, (unsigned long long)begin,
                begin < end ? "inside those of another that end at" : "after a hole from",
                (unsigned long long)end);
        }
        end = begin + tensor->bytes;
    }
    if (end == at->data_size) return INGOT_OK;
    return ingot_fail(at->error, INGOT_FAILED, "%s: %llu bytes after the last tensor", at->name,
                      (unsigned long long)(at->data_size - end));
}

static ingot_status read_metadata(const parsing *at, json_t *object, ingot_safetensors *file) {
    if (object == NULL) return INGOT_OK;
    if (!json_is_object(object)) {
        return ingot_fail(at->error, INGOT_FAILED, "%s: __metadata__ is not an object", at->name);
    }
    file->metadata = calloc(json_object_size(object) + 1, sizeof *file->metadata);
    if (file->metadata == NULL) {
        return ingot_fail(at->error, INGOT_FAILED, "%s: out of memory", at->name);
    }
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        if (!json_is_string(value)) {
            return ingot_fail(at->error, INGOT_FAILED, "%s: __metadata__: '%s' is not a string",
                              at->name, key);
        }
        file->metadata[file->metadata_count++] =
            (ingot_saved_metadata){key, json_string_value(value)};
    }
    return INGOT_OK;
}

static ingot_status read_header(parsing *at, json_t *root, const unsigned char *data,
                                ingot_safetensors *file) {
    if (!json_is_object(root)) {
        return ingot_fail(at->error, INGOT_FAILED, "%s: the header is not an object", at->name);
    }
    ingot_status status = read_metadata(at, json_object_get(root, "__metadata__"), file);
    if (status != INGOT_OK) return status;
    file->tensors = calloc(json_object_size(root) + 1, sizeof *file->tensors);
    if (file->tensors == NULL) {
        return ingot_fail(at->error, INGOT_FAILED, "%s: out of memory", at->name);
    }
    const char *key;
    json_t *entry;
    json_object_foreach(root, key, entry) {
        if (strcmp(key, "__metadata__") == 0) continue;
        at->tensor = key;
        ingot_saved_tensor *tensor = &file->tensors[file->tensor_count];
        status = read_tensor(at, entry, data, tensor);
        if (status != INGOT_OK) return status;
        tensor->name = key;
        file->tensor_count++;
    }
    status = check_cover(at, file, data);
    if (status != INGOT_OK) return status;
    /* The parsed header owns the names; a table of their places is added to it. */
    json_t *index = json_object();
    file->index = index;
    for (int64_t i = 0; i < file->tensor_count; i++) {
        if (json_object_set_new_nocheck(index, file->tensors[i].name, json_integer(i)) != 0) {
            return ingot_fail(at->error, INGOT_FAILED, "%s: out of memory", at->name);
        }
    }
    return INGOT_OK;
}

/* Takes `bytes` over, whatever happens. */
static ingot_status parse(const char *name, unsigned char *bytes, size_t size,
                          ingot_safetensors **file, ingot_error *error) {
    ingot_safetensors *made = calloc(1, sizeof *made);
    ingot_status status = INGOT_OK;
    uint64_t header = 0;
    if (made == NULL) {
        free(bytes);
        return ingot_fail(error, INGOT_FAILED, "%s: out of memory", name);
    }
    made->file = bytes;
    if (size < 8) {
        status =
            ingot_fail(error, INGOT_FAILED, "%s: not a safetensors file: %zu bytes", name, size);
    } else {
        memcpy(&header, bytes, 8);
        if (header > HEADER_MOST) {
            status = ingot_fail(error, INGOT_FAILED,
                                "%s: not a safetensors file: a header of %llu bytes, at most %llu",
                                name, (unsigned long long)header, (unsigned long long)HEADER_MOST);
        } else if (header > size - 8) {
            status = ingot_fail(error, INGOT_FAILED,
                                "%s: truncated: a header of %llu bytes in a file of %zu", name,
                                (unsigned long long)header, size);
        }
    }
    if (status == INGOT_OK) {
        json_t *root = NULL;
        char what[512];
        snprintf(what, sizeof what, "%s: header", name);
        status = ingot_json_parse((const char *)bytes + 8, (size_t)header, what, &root, error);
        made->names = root;
        parsing at = {.name = name, .data_size = size - 8 - header, .error = error};
        if (status == INGOT_OK) status = read_header(&at, root, bytes + 8 + header, made);
    }
    if (status != INGOT_OK) {
        ingot_safetensors_free(made);
        return status;
    }
    *file = made;
    return INGOT_OK;
}

ingot_status ingot_safetensors_read(const char *path, ingot_safetensors **file,
                                    ingot_error *error) {
    char *bytes;
    size_t size;
    /* Read, not mapped: a file that shrinks while it is mapped would kill the process. */
    ingot_status status = ingot_read_file(path, SIZE_MAX / 4, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    return parse(path, (unsigned char *)bytes, size, file, error);
}

ingot_status ingot_safetensors_parse(const char *name, const void *bytes, size_t size,
                                     ingot_safetensors **file, ingot_error *error) {
    unsigned char *copy = malloc(size + 1);
    if (copy == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", name);
    if (size > 0) memcpy(copy, bytes, size);
    return parse(name, copy, size, file, error);
}

void ingot_safetensors_free(ingot_safetensors *file) {
    if (file == NULL) return;
    json_decref(file->index);
    json_decref(file->names);
    free(file->tensors);
    free(file->metadata);
    free(file->file);
    free(file);
}

/* ------------------------------------------------------------------ what is in it */

const ingot_saved_tensor *ingot_safetensors_find(const ingot_safetensors *file, const char *name) {
    const json_t *place = json_object_get(file->index, name);
    return place == NULL ? NULL : &file->tensors[json_integer_value(place)];
}

const char *ingot_safetensors_metadata(const ingot_safetensors *file, const char *key) {
    for (int64_t i = 0; i < file->metadata_count; i++) {
        if (strcmp(file->metadata[i].key, key) == 0) return file->metadata[i].value;
    }
    return NULL;
}

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction. */
static float from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half >> 15) << 31, exponent = half >> 10 & 31,
             fraction = half & 1023;
    if (exponent == 31) return from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent > 0) return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float small = (float)fraction * 0x1p-24f;
    return sign != 0 ? -small : small;
}

/* Data in a file are aligned to nothing: memcpy. */
static float value_at(const ingot_saved_tensor *tensor, int64_t index) {
    const unsigned char *at =
        (const unsigned char *)tensor->data + (size_t)index * kinds[tensor->dtype].size;
    uint16_t half;
    float single;
    double wide;
    switch (tensor->dtype) {
    case INGOT_F64:
        memcpy(&wide, at, sizeof wide);
        return (float)wide;
    case INGOT_F16:
        memcpy(&half, at, sizeof half);
        return from_half(half);
    case INGOT_BF16:
        memcpy(&half, at, sizeof half);
        return from_bits((uint32_t)half << 16);
    case INGOT_F32:
        memcpy(&single, at, sizeof single);
        return single;
    case INGOT_I64:
    case INGOT_DTYPES:
        break;
    }
    return 0;
}

ingot_status ingot_saved_to_float(const char *file, const ingot_saved_tensor *tensor, float *to,
                                  ingot_error *error) {
    if (tensor->dtype == INGOT_I64) {
        return ingot_fail(error, INGOT_FAILED, "%s: tensor '%s': I64, expected floats", file,
                          tensor->name);
    }
    int64_t count = ingot_saved_count(tensor);
    if (tensor->dtype == INGOT_F32) {
        if (count > 0) memcpy(to, tensor->data, (size_t)count * sizeof *to);
        return INGOT_OK;
    }
    for (int64_t i = 0; i < count; i++) to[i] = value_at(tensor, i);
    return INGOT_OK;
}

int64_t ingot_saved_not_finite(const ingot_saved_tensor *tensor) {
    if (tensor->dtype == INGOT_I64) return -1;
    int64_t count = ingot_saved_count(tensor);
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(value_at(tensor, i))) return i;
    }
    return -1;
}

ingot_status ingot_saved_digest(const ingot_saved_tensor *tensors, int64_t count,
                                uint8_t digest[32], ingot_error *error) {
    ingot_sha256 hash;
    ingot_status status = ingot_sha256_begin(&hash, error);
    for (int64_t i = 0; i < count && status == INGOT_OK; i++) {
        const ingot_saved_tensor *tensor = &tensors[i];
        char line[INGOT_TENSOR_RANK * 21 + 16];
        size_t used = (size_t)snprintf(line, sizeof line, " %s ", kinds[tensor->dtype].name);
        for (int32_t d = 0; d < tensor->rank; d++) {
            used += (size_t)snprintf(line + used, sizeof line - used, "%s%lld", d > 0 ? "," : "",
                                     (long long)tensor->shape[d]);
        }
        line[used++] = '\n';
        size_t bytes = 0;
        if (!ingot_saved_bytes(tensor, &bytes)) {
            status =
                ingot_fail(error, INGOT_FAILED, "tensor '%s': its shape overflows", tensor->name);
        }
        if (status == INGOT_OK) {
            status = ingot_sha256_add(&hash, tensor->name, strlen(tensor->name), error);
        }
        if (status == INGOT_OK) status = ingot_sha256_add(&hash, line, used, error);
        if (status == INGOT_OK) status = ingot_sha256_add(&hash, tensor->data, bytes, error);
    }
    ingot_status end = ingot_sha256_end(&hash, status == INGOT_OK ? digest : NULL, error);
    return status != INGOT_OK ? status : end;
}
