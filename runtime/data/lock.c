/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * lock.c: parses a lock file (docs/lock.md) and refuses one that contradicts itself. The lock comes
 * from the ELF section of an executable, where a damaged disk can have changed it.
 */
#include "data/lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sha256.h"
#include "program.h"

static const char *const split_names[INGOT_SPLITS] = {"train", "validation", "test"};

/* ------------------------------------------------------------------ fields */

/* Where in the lock we are, for messages. */
typedef struct place {
    const char *what;
    const char *list; /* "files"; NULL: at the top */
    size_t index;
    const char *path; /* once known */
    ingot_error *error;
} place;

static void say_wrong(const place *at, const char *field, const char *expected) {
    if (at->list == NULL) {
        ingot_fail(at->error, INGOT_FAILED, "%s: %s: %s", at->what, field, expected);
        return;
    }
    ingot_fail(at->error, INGOT_FAILED, "%s: %s[%zu]%s%s%s: %s: %s", at->what, at->list, at->index,
               at->path != NULL ? " (" : "", at->path != NULL ? at->path : "",
               at->path != NULL ? ")" : "", field, expected);
}

static ingot_status wrong(const place *at, const char *field, const char *expected) {
    say_wrong(at, field, expected);
    return INGOT_FAILED;
}

/* Copies a string into the lock's own memory, which is as large as the text it came from and so
 * holds all of them. */
static const char *keep(ingot_lock *lock, const json_t *string) {
    size_t length = json_string_length(string);
    char *kept = lock->text + lock->used;
    memcpy(kept, json_string_value(string), length);
    kept[length] = '\0';
    lock->used += length + 1;
    return kept;
}

static ingot_status get_string(ingot_lock *lock, const place *at, const json_t *object,
                               const char *field, int required, const char **string) {
    const json_t *value = json_object_get(object, field);
    *string = NULL;
    if (value == NULL && !required) return INGOT_OK;
    if (!json_is_string(value) || json_string_length(value) == 0) {
        return wrong(at, field, "expected a string that is not empty");
    }
    *string = keep(lock, value);
    return INGOT_OK;
}

static ingot_status get_integer(const place *at, const json_t *object, const char *field,
                                int required, int64_t most, int64_t *number) {
    const json_t *value = json_object_get(object, field);
    *number = 0;
    if (value == NULL && !required) return INGOT_OK;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > most) {
        return wrong(at, field, "expected an integer from 0");
    }
    *number = json_integer_value(value);
    return INGOT_OK;
}

static ingot_status get_i32(const place *at, const json_t *object, const char *field,
                            int32_t *number) {
    int64_t wide;
    ingot_status status = get_integer(at, object, field, 0, INT32_MAX, &wide);
    *number = (int32_t)wide;
    return status;
}

/* Relative, no "..", no control characters: a lock never reaches outside the data's folder. */
static int path_is_safe(const char *path) {
    if (path[0] == '/') return 0;
    for (const char *c = path; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) return 0;
    }
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        if (*part == '/') part++;
        size_t length = strcspn(part, "/");
        if (length == 0 || (length == 1 && part[0] == '.') ||
            (length == 2 && part[0] == '.' && part[1] == '.')) {
            return 0;
        }
    }
    return 1;
}

static ingot_status get_path(ingot_lock *lock, place *at, const json_t *object,
                             const char *previous, const char **path) {
    ingot_status status = get_string(lock, at, object, "path", 1, path);
    if (status != INGOT_OK) return status;
    at->path = *path;
    if (!path_is_safe(*path)) return wrong(at, "path", "expected one inside the data's folder");
    if (previous != NULL && strcmp(previous, *path) >= 0) {
        return wrong(at, "path", "not in ascending order");
    }
    return INGOT_OK;
}

/* ------------------------------------------------------------------ splits */

int ingot_lock_run(const char **runs, int64_t *count, int32_t *split) {
    const char *at = *runs;
    if (*at == '\0') return 0;
    int64_t number = 0;
    if (*at < '1' || *at > '9') return -1;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (number > (INT64_MAX - 9) / 10) return -1;
        number = number * 10 + (*at - '0');
    }
    switch (*at) {
    case 't':
        *split = INGOT_TRAIN;
        break;
    case 'v':
        *split = INGOT_VALIDATION;
        break;
    case 'e':
        *split = INGOT_TEST;
        break;
    case '-':
        *split = -1;
        break;
    default:
        return -1;
    }
    *count = number;
    *runs = at + 1;
    return 1;
}

