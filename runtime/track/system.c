/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * system.c: see system.h.
 */
#include "track/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first bytes of a file of /proc, "" where there is none. Ends at the first newline if asked.
 */
static void read_text(const char *path, char *text, size_t size, int one_line) {
    FILE *file = fopen(path, "re");
    size_t got = file ? fread(text, 1, size - 1, file) : 0;
    if (file) fclose(file);
    text[got] = 0;
    if (one_line) text[strcspn(text, "\n")] = 0;
}

static double value_after(const char *text, const char *key) {
    const char *at = strstr(text, key);
    return at ? strtod(at + strlen(key), NULL) : 0;
}

void ingot_usage_now(ingot_usage *usage) {
    char text[1024];
    struct rusage used;
    memset(usage, 0, sizeof *usage);
    if (getrusage(RUSAGE_SELF, &used) == 0) {
        usage->user_seconds = (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec * 1e-6;
        usage->system_seconds = (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec * 1e-6;
    }
    read_text("/proc/self/statm", text, sizeof text, 1);
    const char *pages = strchr(text, ' ');
    if (pages) usage->resident_bytes = strtod(pages, NULL) * (double)sysconf(_SC_PAGESIZE);
    read_text("/proc/self/io", text, sizeof text, 0);
    usage->read_bytes = value_after(text, "\nread_bytes: ");
    usage->written_bytes = value_after(text, "\nwrite_bytes: ");
}

/* "<boot id> <pid namespace>" of this process. */
static void scope(char text[160]) {
    char boot[64], space[64];
    read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot, 1);
    const ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[length > 0 ? length : 0] = 0;
    snprintf(text, 160, "%s %s", boot, space);
}

/* Field 22 of /proc/PID/stat; the name in field 2 may hold anything, a parenthesis ends it. */
static int start_time(int64_t pid, char text[32]) {
    char path[64], stat[1024], *save = NULL;
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    read_text(path, stat, sizeof stat, 0);
    char *at = strrchr(stat, ')');
    text[0] = 0;
    if (!at) return 0;
    char *field = strtok_r(at + 1, " ", &save);
    /* A zombie is dead: only its exit code is still to be read. */
    if (!field || *field == 'Z' || *field == 'X') return 0;
    for (int i = 3; field && i < 22; i++) field = strtok_r(NULL, " ", &save);
    if (field) snprintf(text, 32, "%s", field);
    return field != NULL;
}

void ingot_process_identity(int64_t pid, char text[256]) {
    char where[160], when[32];
    scope(where);
    start_time(pid, when);
    snprintf(text, 256, "%s %s", where, when);
}

int ingot_process_lives(int64_t pid, const char *identity) {
    char where[160], when[32], now[256];
    scope(where);
    if (where[0] == ' ' || strncmp(identity, where, strlen(where)) != 0) return -1;
    if (!start_time(pid, when)) return 0;
    snprintf(now, sizeof now, "%s %s", where, when);
    return strcmp(now, identity) == 0;
}

void ingot_machine_facts(ingot_fact_sink sink, void *user) {
    char text[16384], value[256];
    struct utsname name;
    read_text("/proc/cpuinfo", text, sizeof text, 0);
    const char *model = strstr(text, "model name");
    if (model && (model = strchr(model, ':'))) {
        model += strspn(model, ": ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(model, "\n"), model);
        sink(user, "cpu.model", value);
    }
    snprintf(value, sizeof value, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    sink(user, "cpu.count", value);
    snprintf(value, sizeof value, "%lld",
             (long long)sysconf(_SC_PHYS_PAGES) * (long long)sysconf(_SC_PAGESIZE));
    sink(user, "memory.bytes", value);
    if (uname(&name) == 0) {
        sink(user, "host", name.nodename);
        sink(user, "kernel", name.release);
    }
}
