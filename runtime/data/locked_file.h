/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * locked_file.h: a file of the data set as it was locked.
 */
#ifndef INGOT_DATA_LOCKED_FILE_H
#define INGOT_DATA_LOCKED_FILE_H

#include <stddef.h>

#include "data/reader.h"

/* Reads a whole file of the lock into memory from malloc, and hashes what was read: other bytes
 * than those of the lock are INGOT_LOCK_MISMATCH. */
ingot_status ingot_read_locked_file(const char *path, const ingot_file *locked, char **bytes,
                                    size_t *size, ingot_error *error);

#endif
