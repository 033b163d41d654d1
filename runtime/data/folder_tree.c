/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * folder_tree.c: see folder_tree.h.
 */
#include "data/folder_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

#define DEEPEST 32 /* folders below a class: beyond it, a link that leads back is more likely */

void ingot_folder_tree_free(ingot_folder_tree *tree) {
    for (int64_t i = 0; i < tree->count; i++) {
        free(tree->entries[i].path);
        free(tree->entries[i].label);
    }
    free(tree->entries);
    *tree = (ingot_folder_tree){0};
}

static int matches(const char *const *patterns, const char *path) {
    for (; *patterns != NULL; patterns++) {
        if (fnmatch(*patterns, path, 0) == 0) return 1;
    }
    return 0;
}

static int is_wanted(const ingot_folder_choice *config, const char *path) {
    if (config->include != NULL && !matches(config->include, path)) return 0;
    return config->exclude == NULL || !matches(config->exclude, path);
}

static int is_listed(const char *const *names, const char *name) {
    for (; *names != NULL; names++) {
        if (strcmp(*names, name) == 0) return 1;
    }
    return 0;
}

static ingot_status add(ingot_folder_tree *tree, const char *path, const char *label,
                        ingot_error *error) {
    if (tree->count == tree->room) {
        const int64_t room = tree->room == 0 ? 256 : 2 * tree->room;
        ingot_folder_entry *grown =
            realloc(tree->entries, (size_t)room * sizeof(ingot_folder_entry));
        if (grown == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
        tree->entries = grown;
        tree->room = room;
    }
    ingot_folder_entry entry = {strdup(path), label != NULL ? strdup(label) : NULL};
    if (entry.path == NULL || (label != NULL && entry.label == NULL)) {
        free(entry.path);
        free(entry.label);
        return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    }
    tree->entries[tree->count++] = entry;
    return INGOT_OK;
}

typedef struct walk {
    const ingot_folder_choice *config;
    const char *root, *label;
    ingot_folder_tree *tree;
    int64_t seen; /* files of the class, wanted or not */
} walk;

static ingot_status enter(walk *to, const char *relative, int depth, ingot_error *error);

/* A file whose class is the folder it lies in, `relative`; directly under the root it has none. */
static ingot_status add_nearest(walk *to, const char *relative, const char *path,
                                ingot_error *error) {
    const char *slash = strrchr(relative, '/'), *label = slash != NULL ? slash + 1 : relative;
    if (*label == '\0' || !is_wanted(to->config, path)) return INGOT_OK;
    if (to->config->classes != NULL && !is_listed(to->config->classes, label)) return INGOT_OK;
    return add(to->tree, path, label, error);
}

/* A name in the folder `relative` of a class. */
static ingot_status visit(walk *to, const char *relative, const char *name, int depth,
                          ingot_error *error) {
    char *path = *relative != '\0' ? ingot_join(relative, name) : strdup(name);
    char *full = path == NULL ? NULL : ingot_join(to->root, path);
    ingot_status status = INGOT_OK;
    struct stat facts;
    if (full == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "%s/%s: out of memory", relative, name);
    } else if (stat(full, &facts) != 0) {
        status = ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", full, strerror(errno));
    } else if (S_ISDIR(facts.st_mode)) {
        status = enter(to, path, depth + 1, error);
    } else if (S_ISREG(facts.st_mode)) {
        to->seen++;
        if (to->config->nearest && !to->config->flat) {
            status = add_nearest(to, relative, path, error);
        } else if (is_wanted(to->config, path)) {
            status = add(to->tree, path, to->label, error);
        }
    }
    free(full);
    free(path);
    return status;
}

static ingot_status enter(walk *to, const char *relative, int depth, ingot_error *error) {
    char *full = *relative != '\0' ? ingot_join(to->root, relative) : strdup(to->root);
    if (full == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", relative);
    if (depth > DEEPEST) {
        const ingot_status status =
            ingot_fail(error, INGOT_FAILED,
                       "%s: folders nest deeper than %d (a link that leads back?)", full, DEEPEST);
        free(full);
        return status;
    }
    DIR *folder = opendir(full);
    ingot_status status = INGOT_OK;
    if (folder == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", full, strerror(errno));
    }
    while (folder != NULL && status == INGOT_OK) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            if (errno != 0) {
                status =
                    ingot_fail(error, INGOT_FAILED, "%s: cannot read: %s", full, strerror(errno));
            }
            break;
        }
        if (entry->d_name[0] == '.') continue;
        status = visit(to, relative, entry->d_name, depth, error);
    }
    if (folder != NULL) closedir(folder);
    free(full);
    return status;
}

