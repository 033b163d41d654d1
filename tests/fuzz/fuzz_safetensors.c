/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a safetensors file: what is accepted must be convertible to its last value.
 */
/* clang-format off */
/* fuzz: runtime/train/safetensors.c runtime/base/error.c runtime/base/file.c runtime/base/sha256.c runtime/base/json.c ; libs: crypto jansson m */
/* clang-format on */
#include <stdlib.h>

#include "train/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    ingot_safetensors *file;
    ingot_error error;
    uint8_t digest[32];
    if (ingot_safetensors_parse("f", bytes, size, &file, &error) != INGOT_OK) return 0;
    for (int64_t i = 0; i < file->tensor_count; i++) {
        const ingot_saved_tensor *tensor = &file->tensors[i];
        if (ingot_safetensors_find(file, tensor->name) != tensor) abort();
        float *values = malloc((size_t)ingot_saved_count(tensor) * sizeof *values + 1);
        (void)ingot_saved_to_float("f", tensor, values, &error);
        (void)ingot_saved_not_finite(tensor);
        free(values);
    }
    if (ingot_saved_digest(file->tensors, file->tensor_count, digest, &error) != INGOT_OK) abort();
    ingot_safetensors_free(file);
    return 0;
}
