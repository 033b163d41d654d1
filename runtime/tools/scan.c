/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * scan.c: the program ingot-scan, by which the generator learns the facts of a data set: one JSON
 * object on standard input says reader, folder and the reader's options; standard output gets one
 * JSON object per file and a summary (docs/lock.md, "The scanner"). Exit codes of base/error.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/md5.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "base/yaml.h"
#include "data/count_pieces.h"
#include "data/count_terms.h"
#include "data/known.h"
#include "data/reader.h"
#include "train/safetensors.h"

/* ------------------------------------------------------------------ the readers */

ingot_status ingot_idx_configure(const json_t *options, void **config, ingot_error *error);
ingot_status ingot_audio_folder_configure(const json_t *options, void **config, ingot_error *error);
ingot_status ingot_image_folder_configure(const json_t *options, void **config, ingot_error *error);
ingot_status ingot_csv_configure(const json_t *options, void **config, ingot_error *error);
ingot_status ingot_text_folder_configure(const json_t *options, void **config, ingot_error *error);
ingot_status ingot_text_table_configure(const json_t *options, void **config, ingot_error *error);

static const struct known {
    const ingot_reader *reader;
    ingot_status (*configure)(const json_t *options, void **config, ingot_error *error);
} readers[] = {
    {&ingot_reader_audio_folder, ingot_audio_folder_configure},
    {&ingot_reader_idx, ingot_idx_configure},
    {&ingot_reader_image_folder, ingot_image_folder_configure},
    {&ingot_reader_csv, ingot_csv_configure},
    {&ingot_reader_text_folder, ingot_text_folder_configure},
    {&ingot_reader_text_table, ingot_text_table_configure},
};

static const struct known *find_reader(const char *name) {
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        if (strcmp(readers[i].reader->name, name) == 0) return &readers[i];
    }
    return NULL;
}

/* ------------------------------------------------------------------ a line per file */

typedef struct scan {
    ingot_sha256 digest;
    int64_t files, problems, records, frames;
    uint64_t bytes;
} scan;

/* The digest's lines and the lock are text: a path that is none cannot be in them. */
static ingot_status check_path(const char *path, ingot_error *error) {
    for (const char *c = path; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            return ingot_fail(error, INGOT_FAILED, "%s: a control character in the file's name",
                              path);
        }
    }
    json_t *text = json_string(path);
    if (text == NULL) {
        return ingot_fail(error, INGOT_FAILED, "%s: the file's name is not UTF-8", path);
    }
    json_decref(text);
    return INGOT_OK;
}

static void set_integer(json_t *line, const char *key, int64_t value) {
    (void)json_object_set_new(line, key, json_integer(value));
}

static void set_if(json_t *line, const char *key, int64_t value) {
    if (value != 0) set_integer(line, key, value);
}

static void set_text(json_t *line, const char *key, const char *value) {
    if (value != NULL) (void)json_object_set_new(line, key, json_string(value));
}

/* A problem may quote bytes of a file that is not text; the lock has only ASCII of it. */
static void set_problem(json_t *line, const char *key, const char *problem) {
    if (problem == NULL) return;
    json_t *text = json_string(problem);
    char *plain = text == NULL ? strdup(problem) : NULL;
    for (char *c = plain; c != NULL && *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80) *c = '?';
    }
    (void)json_object_set_new(line, key, text != NULL ? text : json_string(plain));
    free(plain);
}

