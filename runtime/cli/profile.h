/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * profile.h: where the time of an entry goes, node by node: the tables of `bench --profile` and the
 * file of `bench --trace`.
 *
 * The nodes are called one by one with a clock between them, which adds some 50 ns to each; their
 * sum is a little more than the entry takes in one call.
 */
#ifndef INGOT_CLI_PROFILE_H
#define INGOT_CLI_PROFILE_H

#include <jansson.h>

#include "cli/session.h"

/* What the machine can do with the session's threads (cli/peak.h), and the trace as it grows. */
typedef struct ingot_profiler {
    ingot_session *session;
    double gflops, gbs; /* most fp32 multiply-adds; most memory traffic */
    json_t *events;     /* of the trace; NULL without --trace */
} ingot_profiler;

/* Times of the nodes of one entry, prepare nodes left out. */
typedef struct ingot_profile {
    const ingot_entry *entry;
    int64_t calls, most;
    double *begins, *ends; /* seconds of the monotonic clock [node][most] */
} ingot_profile;

/* Measures the peaks, which takes about half a second, where the options say --profile. */
void ingot_profiler_begin(ingot_profiler *profiler, ingot_session *session);

/* Writes the trace, where there is one, unless `error` is NULL (something failed before). */
ingot_status ingot_profiler_end(ingot_profiler *profiler, ingot_error *error);

/* Room for `most` calls; ingot_profile_free releases it. */
ingot_status ingot_profile_new(const ingot_entry *entry, int64_t most, ingot_profile *profile,
                               ingot_error *error);
void ingot_profile_free(ingot_profile *profile);

/* One call of the entry, node by node. At most `most` times. */
void ingot_profile_call(ingot_profile *profile, ingot_machine *machine);

/* With --profile prints the tables and puts medians into result["nodes"];
 * with --trace keeps the last call. Sorts the profile's times. */
ingot_status ingot_profile_tell(ingot_profiler *profiler, ingot_profile *profile, json_t *result,
                                ingot_error *error);

/* The median of values[count], which it sorts; 0 of none. */
double ingot_median(double *values, int64_t count);

#endif
