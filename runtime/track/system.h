/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * system.h: what a process uses, the machine it is on, and whether a process still lives. From
 * /proc (proc(5)) and getrusage(2); what cannot be read there counts as 0 or "".
 */
#ifndef INGOT_TRACK_SYSTEM_H
#define INGOT_TRACK_SYSTEM_H

#include <stdint.h>

typedef struct ingot_usage {
    double user_seconds, system_seconds; /* CPU time of all threads */
    double resident_bytes;
    double read_bytes, written_bytes; /* that reached storage */
} ingot_usage;

void ingot_usage_now(ingot_usage *usage);

/* Where process ids mean the same and which process `pid` is there: "<boot id> <pid namespace>
 * <start time>". Two processes that were given the same id differ in the start time. */
void ingot_process_identity(int64_t pid, char text[256]);

/* Whether a process recorded as `pid` with this identity lives: 1 yes, 0 no, -1 cannot be told
 * (another machine or container). */
int ingot_process_lives(int64_t pid, const char *identity);

/* Told one fact of the machine: cpu.model, cpu.count, memory.bytes, kernel, host. */
typedef void (*ingot_fact_sink)(void *user, const char *name, const char *value);
void ingot_machine_facts(ingot_fact_sink sink, void *user);

#endif