static ingot_status check_runs(const place *at, const char *runs, int64_t records) {
    int64_t count, sum = 0;
    int32_t split, last = -2;
    int more;
    while ((more = ingot_lock_run(&runs, &count, &split)) == 1) {
        if (split == last) return wrong(at, "splits", "two runs of the same split in a row");
        if (__builtin_add_overflow(sum, count, &sum)) more = -1;
        if (more < 0) break;
        last = split;
    }
    if (more < 0) return wrong(at, "splits", "expected run lengths like 48000t12000v");
    if (sum != records) return wrong(at, "splits", "the runs do not add up to the records");
    return INGOT_OK;
}

static ingot_status get_split(const place *at, const json_t *object, int32_t *split) {
    const json_t *value = json_object_get(object, "split");
    *split = -1;
    if (value == NULL) return INGOT_OK;
    for (int32_t i = 0; i < INGOT_SPLITS && json_is_string(value); i++) {
        if (strcmp(json_string_value(value), split_names[i]) == 0) {
            *split = i;
            return INGOT_OK;
        }
    }
    return wrong(at, "split", "expected train, validation or test");
}

/* ------------------------------------------------------------------ the parts */

static ingot_status parse_classes(ingot_lock *lock, place *at, const json_t *root,
                                  json_t *index_of) {
    const json_t *list = json_object_get(root, "classes");
    size_t count = json_array_size(list);
    if (count == 0 || count > INT32_MAX) return wrong(at, "classes", "expected a list of names");
    lock->classes = calloc(count, sizeof *lock->classes);
    if (lock->classes == NULL) return wrong(at, "classes", "out of memory");
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_array_get(list, i);
        if (!json_is_string(name) || json_string_length(name) == 0) {
            return wrong(at, "classes", "expected names that are not empty");
        }
        lock->classes[i] = keep(lock, name);
        if (json_object_get(index_of, lock->classes[i]) != NULL) {
            return wrong(at, "classes", "a name is there twice");
        }
        if (json_object_set_new(index_of, lock->classes[i], json_integer((json_int_t)i)) != 0) {
            return wrong(at, "classes", "out of memory");
        }
    }
    lock->class_count = (int32_t)count;
    return INGOT_OK;
}

static ingot_status parse_class(place *at, const json_t *object, const json_t *index_of,
                                ingot_file *file, int32_t *label, ingot_lock *lock) {
    *label = -1;
    const json_t *name = json_object_get(object, "class");
    if (name == NULL) return INGOT_OK;
    const json_t *index =
        json_is_string(name) ? json_object_get(index_of, json_string_value(name)) : NULL;
    if (index == NULL) return wrong(at, "class", "not one of the classes");
    *label = (int32_t)json_integer_value(index);
    file->label = lock->classes[*label];
    return INGOT_OK;
}

static ingot_status parse_file(ingot_lock *lock, place *at, const json_t *object,
                               const json_t *index_of) {
    ingot_file *file = &lock->files[at->index];
    ingot_lock_entry *entry = &lock->entries[at->index];
    *entry = (ingot_lock_entry){-1, -1, -1, NULL};
    if (!json_is_object(object)) return wrong(at, "entry", "expected an object");
    const char *sha256 = NULL;
    int64_t bytes = 0;
    ingot_status status =
        get_path(lock, at, object, at->index > 0 ? file[-1].path : NULL, &file->path);
    if (status == INGOT_OK) status = get_integer(at, object, "bytes", 1, INT64_MAX, &bytes);
    if (status == INGOT_OK) status = get_string(lock, at, object, "sha256", 1, &sha256);
    if (status == INGOT_OK && !ingot_sha256_from_hex(sha256, strlen(sha256), file->sha256)) {
        status = wrong(at, "sha256", "expected 64 hex digits");
    }
    file->bytes = (uint64_t)bytes;
    if (status == INGOT_OK) status = get_string(lock, at, object, "role", 1, &file->role);
    if (status == INGOT_OK) {
        status = get_integer(at, object, "records", 1, INT32_MAX, &file->records);
    }
    if (status == INGOT_OK) {
        status = get_integer(at, object, "frames", 0, INT64_MAX, &file->frames);
    }
    if (status == INGOT_OK) status = get_i32(at, object, "rate", &file->rate);
    if (status == INGOT_OK) status = get_i32(at, object, "channels", &file->channels);
    if (status == INGOT_OK) status = get_i32(at, object, "height", &file->height);
    if (status == INGOT_OK) status = get_i32(at, object, "width", &file->width);
    if (status == INGOT_OK) status = get_split(at, object, &entry->split);
    if (status == INGOT_OK) {
        status = parse_class(at, object, index_of, file, &entry->label, lock);
    }
    if (status == INGOT_OK) {
        status = get_string(lock, at, object, "label_file", 0, &file->label_file);
    }
    if (status == INGOT_OK) status = get_string(lock, at, object, "splits", 0, &entry->splits);
    if (status == INGOT_OK && entry->splits != NULL) {
        status = check_runs(at, entry->splits, file->records);
    }
    if (status != INGOT_OK) return status;
    if (entry->split >= 0 && entry->splits != NULL) {
        return wrong(at, "split", "an entry has split or splits, not both");
    }
    if (entry->split >= 0 && entry->label < 0) return wrong(at, "class", "missing");
    if (entry->splits != NULL && file->label_file == NULL && strcmp(file->role, "table") != 0)
        return wrong(at, "label_file", "missing");
    return INGOT_OK;
}