static ingot_status set_labels(json_t *line, const ingot_file *file, ingot_error *error) {
    if (file->labels == NULL) return INGOT_OK;
    int64_t counts[256] = {0};
    size_t records = (size_t)file->records, largest = 0;
    char *hex = malloc(2 * records + 1);
    if (hex == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", file->path);
    ingot_hex(file->labels, records, hex);
    for (size_t i = 0; i < records; i++) {
        counts[file->labels[i]]++;
        if (file->labels[i] > largest) largest = file->labels[i];
    }
    json_t *list = json_array();
    for (size_t i = 0; i <= largest; i++)
        (void)json_array_append_new(list, json_integer(counts[i]));
    (void)json_object_set_new(line, "label_counts", list);
    (void)json_object_set_new(line, "labels_hex", json_string(hex));
    free(hex);
    return INGOT_OK;
}

static ingot_status set_digests(json_t *line, const ingot_file *file, ingot_error *error) {
    if (file->digests == NULL) return INGOT_OK;
    const size_t size = 8 * (size_t)file->records;
    char *hex = malloc(2 * size + 1);
    if (hex == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", file->path);
    ingot_hex(file->digests, size, hex);
    (void)json_object_set_new(line, "digests_hex", json_string(hex));
    free(hex);
    return INGOT_OK;
}

static ingot_status set_columns(json_t *line, const ingot_file *file, ingot_error *error) {
    json_t *columns;
    if (file->columns == NULL) return INGOT_OK;
    const ingot_status status =
        ingot_json_parse(file->columns, strlen(file->columns), file->path, &columns, error);
    if (status == INGOT_OK) (void)json_object_set_new(line, "columns", columns);
    return status;
}

static ingot_status print_line(json_t *line, ingot_error *error) {
    char *text = ingot_json_line(line);
    json_decref(line);
    if (text == NULL) return ingot_fail(error, INGOT_FAILED, "not UTF-8, or out of memory");
    int written = puts(text);
    free(text);
    if (written < 0) return ingot_fail(error, INGOT_FAILED, "standard output: cannot write");
    return INGOT_OK;
}

static ingot_status add_to_digest(scan *all, const char *sha256, const ingot_file *file,
                                  ingot_error *error) {
    char rest[32];
    snprintf(rest, sizeof rest, " %llu ", (unsigned long long)file->bytes);
    ingot_status status = ingot_sha256_add(&all->digest, sha256, 64, error);
    if (status == INGOT_OK) status = ingot_sha256_add(&all->digest, rest, strlen(rest), error);
    if (status == INGOT_OK) {
        status = ingot_sha256_add(&all->digest, file->path, strlen(file->path), error);
    }
    return status == INGOT_OK ? ingot_sha256_add(&all->digest, "\n", 1, error) : status;
}

static ingot_status take_file(void *user, const ingot_file *file, ingot_error *error) {
    scan *all = user;
    char sha256[65];
    ingot_hex(file->sha256, 32, sha256);
    ingot_status status = check_path(file->path, error);
    if (status != INGOT_OK) return status;
    json_t *line = json_object();
    set_text(line, "path", file->path);
    set_text(line, "role", file->role);
    set_text(line, "label", file->label);
    set_text(line, "label_file", file->label_file);
    set_text(line, "sha256", sha256);
    set_integer(line, "bytes", (int64_t)file->bytes);
    set_problem(line, "problem", file->problem);
    set_problem(line, "left_out", file->left_out);
    if (file->problem == NULL && file->left_out == NULL) {
        set_integer(line, "records", file->records);
        set_if(line, "frames", file->frames);
        set_if(line, "rate", file->rate);
        set_if(line, "channels", file->channels);
        set_if(line, "height", file->height);
        set_if(line, "width", file->width);
        set_if(line, "replaced", file->replaced);
        set_if(line, "constant", file->constant);
        status = set_labels(line, file, error);
        if (status == INGOT_OK) status = set_digests(line, file, error);
        if (status == INGOT_OK) status = set_columns(line, file, error);
        all->files++;
        all->bytes += file->bytes;
        all->records += file->records;
        all->frames += file->frames;
        if (status == INGOT_OK) status = add_to_digest(all, sha256, file, error);
    } else if (file->problem != NULL) {
        all->problems++;
    }
    if (status != INGOT_OK) {
        json_decref(line);
        return status;
    }
    return print_line(line, error);
}

/* With a file of facts also how many files were not read for it. */
static ingot_status print_summary(scan *all, const ingot_known *facts, ingot_error *error) {
    uint8_t digest[32];
    char hex[65];
    ingot_status status = ingot_sha256_end(&all->digest, digest, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, 32, hex);
    json_t *sums =
        json_pack("{s:I,s:s,s:I,s:I,s:I,s:I}", "bytes", (json_int_t)all->bytes, "digest", hex,
                  "files", (json_int_t)all->files, "frames", (json_int_t)all->frames, "problems",
                  (json_int_t)all->problems, "records", (json_int_t)all->records);
    if (facts != NULL) set_integer(sums, "unread", ingot_known_hits(facts));
    status = print_line(json_pack("{s:o}", "summary", sums), error);
    if (status == INGOT_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        status = ingot_fail(error, INGOT_FAILED, "standard output: cannot write");
    }
    return status;
}

/* ------------------------------------------------------------------ weights */

/* A file of weights is no data set: a line per tensor, and a summary of the file. */
static ingot_status scan_weights(const char *path, ingot_error *error) {
    char *bytes, hex[65];
    size_t size;
    uint8_t digest[32];
    ingot_safetensors *file = NULL;
    ingot_status status = ingot_read_file(path, SIZE_MAX / 2, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    status = ingot_sha256_of(bytes, size, digest, error);
    if (status == INGOT_OK) status = ingot_safetensors_parse(path, bytes, size, &file, error);
    free(bytes);
    for (int64_t i = 0; status == INGOT_OK && i < file->tensor_count; i++) {
        const ingot_saved_tensor *tensor = &file->tensors[i];
        json_t *shape = json_array();
        for (int32_t d = 0; d < tensor->rank; d++) {
            (void)json_array_append_new(shape, json_integer(tensor->shape[d]));
        }
        status = print_line(json_pack("{s:s,s:s,s:o}", "dtype", ingot_dtype_name(tensor->dtype),
                                      "name", tensor->name, "shape", shape),
                            error);
    }
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        status = print_line(json_pack("{s:{s:I,s:s,s:I}}", "summary", "bytes", (json_int_t)size,
                                      "sha256", hex, "tensors", (json_int_t)file->tensor_count),
                            error);
    }
    ingot_safetensors_free(file);
    return status;
}

/* ------------------------------------------------------------------ the program */

/* What facts of files depend on beside the files: this program, reader, options, folder. */
static ingot_status identify(const char *reader, const json_t *options, const char *root,
                             char hex[65], ingot_error *error) {
    uint8_t digests[2][32];
    char *line = ingot_json_line(options), *real = realpath(root, NULL);
    char *text = line != NULL ? malloc(strlen(line) + strlen(reader) + 4096 + 3) : NULL;
    ingot_status status =
        text != NULL ? INGOT_OK : ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status == INGOT_OK) {
        sprintf(text, "%s\n%s\n%.4095s", reader, line, real != NULL ? real : root);
        status = ingot_sha256_of(text, strlen(text), digests[0], error);
    }
    if (status == INGOT_OK) {
        status = ingot_sha256_file("/proc/self/exe", digests[1], NULL, error);
    }
    if (status == INGOT_OK) {
        status = ingot_sha256_of(digests, sizeof digests, digests[0], error);
    }
    if (status == INGOT_OK) ingot_hex(digests[0], 32, hex);
    free(text);
    free(real);
    free(line);
    return status;
}

static ingot_status scan_into(const struct known *known, const void *config, const char *root,
                              ingot_known *facts, ingot_error *error) {
    scan all = {0};
    ingot_status status = ingot_sha256_begin(&all.digest, error);
    if (status == INGOT_OK) {
        status = known->reader->scan(config, root, facts, take_file, &all, error);
    }
    if (status == INGOT_OK) return print_summary(&all, facts, error);
    (void)ingot_sha256_end(&all.digest, NULL, NULL);
    return status;
}

/* `cache` (a file of facts, known.h) and `rehash` are options of the scanner, not of a reader.
 */
static ingot_status scan_folder(const struct known *known, json_t *options, const char *root,
                                ingot_error *error) {
    void *config;
    char what[65];
    ingot_known *facts = NULL;
    const json_t *cache = json_object_get(options, "cache");
    char *path = json_is_string(cache) ? strdup(json_string_value(cache)) : NULL;
    const int fresh = json_is_true(json_object_get(options, "rehash"));
    (void)json_object_del(options, "cache");
    (void)json_object_del(options, "rehash");
    ingot_status status = known->configure(options, &config, error);
    if (status != INGOT_OK) {
        free(path);
        return status;
    }
    if (path != NULL) {
        status = identify(known->reader->name, options, root, what, error);
        if (status == INGOT_OK) status = ingot_known_open(path, what, fresh, &facts, error);
    }
    if (status == INGOT_OK) status = scan_into(known, config, root, facts, error);
    /* A cache that cannot be written costs time later and nothing else. */
    if (status == INGOT_OK && facts != NULL) (void)ingot_known_save(facts, NULL);
    ingot_known_close(facts);
    free(config);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ vocabularies */

static ingot_status print_term(void *user, const char *term, int64_t documents,
                               ingot_error *error) {
    (void)user;
    return print_line(json_pack("{s:I,s:s}", "documents", (json_int_t)documents, "term", term),
                      error);
}

/* A line per term of the vocabulary that `request` asks for, and a summary. */
static ingot_status count_terms(const struct known *known, json_t *options, const char *root,
                                ingot_error *error) {
    json_t *request = json_incref(json_object_get(options, "vocabulary"));
    void *config;
    ingot_term_counts counts = {0};
    (void)json_object_del(options, "vocabulary");
    ingot_status status = known->configure(options, &config, error);
    if (status == INGOT_OK) {
        const int pieces = json_object_get(request, "pieces") != NULL;
        status = (pieces ? ingot_count_pieces : ingot_count_terms)(
            known->reader, config, root, request, print_term, NULL, &counts, error);
        free(config);
    }
    if (status == INGOT_OK) {
        json_t *sums = json_pack("{s:I,s:I,s:I,s:I}", "documents", (json_int_t)counts.documents,
                                 "entries", (json_int_t)counts.entries, "found",
                                 (json_int_t)counts.found, "most", (json_int_t)counts.most);
        status = print_line(json_pack("{s:o}", "summary", sums), error);
    }
    if (status == INGOT_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        status = ingot_fail(error, INGOT_FAILED, "standard output: cannot write");
    }
    json_decref(request);
    return status;
}

/* ------------------------------------------------------------------ what is asked */

static ingot_status run(ingot_error *error) {
    char *text;
    size_t size;
    json_t *options;
    ingot_status status = ingot_read_file("/dev/stdin", 1 << 30, &text, &size, error);
    if (status != INGOT_OK) return status;
    status = ingot_json_parse(text, size, "standard input", &options, error);
    free(text);
    if (status != INGOT_OK) return INGOT_USAGE;
    const json_t *name = json_object_get(options, "reader"),
                 *path = json_object_get(options, "path");
    if (!json_is_string(name) || !json_is_string(path)) {
        status = ingot_fail(error, INGOT_USAGE,
                            "standard input: expected {\"reader\":\"...\",\"path\":\"...\", ...}");
    } else {
        const struct known *known = find_reader(json_string_value(name));
        char *root = strdup(json_string_value(path));
        if (strcmp(json_string_value(name), "safetensors") == 0) {
            status = scan_weights(json_string_value(path), error);
        } else if (known == NULL) {
            status = ingot_fail(error, INGOT_USAGE, "no reader '%s'", json_string_value(name));
        } else if (root == NULL) {
            status = ingot_fail(error, INGOT_FAILED, "out of memory");
        } else {
            (void)json_object_del(options, "reader");
            (void)json_object_del(options, "path");
            status = (json_object_get(options, "vocabulary") != NULL ? count_terms : scan_folder)(
                known, options, root, error);
        }
        free(root);
    }
    json_decref(options);
    return status;
}

/* ------------------------------------------------------------------ MD5 of files */

typedef struct md5_work {
    const char **paths;
    uint8_t (*digests)[16];
    uint64_t *sizes;
    int as_text;
} md5_work;

static ingot_status md5_one(void *user, int64_t index, int32_t worker, ingot_error *error) {
    md5_work *work = user;
    (void)worker;
    return ingot_md5_file(work->paths[index], work->as_text, work->digests[index],
                          &work->sizes[index], error);
}

static ingot_status md5_of_list(char *list, size_t size, int as_text, ingot_error *error) {
    size_t count = 0;
    for (size_t i = 0; i < size; i++) count += list[i] == '\0';
    md5_work work = {.paths = calloc(count + 1, sizeof *work.paths),
                     .digests = calloc(count + 1, sizeof *work.digests),
                     .sizes = calloc(count + 1, sizeof *work.sizes),
                     .as_text = as_text};
    ingot_status status = INGOT_OK;
    if (work.paths == NULL || work.digests == NULL || work.sizes == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory");
    } else {
        const char *path = list;
        for (size_t i = 0; i < count; i++, path += strlen(path) + 1) work.paths[i] = path;
        status = ingot_parallel((int64_t)count, ingot_cpu_count(), md5_one, &work, error);
    }
    for (size_t i = 0; status == INGOT_OK && i < count; i++) {
        char hex[33];
        ingot_hex(work.digests[i], 16, hex);
        printf("%s %llu\n", hex, (unsigned long long)work.sizes[i]);
    }
    if (status == INGOT_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        status = ingot_fail(error, INGOT_FAILED, "standard output: cannot write");
    }
    free(work.paths);
    free(work.digests);
    free(work.sizes);
    return status;
}

static ingot_status md5_files(int as_text, ingot_error *error) {
    char *list;
    size_t size;
    ingot_status status = ingot_read_file("/dev/stdin", 1 << 30, &list, &size, error);
    if (status != INGOT_OK) return status;
    status = md5_of_list(list, size, as_text, error);
    free(list);
    return status;
}

static ingot_status print_yaml(const char *path, ingot_error *error) {
    char *bytes;
    size_t size;
    json_t *value;
    ingot_status status = ingot_read_file(path, INGOT_YAML_BYTES, &bytes, &size, error);
    if (status != INGOT_OK) return status;
    status = ingot_yaml_parse(bytes, size, path, &value, error);
    free(bytes);
    if (status == INGOT_OK) status = print_line(value, error);
    return status;
}

int main(int argc, char **argv) {
    ingot_error error = {{0}};
    ingot_status status;
    if (argc == 1) {
        status = run(&error);
    } else if (strcmp(argv[1], "md5") == 0 &&
               (argc == 2 || (argc == 3 && strcmp(argv[2], "dos2unix") == 0))) {
        status = md5_files(argc == 3, &error);
    } else if (strcmp(argv[1], "yaml") == 0 && argc == 3) {
        status = print_yaml(argv[2], &error);
    } else {
        status = ingot_fail(
            &error, INGOT_USAGE,
            "takes one JSON object on standard input, "
            "{\"reader\":\"...\",\"path\":\"...\"}, and no arguments; or `md5 "
            "[dos2unix]` and paths there, each with a zero byte after it; or `yaml FILE`");
    }
    if (status != INGOT_OK) fprintf(stderr, "ingot-scan: %s\n", error.text);
    return (int)status;
}
