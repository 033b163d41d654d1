/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * safetensors.h: the safetensors file format (https://github.com/huggingface/safetensors,
 * "Format"): 8 bytes length N of the header (little endian), N bytes of JSON padded with spaces,
 * then the tensors' bytes, little endian, row-major, one after the other without holes.
 *   {"__metadata__":{"key":"value"},"name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
 * ...}
 */
#ifndef INGOT_TRAIN_SAFETENSORS_H
#define INGOT_TRAIN_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { INGOT_TENSOR_RANK = 8 }; /* most dimensions of a tensor here */

typedef enum ingot_dtype {
    INGOT_F64,
    INGOT_F32,
    INGOT_F16,
    INGOT_BF16,
    INGOT_I64,
    INGOT_DTYPES
} ingot_dtype;

/* "F32" */
const char *ingot_dtype_name(ingot_dtype dtype);

/* One tensor, to be written or as read. Rank 0 is a scalar. */
typedef struct ingot_saved_tensor {
    const char *name; /* UTF-8, not empty, not "__metadata__" */
    ingot_dtype dtype;
    int32_t rank;
    int64_t shape[INGOT_TENSOR_RANK];
    const void *data;
    size_t bytes; /* of data; when writing it must be what shape and dtype say, or 0: worked out */
} ingot_saved_tensor;

typedef struct ingot_saved_metadata {
    const char *key, *value;
} ingot_saved_metadata;

/* Writes a file (atomically) with tensors and metadata in the order given; the same input is the
 * same bytes. sha256 of the file and its size may be NULL. */
ingot_status ingot_safetensors_write(const char *path, const ingot_saved_tensor *tensors,
                                     int64_t count, const ingot_saved_metadata *metadata,
                                     int64_t metadata_count, uint8_t sha256[32], uint64_t *bytes,
                                     ingot_error *error);

typedef struct ingot_safetensors {
    int64_t tensor_count;
    ingot_saved_tensor *tensors; /* in the order of their data */
    int64_t metadata_count;
    ingot_saved_metadata *metadata; /* in the order of the file */
    void *names, *file;             /* memory behind the strings and the data */
    void *index;                    /* name -> tensor */
} ingot_safetensors;

/* Reads a file whole. Whatever is wrong with it is found here, before anything of it is used:
 * header too long, not JSON, unknown dtype, offsets that do not fit the shape, overlap, leave holes
 * or bytes at the end. Messages name the file and the tensor. Not-finite values are the caller's
 * concern (ingot_saved_not_finite). */
ingot_status ingot_safetensors_read(const char *path, ingot_safetensors **file, ingot_error *error);

/* The same from memory, which is copied; `name` stands for the file in messages. */
ingot_status ingot_safetensors_parse(const char *name, const void *bytes, size_t size,
                                     ingot_safetensors **file, ingot_error *error);
void ingot_safetensors_free(ingot_safetensors *file);

/* NULL: there is none of that name. */
const ingot_saved_tensor *ingot_safetensors_find(const ingot_safetensors *file, const char *name);
const char *ingot_safetensors_metadata(const ingot_safetensors *file, const char *key);

/* Number of values. */
int64_t ingot_saved_count(const ingot_saved_tensor *tensor);

/* Converts to float: F32 as it is, F16 and BF16 exactly, F64 rounded to nearest even. An I64 tensor
 * is refused: it holds no weights. `file` names the file in messages. */
ingot_status ingot_saved_to_float(const char *file, const ingot_saved_tensor *tensor, float *to,
                                  ingot_error *error);

/* Index of the first value that is not finite, -1 where all are (always for I64). */
int64_t ingot_saved_not_finite(const ingot_saved_tensor *tensor);

/* SHA-256 over, for each tensor in turn, a line "name dtype d0,d1,...\n" and its bytes: equal
 * exactly where the weights are, whatever the metadata says. */
ingot_status ingot_saved_digest(const ingot_saved_tensor *tensors, int64_t count,
                                uint8_t digest[32], ingot_error *error);

#endif