static int compare_path(const void *key, const void *file) {
    return strcmp(key, ((const ingot_file *)file)->path);
}

static ingot_status parse_files(ingot_lock *lock, place *at, const json_t *root,
                                const json_t *index_of) {
    const json_t *list = json_object_get(root, "files");
    size_t count = json_array_size(list);
    if (lock->declared && json_is_array(list) && count == 0) return INGOT_OK;
    if (lock->declared) return wrong(at, "files", "expected none in a lock that is declared");
    if (count == 0 || count > INT32_MAX) return wrong(at, "files", "expected a list of files");
    lock->files = calloc(count, sizeof *lock->files);
    lock->entries = calloc(count, sizeof *lock->entries);
    if (lock->files == NULL || lock->entries == NULL) return wrong(at, "files", "out of memory");
    lock->file_count = (int64_t)count;
    at->list = "files";
    for (at->index = 0; at->index < count; at->index++) {
        at->path = NULL;
        ingot_status status = parse_file(lock, at, json_array_get(list, at->index), index_of);
        if (status != INGOT_OK) return status;
    }
    for (at->index = 0; at->index < count; at->index++) {
        const ingot_file *file = &lock->files[at->index];
        if (file->label_file == NULL) continue;
        at->path = file->path;
        const ingot_file *labels =
            bsearch(file->label_file, lock->files, count, sizeof *lock->files, compare_path);
        if (labels == NULL) return wrong(at, "label_file", "not one of the files");
        if (labels->records != file->records) {
            return wrong(at, "label_file", "does not have a label for each record");
        }
        lock->entries[at->index].label_file = (int32_t)(labels - lock->files);
    }
    at->list = NULL;
    return INGOT_OK;
}

/* Items of each class in one split; what does not occur is left out. */
static ingot_status parse_counts(const ingot_lock *lock, const place *at, const json_t *of,
                                 int64_t *counts) {
    const json_t *classes = json_object_get(of, "classes");
    int64_t items, sum = 0;
    size_t known = 0;
    ingot_status status = get_integer(at, of, "items", 1, INT64_MAX, &items);
    for (int32_t i = 0; i < lock->class_count && status == INGOT_OK; i++) {
        status = get_integer(at, classes, lock->classes[i], 0, INT32_MAX, &counts[i]);
        sum += counts[i];
        known += json_object_get(classes, lock->classes[i]) != NULL;
    }
    if (status != INGOT_OK) return status;
    if (known != json_object_size(classes)) {
        return wrong(at, "counts", "has a class that is not one of the classes");
    }
    return sum == items ? INGOT_OK : wrong(at, "counts", "the classes do not add up to the items");
}

static ingot_status parse_declared(ingot_lock *lock, const place *at, const json_t *root) {
    const json_t *declared = json_object_get(root, "declared");
    if (declared == NULL) return INGOT_OK;
    const json_t *counts = json_object_get(root, "counts");
    if (!json_is_object(declared)) return wrong(at, "declared", "expected an object");
    lock->declared = 1;
    lock->facts = (ingot_file){.path = "a declared sound", .role = "audio", .records = 1};
    ingot_status status = get_i32(at, declared, "rate", &lock->facts.rate);
    if (status == INGOT_OK) {
        status = get_integer(at, declared, "frames", 1, INT32_MAX * 1000LL, &lock->facts.frames);
    }
    if (status != INGOT_OK) return status;
    if (lock->facts.rate == 0) return wrong(at, "rate", "expected an integer from 1");
    lock->counts = calloc((size_t)lock->class_count * INGOT_SPLITS, sizeof *lock->counts);
    if (lock->counts == NULL) return wrong(at, "counts", "out of memory");
    for (int32_t i = 0; i < INGOT_SPLITS && status == INGOT_OK; i++) {
        status = parse_counts(lock, at, json_object_get(counts, split_names[i]),
                              lock->counts + (size_t)i * (size_t)lock->class_count);
    }
    return status;
}

