/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * source.c: the word source: writes what the executable carries. The archive is unpacked here and
 * handed to the system's tar, so that owners, modes and links are tar's business.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/carried.h"
#include "cli/words.h"

extern char **environ;

typedef struct target {
    int fd;
    const char *name;
    uint64_t bytes;
} target;

static ingot_status write_piece(void *user, const unsigned char *bytes, size_t size,
                                ingot_error *error) {
    target *t = user;
    while (size > 0) {
        const ssize_t wrote = write(t->fd, bytes, size);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) {
            return ingot_fail(error, INGOT_FAILED, "%s: %s", t->name, strerror(errno));
        }
        bytes += wrote;
        size -= (size_t)wrote;
        t->bytes += (uint64_t)wrote;
    }
    return INGOT_OK;
}

/* Makes the folder where it is missing; refuses one that holds anything. */
static ingot_status empty_folder(const char *path, ingot_error *error) {
    ingot_status status = ingot_make_directories(path, error);
    if (status != INGOT_OK) return status;
    DIR *folder = opendir(path);
    if (!folder) return ingot_fail(error, INGOT_FAILED, "%s: %s", path, strerror(errno));
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            status = ingot_fail(error, INGOT_FAILED, "%s is not empty (it holds %s)", path,
                                entry->d_name);
            break;
        }
    }
    closedir(folder);
    return status;
}

/* Starts `tar -x -C path` reading the other end of *to. */
static ingot_status start_tar(const char *path, int *to, pid_t *child, ingot_error *error) {
    char *arguments[] = {"tar", "-x", "-f", "-", "-C", (char *)(uintptr_t)path, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    if (pipe(ends) != 0) return ingot_fail(error, INGOT_FAILED, "pipe: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    const int why = posix_spawnp(child, "tar", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    if (why != 0) {
        close(ends[1]);
        return ingot_fail(error, INGOT_ENVIRONMENT, "cannot start tar: %s", strerror(why));
    }
    *to = ends[1];
    return INGOT_OK;
}

static ingot_status into_folder(const ingot_program *program, const char *path,
                                ingot_error *error) {
    target t = {-1, "tar", 0};
    pid_t child;
    int ended = 0;
    ingot_status status = empty_folder(path, error);
    signal(SIGCHLD, SIG_DFL); /* inherited as ignored, tar's exit status would be lost */
    if (status == INGOT_OK) status = start_tar(path, &t.fd, &child, error);
    if (status != INGOT_OK) return status;
    signal(SIGPIPE, SIG_IGN); /* a tar that fails is told below */
    status = ingot_unpack(program->sources, write_piece, &t, error);
    close(t.fd);
    pid_t reaped;
    while ((reaped = waitpid(child, &ended, 0)) < 0 && errno == EINTR) continue;
    if (reaped != child || !WIFEXITED(ended) || WEXITSTATUS(ended) != 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: tar could not unpack the sources", path);
    }
    return status;
}

ingot_status ingot_word_source(ingot_session *session, ingot_error *error) {
    const ingot_program *program = session->program;
    const char *path = session->options->arguments[0];
    if (program->sources.begin == program->sources.end) {
        return ingot_fail(error, INGOT_FAILED, "this executable carries no sources");
    }
    if (strcmp(path, "-") == 0) {
        if (session->options->json) {
            return ingot_fail(error, INGOT_USAGE,
                              "source - writes the archive to standard output, where --json "
                              "would end it with a line that is not part of it");
        }
        target t = {STDOUT_FILENO, "standard output", 0};
        return ingot_unpack(program->sources, write_piece, &t, error);
    }
    ingot_status status = into_folder(program, path, error);
    FILE *out = ingot_session_out(session);
    if (status == INGOT_OK && out) fprintf(out, "sources: %s\n", path);
    if (status == INGOT_OK) json_object_set_new(session->summary, "sources", json_string(path));
    return status;
}
