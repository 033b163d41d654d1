/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * signature.c: see signature.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "archive/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/digests.h"
#include "archive/record.h"
#include "base/file.h"

extern char **environ;

enum { LARGEST = 64 << 20, SAID = 512 };

static const char *const endings[] = {".sig", ".minisig"};
enum { OPENSSH, MINISIGN };

static ingot_status no_memory(ingot_error *error) {
    return ingot_fail(error, INGOT_FAILED, "out of memory");
}

/* The path of the list among the members, NULL: there is none. */
static const char *list_of(const json_t *record) {
    size_t i;
    const json_t *member;
    json_array_foreach(json_object_get(record, "members"), i, member) {
        const char *path = ingot_member_text(member, "path");
        if (ingot_digests_list(path)) return path;
    }
    return NULL;
}

/* ------------------------------------------------------------------ the tools */

/* Runs a tool with `input` (NULL: nothing) as standard input; its exit status, or -1 where there is
 * no such tool. The first line of what it says on either stream goes to `said`. */
static int run(const char *const *words, const char *input, char said[SAID]) {
    int ends[2], status = -1;
    size_t used = 0;
    ssize_t n;
    pid_t child;
    said[0] = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input ? input : "/dev/null", O_RDONLY,
                                     0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    const int why =
        posix_spawnp(&child, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char rest[SAID] = {0};
    while (why == 0 && (n = read(ends[0], used < SAID - 1 ? said + used : rest,
                                 used < SAID - 1 ? SAID - 1 - used : SAID)) != 0) {
        if (n < 0 && errno != EINTR) break;
        if (n > 0 && used < SAID - 1) used += (size_t)n;
    }
    close(ends[0]);
    if (why == 0) {
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
        status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    }
    said[used] = 0;
    said[strcspn(said, "\r\n")] = 0;
    return status == 127 ? -1 : status;
}

static ingot_status missing(const char *tool, const char *package, ingot_error *error) {
    return ingot_fail(error, INGOT_ENVIRONMENT,
                      "the signature cannot be checked: %s is not installed (package %s)", tool,
                      package);
}

static ingot_status check_openssh(const char *list, const char *signature, const char *signers,
                                  ingot_error *error) {
    char said[SAID], principal[SAID];
    const char *const find[] = {"ssh-keygen", "-Y", "find-principals", "-f",
                                signers,      "-s", signature,         NULL};
    int status = run(find, NULL, principal);
    if (status < 0) return missing("ssh-keygen", "openssh-client", error);
    if (status != 0 || !principal[0]) {
        return ingot_fail(error, INGOT_FAILED, "%s: is not signed by any of the allowed signers",
                          list);
    }
    /* A principal may be several patterns; one that matches is enough. */
    principal[strcspn(principal, ",")] = 0;
    const char *const verify[] = {"ssh-keygen", "-Y", "verify", "-f", signers,   "-I",
                                  principal,    "-n", "ingot",  "-s", signature, NULL};
    status = run(verify, list, said);
    if (status == 0) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: the signature is not good: %s", list, said);
}

static ingot_status check_minisign(const char *list, const char *signature, const char *key,
                                   ingot_error *error) {
    char said[SAID];
    const char *const verify[] = {"minisign", "-V", "-q", "-p",      key,
                                  "-m",       list, "-x", signature, NULL};
    const int status = run(verify, NULL, said);
    if (status < 0) return missing("minisign", "minisign", error);
    if (status == 0) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "%s: the signature is not good: %s", list, said);
}

static int is_public_key(const char *text) {
    return strncmp(text, "ssh-ed25519 ", 12) == 0 ||
           strncmp(text, "sk-ssh-ed25519@openssh.com ", 27) == 0;
}

/* OpenSSH wants a list of signers: one that allows the keys of `text` under any name. */
static ingot_status make_signers(const char *folder, char *text, char **path, ingot_error *error) {
    /* A line of n bytes and its end become n + 3. */
    const size_t room = 2 * strlen(text) + 64;
    size_t used = 0;
    char *rest = NULL, *list = calloc(1, room);
    *path = ingot_join(folder, ".signers");
    if (!list || !*path) {
        free(list);
        return no_memory(error);
    }
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        used += (size_t)snprintf(list + used, room - used, "* %s\n", line);
    }
    const ingot_status status = ingot_write_file(*path, list, strlen(list), NULL, error);
    free(list);
    return status;
}

static ingot_status check_by(const char *signers, const char *folder, const char *list,
                             const char *const signatures[2], ingot_error *error) {
    char *text = NULL, *made = NULL;
    size_t size;
    ingot_status status = ingot_read_file(signers, LARGEST, &text, &size, error);
    if (status != INGOT_OK) return status;
    const int kind = strncmp(text, "untrusted comment:", 18) == 0 ? MINISIGN : OPENSSH;
    if (!signatures[kind]) {
        status =
            ingot_fail(error, INGOT_FAILED, "%s: is not signed with %s, and %s is a list for that",
                       list, kind == OPENSSH ? "OpenSSH" : "minisign", signers);
    } else if (kind == MINISIGN) {
        status = check_minisign(list, signatures[kind], signers, error);
    } else {
        if (is_public_key(text)) status = make_signers(folder, text, &made, error);
        if (status == INGOT_OK) {
            status = check_openssh(list, signatures[kind], made ? made : signers, error);
        }
        if (made) unlink(made);
    }
    free(made);
    free(text);
    return status;
}

/* ------------------------------------------------------------------ all of it */

static void note(const ingot_archive_request *r, const char *what) {
    json_object_set_new(r->summary, "signature", json_string(what));
}

ingot_status ingot_signature_check(const ingot_archive_request *r, const json_t *record,
                                   const char *folder, ingot_error *error) {
    const char *list = list_of(record);
    const int wanted = r->signers || r->require_signature;
    char *paths[3] = {NULL, NULL, NULL}, *text = NULL;
    size_t size;
    int count = 0;
    if (r->require_signature && !r->signers) {
        return ingot_fail(error, INGOT_USAGE,
                          "--require-signature: whose signature counts? (--signers FILE)");
    }
    for (int i = 0; list && i < 2; i++) {
        char *name = NULL;
        if (asprintf(&name, "%s%s", list, endings[i]) < 0) return no_memory(error);
        if (ingot_digests_member(record, name)) {
            paths[i] = ingot_join(folder, name);
            count++;
        }
        free(name);
    }
    if (wanted && count == 0) {
        return ingot_fail(error, INGOT_FAILED,
                          "the artifact is not signed, and a signature is required");
    }
    note(r, count > 0 ? "not checked" : "none");
    if (!list || (r->only_count > 0 && !wanted)) {
        for (int i = 0; i < 2; i++) free(paths[i]);
        return INGOT_OK;
    }
    paths[2] = ingot_join(folder, list);
    ingot_status status = paths[2] ? INGOT_OK : no_memory(error);
    if (status == INGOT_OK && r->signers) {
        status = check_by(r->signers, folder, paths[2], (const char *const *)paths, error);
        if (status == INGOT_OK) note(r, "good");
    }
    if (status == INGOT_OK) status = ingot_read_file(paths[2], LARGEST, &text, &size, error);
    if (status == INGOT_OK) status = ingot_digests_compare(list, text, record, error);
    for (int i = 0; i < 3; i++) free(paths[i]);
    free(text);
    return status;
}