static ingot_status take_class(const ingot_folder_choice *config, const char *root,
                               const char *label, ingot_folder_tree *tree, ingot_error *error) {
    const int64_t before = tree->count;
    walk to = {.config = config, .root = root, .label = label, .tree = tree};
    const ingot_status status = enter(&to, label, 0, error);
    if (status != INGOT_OK || tree->count > before) return status;
    if (to.seen == 0) {
        return ingot_fail(error, INGOT_FAILED, "%s/%s: this class folder is empty", root, label);
    }
    return ingot_fail(error, INGOT_FAILED,
                      "%s/%s: include and exclude leave none of the %lld files of this class", root,
                      label, (long long)to.seen);
}

static ingot_status take_all(const ingot_folder_choice *config, const char *root,
                             ingot_folder_tree *tree, ingot_error *error) {
    walk to = {.config = config, .root = root, .tree = tree};
    const ingot_status status = enter(&to, "", 0, error);
    if (status != INGOT_OK || tree->count > 0) return status;
    if (config->classes != NULL) return INGOT_OK; /* it is told which is missing */
    if (to.seen == 0) {
        return ingot_fail(error, INGOT_FAILED, "%s: there are no files; %s are expected", root,
                          config->what);
    }
    return ingot_fail(error, INGOT_FAILED, "%s: include and exclude leave none of the %lld files",
                      root, (long long)to.seen);
}

/* Class folders are those of the config, or all under the root. */
static ingot_status take_classes(const ingot_folder_choice *config, const char *root,
                                 ingot_folder_tree *tree, int64_t *classes, ingot_error *error) {
    DIR *folder = opendir(root);
    if (folder == NULL) {
        return ingot_fail(error, INGOT_FAILED, "%s: cannot read the data: %s", root,
                          strerror(errno));
    }
    ingot_status status = INGOT_OK;
    const struct dirent *entry;
    while (status == INGOT_OK && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        if (config->classes != NULL && !is_listed(config->classes, entry->d_name)) continue;
        char *full = ingot_join(root, entry->d_name);
        struct stat facts;
        const int is_folder = full != NULL && stat(full, &facts) == 0 && S_ISDIR(facts.st_mode);
        if (full == NULL) status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", root);
        free(full);
        if (!is_folder) continue;
        (*classes)++;
        status = take_class(config, root, entry->d_name, tree, error);
    }
    closedir(folder);
    return status;
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const ingot_folder_entry *)a)->path, ((const ingot_folder_entry *)b)->path);
}

/* Whether each class that was asked for has come. */
static ingot_status check_classes(const ingot_folder_choice *config, const char *root,
                                  const ingot_folder_tree *tree, int64_t classes,
                                  ingot_error *error) {
    if (config->classes == NULL) {
        if (classes > 0) return INGOT_OK;
        return ingot_fail(error, INGOT_FAILED,
                          "%s: no class folders; %s are expected in %s/<class>/", root,
                          config->what, root);
    }
    for (const char *const *name = config->classes; *name != NULL; name++) {
        int found = 0;
        for (int64_t i = 0; i < tree->count && !found; i++) {
            found = strcmp(tree->entries[i].label, *name) == 0;
        }
        if (!found) {
            return ingot_fail(error, INGOT_FAILED, "%s/%s: no such class folder", root, *name);
        }
    }
    return INGOT_OK;
}

ingot_status ingot_folder_tree_list(const ingot_folder_choice *config, const char *root,
                                    ingot_folder_tree *tree, ingot_error *error) {
    *tree = (ingot_folder_tree){0};
    int64_t classes = 0;
    const int by_class = !config->flat && !config->nearest;
    ingot_status status = by_class ? take_classes(config, root, tree, &classes, error)
                                   : take_all(config, root, tree, error);
    if (config->nearest) classes = tree->count;
    if (status == INGOT_OK && !config->flat)
        status = check_classes(config, root, tree, classes, error);
    if (status != INGOT_OK) {
        ingot_folder_tree_free(tree);
        return status;
    }
    if (tree->entries != NULL) {
        qsort(tree->entries, (size_t)tree->count, sizeof *tree->entries, by_path);
    }
    return INGOT_OK;
}

ingot_status ingot_folder_tree_paths(const ingot_folder_choice *choice, const char *root,
                                     ingot_path_sink sink, void *user, ingot_error *error) {
    ingot_folder_tree tree;
    ingot_status status = ingot_folder_tree_list(choice, root, &tree, error);
    if (status != INGOT_OK) return status;
    for (int64_t i = 0; status == INGOT_OK && i < tree.count; i++) {
        status = sink(user, tree.entries[i].path, error);
    }
    ingot_folder_tree_free(&tree);
    return status;
}
