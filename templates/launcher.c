/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The program that starts a bundled executable: DIR/${name} runs DIR/bin/${base} with the loader and the
 * libraries of DIR/lib, and with nothing of the system but its kernel. No C library is in it, so
 * that no system can lack one: system calls for x86-64 (System V ABI, appendix A.2.1).
 */
typedef unsigned long size;

enum { READ_LINK = 89, WRITE = 1, EXECVE = 59, EXIT = 60 };
enum { AT_EXECFN = 31, LONGEST = 4096, LINKS = 40, ENVIRONMENT = 5 };

static long call(long number, const void *a, const void *b, const void *c) {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static size length(const char *text) {
    size n = 0;
    while (text[n]) n++;
    return n;
}

static void say(const char *text) {
    call(WRITE, (const void *)2, text, (const void *)length(text));
}

__attribute__((noreturn)) static void fail(const char *what, const char *path) {
    say("${name}: ");
    say(what);
    say(path);
    say("\n");
    for (;;) call(EXIT, (const void *)ENVIRONMENT, 0, 0);
}

/* to = a + b + c, which must fit. */
static void join(char to[LONGEST], const char *a, const char *b, const char *c) {
    const char *const parts[] = {a, b, c};
    size at = 0;
    for (int i = 0; i < 3; i++) {
        for (const char *p = parts[i]; *p; p++) {
            if (at >= LONGEST - 1) fail("the path is too long: ", a);
            to[at++] = *p;
        }
    }
    to[at] = 0;
}

/* Cuts a path after its last slash; "" where it has none. */
static void keep_folder(char *path) {
    size end = length(path);
    while (end > 0 && path[end - 1] != '/') end--;
    path[end] = 0;
}

/* What a symbolic link says, 0 where `path` is none. */
static int read_link(const char *path, char to[LONGEST]) {
    const long n = call(READ_LINK, path, to, (const void *)(LONGEST - 1));
    if (n <= 0 || n >= LONGEST - 1) return 0;
    to[n] = 0;
    return 1;
}

/* This file's path. Without /proc the kernel still says how it was called, and links are followed. */
static void find_self(const char *called, char path[LONGEST]) {
    static char target[LONGEST], folder[LONGEST];
    if (read_link("/proc/self/exe", path)) return;
    join(path, called, "", "");
    for (int i = 0; i < LINKS && read_link(path, target); i++) {
        join(folder, path, "", "");
        keep_folder(folder);
        join(path, target[0] == '/' ? "" : folder, target, "");
    }
}

static int begins(const char *text, const char *with) {
    for (; *with; text++, with++) {
        if (*text != *with) return 0;
    }
    return 1;
}

__attribute__((noreturn, used)) static void launch(long *stack) {
    static char self[LONGEST], folder[LONGEST], loader[LONGEST], libraries[LONGEST],
        program[LONGEST], variable[LONGEST];
    static const char VARIABLE[] = "INGOT_LAUNCHER=";
    const long argc = stack[0];
    char **argv = (char **)(stack + 1), **environment = argv + argc + 1;
    long variables = 0;
    while (environment[variables]) variables++;
    const char *called = argc > 0 ? argv[0] : "";
    for (const long *entry = (const long *)(environment + variables + 1); entry[0]; entry += 2) {
        if (entry[0] == AT_EXECFN) called = (const char *)entry[1];
    }
    find_self(called, self);
    join(folder, self, "", "");
    keep_folder(folder);
    join(loader, folder, "lib/", "${loader}");
    join(libraries, folder, "lib", "");
    join(program, folder, "bin/", "${base}");
    join(variable, VARIABLE, self, "");

    char *arguments[argc + 8], *variables_then[variables + 2];
    char *const before[] = {loader,    "--inhibit-cache", "--library-path",         libraries,
                            "--argv0", argc > 0 ? argv[0] : self, program};
    long n = 0;
    for (; n < 7; n++) arguments[n] = before[n];
    for (long i = 1; i < argc; i++) arguments[n++] = argv[i];
    arguments[n] = 0;
    n = 0;
    for (long i = 0; i < variables; i++) {
        if (!begins(environment[i], VARIABLE)) variables_then[n++] = environment[i];
    }
    variables_then[n++] = variable;
    variables_then[n] = 0;
    call(EXECVE, loader, arguments, variables_then);
    fail("cannot be started: there is no loader ", loader);
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall launch\n");
