/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * cpu.h: does this CPU, and the operating system on it, have the instructions a target needs?
 *
 * The levels are those of the x86-64 psABI ("x86-64", "x86-64-v2", -v3, -v4) and, above them,
 * "x86-64-v4-bf16" (AVX512_BF16) and "x86-64-v4-amx" (AMX for bf16 too). cpu.c must be
 * compiled for the lowest of them whatever the rest of the runtime is compiled for, and calls
 * nothing else of the runtime: it has to run on the CPU that lacks what the rest needs.
 */
#ifndef INGOT_BASE_CPU_H
#define INGOT_BASE_CPU_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What CPUID and XGETBV say, raw, so that a test can make up a CPU. */
typedef struct ingot_cpu {
    uint32_t leaf1_ecx, leaf7_ebx, leaf7_ecx, leaf7_edx; /* leaves 1 and 7.0 */
    uint32_t leaf71_eax, extended1_ecx;                  /* leaves 7.1 and 0x80000001 */
    uint64_t xcr0;                                       /* register state the system saves */
    char name[49];                                       /* "Intel(R) Xeon(R) ..." */
} ingot_cpu;

void ingot_cpu_read(ingot_cpu *cpu);

/* Names what the level needs and the CPU lacks: "avx512f, avx512bw", "" where nothing is missing.
 * Returns how many are missing, -1 for a level that is not known. */
int ingot_cpu_missing(const ingot_cpu *cpu, const char *isa, char *names, size_t size);

/* INGOT_ENVIRONMENT where this machine does not have the level. */
ingot_status ingot_cpu_check(const char *isa, ingot_error *error);

#endif
