/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * cpu.c: see cpu.h. Levels after the System V psABI for x86-64, table 3.1, and what oneDNN's
 * kernels for bf16 use besides; bits after Intel's SDM, volume 2, CPUID, and volume 1, 13.3 (XCR0).
 */
#include "base/cpu.h"

#include <cpuid.h>
#include <stdio.h>
#include <string.h>

enum word { LEAF1_ECX, LEAF7_EBX, LEAF7_ECX, LEAF7_EDX, LEAF71_EAX, EXTENDED1_ECX, XCR0 };

static const struct requirement {
    int level;
    enum word word;
    uint32_t mask; /* all of these bits */
    const char *name;
} requirements[] = {
    {2, LEAF1_ECX, 1u << 0, "sse3"},
    {2, LEAF1_ECX, 1u << 9, "ssse3"},
    {2, LEAF1_ECX, 1u << 13, "cmpxchg16b"},
    {2, LEAF1_ECX, 1u << 19, "sse4.1"},
    {2, LEAF1_ECX, 1u << 20, "sse4.2"},
    {2, LEAF1_ECX, 1u << 23, "popcnt"},
    {2, EXTENDED1_ECX, 1u << 0, "lahf"},
    {3, LEAF1_ECX, 1u << 12, "fma"},
    {3, LEAF1_ECX, 1u << 22, "movbe"},
    {3, LEAF1_ECX, 1u << 27, "osxsave"},
    {3, LEAF1_ECX, 1u << 28, "avx"},
    {3, LEAF1_ECX, 1u << 29, "f16c"},
    {3, EXTENDED1_ECX, 1u << 5, "lzcnt"},
    {3, LEAF7_EBX, 1u << 3, "bmi1"},
    {3, LEAF7_EBX, 1u << 5, "avx2"},
    {3, LEAF7_EBX, 1u << 8, "bmi2"},
    {3, XCR0, 0x06, "ymm registers saved by the operating system"},
    {4, LEAF7_EBX, 1u << 16, "avx512f"},
    {4, LEAF7_EBX, 1u << 17, "avx512dq"},
    {4, LEAF7_EBX, 1u << 28, "avx512cd"},
    {4, LEAF7_EBX, 1u << 30, "avx512bw"},
    {4, LEAF7_EBX, 1u << 31, "avx512vl"},
    {4, XCR0, 0xe0, "zmm registers saved by the operating system"},
    {5, LEAF7_ECX, 1u << 11, "avx512_vnni"},
    {5, LEAF71_EAX, 1u << 5, "avx512_bf16"},
    {6, LEAF7_EDX, 1u << 24, "amx_tile"},
    {6, LEAF7_EDX, 1u << 22, "amx_bf16"},
    {6, LEAF7_EDX, 1u << 25, "amx_int8"},
    {6, XCR0, 0x60000, "tile registers saved by the operating system"},
};

void ingot_cpu_read(ingot_cpu *cpu) {
    uint32_t a, b, c, d;
    memset(cpu, 0, sizeof *cpu);
    if (__get_cpuid(1, &a, &b, &c, &d)) cpu->leaf1_ecx = c;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        cpu->leaf7_ebx = b;
        cpu->leaf7_ecx = c;
        cpu->leaf7_edx = d;
        if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) cpu->leaf71_eax = a;
    }
    if (__get_cpuid(0x80000001u, &a, &b, &c, &d)) cpu->extended1_ecx = c;
    if (cpu->leaf1_ecx & (1u << 27)) {
        uint32_t low, high; /* _xgetbv() would need -mxsave */
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        cpu->xcr0 = (uint64_t)high << 32 | low;
    }
    for (uint32_t i = 0; i < 3; i++) {
        if (!__get_cpuid(0x80000002u + i, &a, &b, &c, &d)) break;
        const uint32_t words[4] = {a, b, c, d};
        memcpy(cpu->name + (size_t)16 * i, words, 16);
    }
    cpu->name[48] = '\0';
}

static int level_of(const char *isa) {
    if (strcmp(isa, "x86-64") == 0) return 1;
    if (strcmp(isa, "x86-64-v2") == 0) return 2;
    if (strcmp(isa, "x86-64-v3") == 0) return 3;
    if (strcmp(isa, "x86-64-v4") == 0) return 4;
    if (strcmp(isa, "x86-64-v4-bf16") == 0) return 5;
    if (strcmp(isa, "x86-64-v4-amx") == 0) return 6;
    return 0;
}

int ingot_cpu_missing(const ingot_cpu *cpu, const char *isa, char *names, size_t size) {
    int level = level_of(isa), missing = 0;
    size_t used = 0;
    if (size > 0) names[0] = '\0';
    if (level == 0) return -1;
    for (size_t i = 0; i < sizeof requirements / sizeof *requirements; i++) {
        const struct requirement *need = &requirements[i];
        uint32_t bits = 0;
        switch (need->word) {
        case LEAF1_ECX:
            bits = cpu->leaf1_ecx;
            break;
        case LEAF7_EBX:
            bits = cpu->leaf7_ebx;
            break;
        case LEAF7_ECX:
            bits = cpu->leaf7_ecx;
            break;
        case LEAF7_EDX:
            bits = cpu->leaf7_edx;
            break;
        case LEAF71_EAX:
            bits = cpu->leaf71_eax;
            break;
        case EXTENDED1_ECX:
            bits = cpu->extended1_ecx;
            break;
        case XCR0:
            bits = (uint32_t)cpu->xcr0;
            break;
        }
        if (need->level > level || (bits & need->mask) == need->mask) continue;
        int written =
            snprintf(names + used, size - used, "%s%s", missing > 0 ? ", " : "", need->name);
        missing++;
        if (written > 0 && (size_t)written < size - used) used += (size_t)written;
    }
    return missing;
}

ingot_status ingot_cpu_check(const char *isa, ingot_error *error) {
    ingot_cpu cpu;
    char names[512];
    ingot_cpu_read(&cpu);
    int missing = ingot_cpu_missing(&cpu, isa, names, sizeof names);
    if (missing == 0) return INGOT_OK;
    if (error != NULL && missing < 0) {
        snprintf(error->text, sizeof error->text, "unknown instruction set '%s'", isa);
    } else if (error != NULL) {
        snprintf(error->text, sizeof error->text,
                 "this executable needs a CPU with %s; this one (%s) lacks %s", isa,
                 cpu.name[0] != '\0' ? cpu.name : "no name", names);
    }
    return INGOT_ENVIRONMENT;
}