static ingot_status parse_skipped(ingot_lock *lock, place *at, const json_t *root) {
    const json_t *list = json_object_get(root, "skipped");
    size_t count = json_array_size(list);
    if (!json_is_array(list)) return wrong(at, "skipped", "expected a list");
    lock->skipped = calloc(count > 0 ? count : 1, sizeof *lock->skipped);
    if (lock->skipped == NULL) return wrong(at, "skipped", "out of memory");
    at->list = "skipped";
    for (at->index = 0; at->index < count; at->index++) {
        const json_t *object = json_array_get(list, at->index);
        at->path = NULL;
        if (!json_is_object(object)) return wrong(at, "entry", "expected an object");
        ingot_status status =
            get_path(lock, at, object, at->index > 0 ? lock->skipped[at->index - 1] : NULL,
                     &lock->skipped[at->index]);
        if (status != INGOT_OK) return status;
    }
    lock->skipped_count = (int64_t)count;
    at->list = NULL;
    return INGOT_OK;
}

static ingot_status check_digest(ingot_lock *lock, const place *at, const json_t *root) {
    const json_t *value = json_object_get(root, "digest");
    if (!json_is_string(value)) return wrong(at, "digest", "expected 64 hex digits");
    ingot_sha256 hash;
    uint8_t digest[32] = {0};
    ingot_status status = ingot_sha256_begin(&hash, at->error);
    for (int64_t i = 0; i < lock->file_count && status == INGOT_OK; i++) {
        const ingot_file *file = &lock->files[i];
        char line[96];
        ingot_hex(file->sha256, 32, line);
        int length =
            snprintf(line + 64, sizeof line - 64, " %llu ", (unsigned long long)file->bytes);
        status = ingot_sha256_add(&hash, line, 64 + (size_t)length, at->error);
        if (status == INGOT_OK) {
            status = ingot_sha256_add(&hash, file->path, strlen(file->path), at->error);
        }
        if (status == INGOT_OK) status = ingot_sha256_add(&hash, "\n", 1, at->error);
    }
    ingot_status end = ingot_sha256_end(&hash, status == INGOT_OK ? digest : NULL, at->error);
    if (status != INGOT_OK || end != INGOT_OK) return status != INGOT_OK ? status : end;
    ingot_hex(digest, 32, lock->digest);
    if (strcmp(lock->digest, json_string_value(value)) != 0) {
        return wrong(at, "digest", "does not fit the files");
    }
    return INGOT_OK;
}

static ingot_status parse_root(ingot_lock *lock, place *at, const json_t *root) {
    if (!json_is_object(root)) return wrong(at, "lock", "expected an object");
    const json_t *format = json_object_get(root, "format");
    if (!json_is_integer(format) || json_integer_value(format) != 1) {
        return wrong(at, "format", "expected 1; the lock is of another version");
    }
    json_t *index_of = json_object();
    if (index_of == NULL) return wrong(at, "lock", "out of memory");
    ingot_status status = parse_classes(lock, at, root, index_of);
    if (status == INGOT_OK) status = parse_declared(lock, at, root);
    if (status == INGOT_OK) status = parse_files(lock, at, root, index_of);
    if (status == INGOT_OK) status = parse_skipped(lock, at, root);
    if (status == INGOT_OK) status = check_digest(lock, at, root);
    json_decref(index_of);
    return status;
}

ingot_status ingot_lock_parse(const char *text, size_t size, const char *what, ingot_lock **lock,
                              ingot_error *error) {
    json_t *root;
    ingot_status status = ingot_json_parse(text, size, what, &root, error);
    if (status != INGOT_OK) return status;
    ingot_lock *made = calloc(1, sizeof *made);
    if (made != NULL) made->text = malloc(size + 1);
    if (made == NULL || made->text == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", what);
    } else {
        place at = {.what = what, .error = error};
        status = parse_root(made, &at, root);
    }
    json_decref(root);
    if (status != INGOT_OK) {
        ingot_lock_free(made);
        return status;
    }
    *lock = made;
    return INGOT_OK;
}

void ingot_lock_free(ingot_lock *lock) {
    if (lock == NULL) return;
    free(lock->files);
    free(lock->entries);
    free(lock->classes);
    free(lock->skipped);
    free(lock->counts);
    free(lock->text);
    free(lock);
}
