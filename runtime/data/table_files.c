/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * table_files.c: see table_files.h.
 */
#include "data/table_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

static ingot_status scan_one(const void *config, ingot_table_look look, const char *root,
                             const char *name, ingot_file_sink sink, void *user,
                             ingot_error *error) {
    ingot_file file = {.path = name, .role = "table"};
    ingot_error why = {""};
    struct stat facts;
    char *columns = NULL;
    char *path = ingot_join(root, name);
    if (path == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", name);
    ingot_status status = INGOT_OK;
    if (stat(path, &facts) != 0) {
        status = ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", path, strerror(errno));
    } else if (look(config, path, &file, &columns, &why) != INGOT_OK) {
        const size_t length = strlen(path);
        const int named = strncmp(why.text, path, length) == 0 && why.text[length] == ':';
        file.problem = named ? why.text + length + 2 : why.text;
    }
    file.columns = columns;
    if (status == INGOT_OK) status = sink(user, &file, error);
    free(columns);
    free(path);
    return status;
}

ingot_status ingot_table_scan(const void *config, ingot_table_look look, const char *const *files,
                              const char *root, ingot_file_sink sink, void *user,
                              ingot_error *error) {
    struct stat facts;
    if (stat(root, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot read the data: %s", root,
                          errno == ENOENT ? strerror(errno) : "not a folder");
    }
    ingot_status status = INGOT_OK;
    for (; status == INGOT_OK && *files != NULL; files++) {
        status = scan_one(config, look, root, *files, sink, user, error);
    }
    return status;
}

ingot_status ingot_table_list(const char *const *files, ingot_path_sink sink, void *user,
                              ingot_error *error) {
    ingot_status status = INGOT_OK;
    for (; status == INGOT_OK && *files != NULL; files++) status = sink(user, *files, error);
    return status;
}
