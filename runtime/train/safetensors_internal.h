/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * safetensors_internal.h: shared by reading and writing safetensors.
 */
#ifndef INGOT_TRAIN_SAFETENSORS_INTERNAL_H
#define INGOT_TRAIN_SAFETENSORS_INTERNAL_H

#include "train/safetensors.h"

/* Bytes that shape and dtype need; 0 returned where that overflows or a dimension is negative. */
int ingot_saved_bytes(const ingot_saved_tensor *tensor, size_t *bytes);

#endif
