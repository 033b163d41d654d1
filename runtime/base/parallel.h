/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * parallel.h: independent jobs on a few threads, for work that waits on files as much as on the
 * CPU and that may fail (hashing, decoding). Arithmetic inside a step uses OpenMP instead.
 */
#ifndef INGOT_BASE_PARALLEL_H
#define INGOT_BASE_PARALLEL_H

#include <stdint.h>

#include "base/error.h"

/* Does job `index`. `worker` is below the number of threads: an index for scratch memory. */
typedef ingot_status (*ingot_job)(void *user, int64_t index, int32_t worker, ingot_error *error);

/* Does jobs 0 ... count-1, taken in ascending order by `threads` threads (at least 1, this one
 * included; fewer where the system gives no more). After a failure no further job is begun; those
 * begun are finished, and of the failures the one with the lowest index is returned, so that the
 * message does not depend on timing. */
ingot_status ingot_parallel(int64_t count, int32_t threads, ingot_job job, void *user,
                            ingot_error *error);

/* CPUs this process may run on, at least 1, at most 64. */
int32_t ingot_cpu_count(void);

#endif
