/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a lock file: what is accepted has runs that add up, references that exist, and
 * either files or counts.
 */
/* clang-format off */
/* fuzz: runtime/data/lock.c runtime/base/error.c runtime/base/sha256.c runtime/base/json.c ; libs: crypto jansson */
/* clang-format on */
#include <stdlib.h>
#include <string.h>

#include "data/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    ingot_lock *lock;
    ingot_error error;
    if (ingot_lock_parse((const char *)bytes, size, "l", &lock, &error) != INGOT_OK) return 0;
    for (int64_t i = 0; i < lock->file_count; i++) {
        const ingot_lock_entry *entry = &lock->entries[i];
        if (entry->label_file >= lock->file_count || entry->label >= lock->class_count) abort();
        const char *runs = entry->splits;
        int64_t count, sum = 0;
        int32_t split;
        while (runs != NULL && ingot_lock_run(&runs, &count, &split) == 1) sum += count;
        if (runs != NULL && sum != lock->files[i].records) abort();
        if (strlen(lock->files[i].path) == 0) abort();
    }
    if (lock->declared && (lock->file_count != 0 || lock->facts.rate < 1)) abort();
    for (int64_t i = 0; lock->declared && i < 3 * (int64_t)lock->class_count; i++) {
        if (lock->counts[i] < 0) abort();
    }
    ingot_lock_free(lock);
    return 0;
}
