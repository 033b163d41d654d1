/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * safetensors_write.c: writing safetensors files (safetensors.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "train/safetensors_internal.h"

static ingot_status add_metadata(const char *path, json_t *root,
                                 const ingot_saved_metadata *metadata, int64_t count,
                                 ingot_error *error) {
    if (count == 0) return INGOT_OK;
    json_t *object = json_object();
    for (int64_t i = 0; i < count; i++) {
        if (json_object_get(object, metadata[i].key) != NULL ||
            json_object_set_new(object, metadata[i].key, json_string(metadata[i].value)) != 0) {
            json_decref(object);
            return ingot_fail(error, INGOT_FAILED, "%s: metadata '%s': there twice, or not UTF-8",
                              path, metadata[i].key);
        }
    }
    if (json_object_set_new(root, "__metadata__", object) == 0) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
}

static ingot_status add_tensor(const char *path, json_t *root, const ingot_saved_tensor *tensor,
                               size_t *end, ingot_error *error) {
    size_t bytes, begin = *end;
    if (tensor->rank < 0 || tensor->rank > INGOT_TENSOR_RANK ||
        !ingot_saved_bytes(tensor, &bytes) || (tensor->bytes != 0 && tensor->bytes != bytes) ||
        __builtin_add_overflow(begin, bytes, end) || *end > INT64_MAX) {
        return ingot_fail(error, INGOT_FAILED, "%s: tensor '%s': shape and size do not fit", path,
                          tensor->name);
    }
    if (tensor->name[0] == '\0' || json_object_get(root, tensor->name) != NULL ||
        strcmp(tensor->name, "__metadata__") == 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: '%s': there twice, or no name for a tensor",
                          path, tensor->name);
    }
    json_t *shape = json_array();
    for (int32_t i = 0; i < tensor->rank; i++) {
        (void)json_array_append_new(shape, json_integer(tensor->shape[i]));
    }
    json_t *entry = json_pack("{s:s,s:o,s:[I,I]}", "dtype", ingot_dtype_name(tensor->dtype),
                              "shape", shape, "data_offsets", (json_int_t)begin, (json_int_t)*end);
    if (json_object_set_new(root, tensor->name, entry) == 0) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: '%s': not UTF-8, or out of memory", path,
                      tensor->name);
}

/* The header's text, padded with spaces to a multiple of 8 so that the data after it are aligned
 * to 8 bytes. From malloc. */
static ingot_status make_header(const char *path, const ingot_saved_tensor *tensors, int64_t count,
                                const ingot_saved_metadata *metadata, int64_t metadata_count,
                                char **text, uint64_t *length, ingot_error *error) {
    json_t *root = json_object();
    size_t end = 0;
    ingot_status status = add_metadata(path, root, metadata, metadata_count, error);
    for (int64_t i = 0; i < count && status == INGOT_OK; i++) {
        status = add_tensor(path, root, &tensors[i], &end, error);
    }
    if (status == INGOT_OK) {
        /* jansson keeps the order in which keys were set. */
        char *compact = json_dumps(root, JSON_COMPACT);
        size_t used = compact != NULL ? strlen(compact) : 0, padded = (used + 7) / 8 * 8;
        *text = compact != NULL ? realloc(compact, padded + 1) : NULL;
        if (*text == NULL) {
            free(compact);
            status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
        } else {
            memset(*text + used, ' ', padded - used);
            *length = padded;
        }
    }
    json_decref(root);
    return status;
}

ingot_status ingot_safetensors_write(const char *path, const ingot_saved_tensor *tensors,
                                     int64_t count, const ingot_saved_metadata *metadata,
                                     int64_t metadata_count, uint8_t sha256[32], uint64_t *bytes,
                                     ingot_error *error) {
    char *header = NULL;
    uint64_t length = 0;
    ingot_status status =
        make_header(path, tensors, count, metadata, metadata_count, &header, &length, error);
    if (status != INGOT_OK) return status;
    ingot_writer writer;
    status = ingot_writer_open(&writer, path, error);
    if (status == INGOT_OK) status = ingot_writer_add(&writer, &length, 8, error);
    if (status == INGOT_OK) status = ingot_writer_add(&writer, header, (size_t)length, error);
    for (int64_t i = 0; i < count && status == INGOT_OK; i++) {
        size_t size;
        (void)ingot_saved_bytes(&tensors[i], &size); /* checked with the header */
        status = ingot_writer_add(&writer, tensors[i].data, size, error);
    }
    free(header);
    if (status == INGOT_OK) status = ingot_writer_commit(&writer, error);
    if (status == INGOT_OK && sha256 != NULL) memcpy(sha256, writer.sha256, 32);
    if (status == INGOT_OK && bytes != NULL) *bytes = writer.bytes;
    return status;
}
