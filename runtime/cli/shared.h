/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * shared.h: results of stages under WORK/cache/<stage>-<key>/, shared by all executables of a work
 * folder: files, and index.json, which has their digests and a note. An entry is made in a folder
 * beside its place and renamed. One process computes an entry, others wait (flock, which the kernel
 * releases however a process ends).
 */
#ifndef INGOT_CLI_SHARED_H
#define INGOT_CLI_SHARED_H

#include "cli/session.h"

/* Takes the lock of an entry; waits for another that computes it, and says so once. */
ingot_status ingot_shared_lock(ingot_session *session, const char *stage, const char *key,
                               int *lock, ingot_error *error);

/* The entry's folder (from malloc) and its note where it is there, whole; else NULL in both. A
 * damaged one is told and counts as not there. */
ingot_status ingot_shared_find(const ingot_session *session, const char *stage, const char *key,
                               char **folder, json_t **note, ingot_error *error);

/* Puts copies of files of the session's folder (names end with NULL) and a note under a key. Takes
 * `note`. What cannot be stored (a full disk) is told and is no failure. */
void ingot_shared_store(const ingot_session *session, const char *stage, const char *key,
                        const char *const *names, json_t *note);

/* Copies a file of an entry into the session's folder, durably. */
ingot_status ingot_shared_take(const ingot_session *session, const char *folder, const char *name,
                               ingot_error *error);

/* Removes what a process that was killed while it stored an entry left of it. */
ingot_status ingot_shared_tidy(ingot_session *session, const char *stage, const char *key,
                               ingot_error *error);

#endif
