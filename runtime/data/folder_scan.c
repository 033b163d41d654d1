/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * folder_scan.c: looks into the files of a tree, each where it is not known already
 * (folder_scan.h).
 */
#include "data/folder_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/parallel.h"

typedef struct scanned {
    ingot_file file;
    char *said; /* its problem, or why it is left out */
} scanned;

typedef struct scan_work {
    const ingot_folder_reader *reader;
    const void *config;
    const char *root;
    const ingot_folder_tree *tree;
    ingot_known *known;
    scanned *results;
} scan_work;

static ingot_status look_at(const scan_work *work, const char *path, scanned *to,
                            ingot_error *error) {
    ingot_error why = {""};
    int left_out = 0;
    const ingot_status status = work->reader->look(work->config, path, &to->file, &left_out, &why);
    if (status == INGOT_OK) to->file.records = 1;
    if (status == INGOT_OK && !left_out) return INGOT_OK;
    to->said = strdup(why.text);
    if (to->said == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    if (status != INGOT_OK) {
        to->file.problem = to->said;
    } else {
        to->file.left_out = to->said;
    }
    return INGOT_OK;
}

static ingot_status scan_one(void *user, int64_t index, int32_t worker, ingot_error *error) {
    (void)worker;
    scan_work *work = user;
    const ingot_folder_entry *entry = &work->tree->entries[index];
    scanned *to = &work->results[index];
    to->file = (ingot_file){.path = entry->path, .label = entry->label, .role = work->reader->role};
    char *path = ingot_join(work->root, entry->path);
    if (path == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", entry->path);
    ingot_seen seen;
    ingot_status status = INGOT_OK;
    if (!ingot_known_find(work->known, entry->path, path, &seen, &to->file)) {
        status = look_at(work, path, to, error);
        if (status == INGOT_OK) {
            status = ingot_known_keep(work->known, entry->path, path, &seen, &to->file, error);
        }
    }
    free(path);
    return status;
}

ingot_status ingot_folder_scan(const ingot_folder_reader *reader, const void *config,
                               const ingot_folder_choice *choice, const char *root,
                               ingot_known *known, ingot_file_sink sink, void *user,
                               ingot_error *error) {
    ingot_folder_tree tree;
    ingot_status status = ingot_folder_tree_list(choice, root, &tree, error);
    if (status != INGOT_OK) return status;
    scan_work work = {
        .reader = reader, .config = config, .root = root, .tree = &tree, .known = known};
    work.results = calloc((size_t)tree.count, sizeof *work.results);
    if (work.results == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", root);
    } else {
        status = ingot_parallel(tree.count, ingot_cpu_count(), scan_one, &work, error);
    }
    for (int64_t i = 0; status == INGOT_OK && i < tree.count; i++) {
        status = sink(user, &work.results[i].file, error);
    }
    for (int64_t i = 0; work.results != NULL && i < tree.count; i++) free(work.results[i].said);
    free(work.results);
    ingot_folder_tree_free(&tree);
    return status;
}
