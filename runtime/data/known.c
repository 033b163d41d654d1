/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * known.c: see known.h.
 */
#include "data/known.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/sha256.h"

typedef struct fact {
    const char *path;
    ingot_seen seen;
    ingot_file file; /* its texts and `path` lie in `line` or in ingot_known.text */
    char *line;      /* from malloc; NULL for those of the file of facts */
    int used;
} fact;

struct ingot_known {
    char *path, *what;
    char *text;      /* the file of facts, cut into strings */
    fact *old, *now; /* as read, in order of path; kept since */
    int64_t old_count, now_count, now_room;
    int64_t hits;
    pthread_mutex_t mutex;
};

/* ------------------------------------------------------------------ a file's state */

static int64_t nanoseconds(struct timespec t) {
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void ingot_seen_take(const char *path, ingot_seen *seen) {
    struct stat facts;
    struct timespec now;
    *seen = (ingot_seen){0};
    clock_gettime(CLOCK_REALTIME, &now);
    seen->taken = nanoseconds(now);
    if (stat(path, &facts) != 0) return;
    seen->device = (uint64_t)facts.st_dev;
    seen->inode = (uint64_t)facts.st_ino;
    seen->size = (uint64_t)facts.st_size;
    seen->modified = nanoseconds(facts.st_mtim);
    seen->changed = nanoseconds(facts.st_ctim);
    seen->there = 1;
}

static int same(const ingot_seen *a, const ingot_seen *b) {
    return a->there == b->there && a->device == b->device && a->inode == b->inode &&
           a->size == b->size && a->modified == b->modified && a->changed == b->changed;
}

int ingot_seen_holds(const char *path, const ingot_seen *seen) {
    ingot_seen now;
    ingot_seen_take(path, &now);
    return same(&now, seen);
}

/* ------------------------------------------------------------------ reading */

/* The field at *at, ended by `end`, which becomes 0; NULL where there is none. */
static char *field(char **at, char end) {
    char *begin = *at, *stop = strchr(begin, end);
    if (stop == NULL) return NULL;
    *stop = 0;
    *at = stop + 1;
    return begin;
}

/* A whole number from 0; 0 where it is none. */
static int number(char **at, int64_t most, int64_t *value) {
    char *end, *text = field(at, '\t');
    if (text == NULL || *text < '0' || *text > '9') return 0;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return errno == 0 && *end == 0 && *value <= most;
}

/* One line, cut in place. 0 where it is not one of ours. */
static int read_fact(char **at, fact *to) {
    int64_t v[12];
    *to = (fact){0};
    to->path = field(at, '\t');
    if (to->path == NULL || to->path[0] == 0) return 0;
    for (int i = 0; i < 5; i++) {
        if (!number(at, INT64_MAX, &v[i])) return 0;
    }
    const char *sha256 = field(at, '\t');
    if (sha256 == NULL || !ingot_sha256_from_hex(sha256, strlen(sha256), to->file.sha256)) return 0;
    for (int i = 5; i < 12; i++) {
        if (!number(at, i < 7 || i == 11 ? INT64_MAX : INT32_MAX, &v[i])) return 0;
    }
    const char *letter = field(at, '\t'), *text = letter != NULL ? field(at, '\n') : NULL;
    if (text == NULL || letter[0] == 0 || letter[1] != 0) return 0;
    to->seen = (ingot_seen){.device = (uint64_t)v[0],
                            .inode = (uint64_t)v[1],
                            .size = (uint64_t)v[2],
                            .modified = v[3],
                            .changed = v[4],
                            .there = 1};
    to->file.bytes = to->seen.size;
    to->file.records = v[5];
    to->file.frames = v[6];
    to->file.rate = (int32_t)v[7];
    to->file.channels = (int32_t)v[8];
    to->file.height = (int32_t)v[9];
    to->file.width = (int32_t)v[10];
    to->file.replaced = v[11];
    if (letter[0] == 'P') to->file.problem = text;
    if (letter[0] == 'L') to->file.left_out = text;
    to->file.constant = letter[0] == 'C';
    return letter[0] == 'P' || letter[0] == 'L' || letter[0] == 'C' || letter[0] == '-';
}

/* Whether the text ends with the digest of what comes before it; cuts that off. */
static int whole(char *text, size_t *size) {
    const size_t tail = 7 + 64 + 1; /* "sha256\t" and the digest */
    uint8_t said[32], is[32];
    if (*size < tail || strlen(text) != *size) return 0;
    char *at = text + *size - tail;
    if (memcmp(at, "sha256\t", 7) != 0 || at[tail - 1] != '\n' ||
        !ingot_sha256_from_hex(at + 7, 64, said))
        return 0;
    if (ingot_sha256_of(text, *size - tail, is, NULL) != INGOT_OK || memcmp(said, is, 32) != 0) {
        return 0;
    }
    *at = 0;
    *size -= tail;
    return 1;
}

/* Takes what the file of facts says, where all of it can be believed. */
static void believe(ingot_known *known, char *text, size_t size) {
    char *at = text;
    if (!whole(text, &size)) return;
    const char *head = field(&at, '\t'), *what = head != NULL ? field(&at, '\n') : NULL;
    if (what == NULL || strcmp(head, "ingot-known 3") != 0 || strcmp(what, known->what) != 0)
        return;
    int64_t lines = 0;
    for (const char *c = at; (c = strchr(c, '\n')) != NULL; c++) lines++;
    fact *facts = calloc((size_t)lines + 1, sizeof *facts);
    int64_t count = 0;
    while (facts != NULL && *at != 0 && count < lines) {
        const int fine = read_fact(&at, &facts[count]);
        if (!fine || (count > 0 && strcmp(facts[count - 1].path, facts[count].path) >= 0)) {
            free(facts);
            return;
        }
        count++;
    }
    known->old = facts;
    known->old_count = facts != NULL ? count : 0;
}

ingot_status ingot_known_open(const char *path, const char *what, int fresh, ingot_known **known,
                              ingot_error *error) {
    ingot_known *made = calloc(1, sizeof *made);
    *known = NULL;
    if (made != NULL) {
        pthread_mutex_init(&made->mutex, NULL);
        made->path = strdup(path);
        made->what = strdup(what);
    }
    if (made == NULL || made->path == NULL || made->what == NULL) {
        ingot_known_close(made);
        return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    }
    size_t size;
    if (!fresh && ingot_read_file(path, (size_t)1 << 32, &made->text, &size, NULL) == INGOT_OK) {
        believe(made, made->text, size);
    }
    *known = made;
    return INGOT_OK;
}

void ingot_known_close(ingot_known *known) {
    if (known == NULL) return;
    for (int64_t i = 0; i < known->now_count; i++) free(known->now[i].line);
    pthread_mutex_destroy(&known->mutex);
    free(known->now);
    free(known->old);
    free(known->text);
    free(known->what);
    free(known->path);
    free(known);
}

/* ------------------------------------------------------------------ finding and keeping */

static int by_path(const void *a, const void *b) {
    return strcmp(((const fact *)a)->path, ((const fact *)b)->path);
}

int ingot_known_find(ingot_known *known, const char *path, const char *full, ingot_seen *seen,
                     ingot_file *file) {
    ingot_seen_take(full, seen);
    if (known == NULL || known->old_count == 0 || !seen->there) return 0;
    const fact wanted = {.path = path};
    fact *found = bsearch(&wanted, known->old, (size_t)known->old_count, sizeof wanted, by_path);
    if (found == NULL || !same(&found->seen, seen)) return 0;
    const ingot_file *of = &found->file;
    memcpy(file->sha256, of->sha256, sizeof file->sha256);
    file->bytes = of->bytes;
    file->records = of->records;
    file->frames = of->frames;
    file->rate = of->rate;
    file->channels = of->channels;
    file->height = of->height;
    file->width = of->width;
    file->replaced = of->replaced;
    file->problem = of->problem;
    file->left_out = of->left_out;
    file->constant = of->constant;
    pthread_mutex_lock(&known->mutex);
    found->used = 1;
    known->hits++;
    pthread_mutex_unlock(&known->mutex);
    return 1;
}

static int is_plain(const char *text) {
    for (; *text != 0; text++) {
        if ((unsigned char)*text < 0x20) return 0;
    }
    return 1;
}

/* A copy of path and text behind each other. */
static int copy_texts(fact *to, const char *path, const ingot_file *file) {
    const char *text = file->problem != NULL ? file->problem : file->left_out;
    if (!is_plain(path) || (text != NULL && !is_plain(text))) return 0;
    const size_t length = strlen(path) + 1, more = text != NULL ? strlen(text) + 1 : 0;
    to->line = malloc(length + more);
    if (to->line == NULL) return 0;
    memcpy(to->line, path, length);
    if (text != NULL) memcpy(to->line + length, text, more);
    to->path = to->line;
    if (file->problem != NULL) to->file.problem = to->line + length;
    if (file->left_out != NULL) to->file.left_out = to->line + length;
    return 1;
}

/* What cannot be kept, for want of memory or because its name is no line, is read again. */
static void add(ingot_known *known, const char *path, const ingot_seen *seen,
                const ingot_file *file) {
    fact one = {.seen = *seen, .file = *file, .used = 1};
    if (!copy_texts(&one, path, file)) return;
    pthread_mutex_lock(&known->mutex);
    if (known->now_count == known->now_room) {
        const int64_t room = known->now_room > 0 ? 2 * known->now_room : 1024;
        fact *more = realloc(known->now, (size_t)room * sizeof *more);
        if (more != NULL) {
            known->now = more;
            known->now_room = room;
        }
    }
    if (known->now_count < known->now_room) {
        known->now[known->now_count++] = one;
    } else {
        free(one.line);
    }
    pthread_mutex_unlock(&known->mutex);
}

ingot_status ingot_known_keep(ingot_known *known, const char *path, const char *full,
                              const ingot_seen *seen, const ingot_file *file, ingot_error *error) {
    if (!ingot_seen_holds(full, seen)) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s: changed while it was read; try again when nothing writes to it",
                          full);
    }
    const int64_t latest = seen->modified > seen->changed ? seen->modified : seen->changed;
    if (known == NULL || !seen->there || file->bytes != seen->size || seen->modified < 0 ||
        latest > seen->taken - INGOT_KNOWN_RACY) {
        return INGOT_OK;
    }
    add(known, path, seen, file);
    return INGOT_OK;
}

int64_t ingot_known_hits(const ingot_known *known) {
    return known->hits;
}

/* ------------------------------------------------------------------ writing */

/* What is written is hashed on its way. */
typedef struct output {
    ingot_writer to;
    ingot_sha256 hash;
} output;

static ingot_status put(output *out, const char *text, ingot_error *error) {
    const ingot_status status = ingot_sha256_add(&out->hash, text, strlen(text), error);
    return status == INGOT_OK ? ingot_writer_add(&out->to, text, strlen(text), error) : status;
}

static ingot_status write_fact(output *out, const fact *one, ingot_error *error) {
    const ingot_file *f = &one->file;
    char sha256[65], line[512];
    ingot_hex(f->sha256, 32, sha256);
    const char *text = f->problem != NULL ? f->problem : f->left_out != NULL ? f->left_out : "";
    const char *letter = f->problem != NULL    ? "P"
                         : f->left_out != NULL ? "L"
                         : f->constant         ? "C"
                                               : "-";
    snprintf(line, sizeof line,
             "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRId64 "\t%" PRId64 "\t%s\t%" PRId64
             "\t%" PRId64 "\t%d\t%d\t%d\t%d\t%" PRId64 "\t%s\t",
             one->seen.device, one->seen.inode, one->seen.size, one->seen.modified,
             one->seen.changed, sha256, f->records, f->frames, f->rate, f->channels, f->height,
             f->width, f->replaced, letter);
    ingot_status status = put(out, one->path, error);
    if (status == INGOT_OK) status = put(out, line, error);
    if (status == INGOT_OK) status = put(out, text, error);
    return status == INGOT_OK ? put(out, "\n", error) : status;
}

static ingot_status write_all(const ingot_known *known, const fact *all, int64_t count, output *out,
                              ingot_error *error) {
    uint8_t digest[32];
    char head[320], hex[65], end[80];
    snprintf(head, sizeof head, "ingot-known 3\t%s\n", known->what);
    ingot_status status = put(out, head, error);
    for (int64_t i = 0; status == INGOT_OK && i < count; i++) {
        status = write_fact(out, &all[i], error);
    }
    if (status != INGOT_OK) {
        (void)ingot_sha256_end(&out->hash, NULL, NULL);
        return status;
    }
    status = ingot_sha256_end(&out->hash, digest, error);
    if (status != INGOT_OK) return status;
    ingot_hex(digest, sizeof digest, hex);
    snprintf(end, sizeof end, "sha256\t%s\n", hex);
    return ingot_writer_add(&out->to, end, strlen(end), error);
}

static ingot_status make_folder(const char *path, ingot_error *error) {
    char *folder = strdup(path), *slash = folder != NULL ? strrchr(folder, '/') : NULL;
    ingot_status status = INGOT_OK;
    if (folder == NULL) status = ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    if (slash != NULL && slash != folder) {
        *slash = 0;
        status = ingot_make_directories(folder, error);
    }
    free(folder);
    return status;
}

ingot_status ingot_known_save(ingot_known *known, ingot_error *error) {
    if (known->now_count == 0 && known->hits == known->old_count) return INGOT_OK; /* as it is */
    fact *all = calloc((size_t)(known->old_count + known->now_count) + 1, sizeof *all);
    int64_t count = 0;
    if (all == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", known->path);
    for (int64_t i = 0; i < known->old_count; i++) {
        if (known->old[i].used) all[count++] = known->old[i];
    }
    for (int64_t i = 0; i < known->now_count; i++) all[count++] = known->now[i];
    qsort(all, (size_t)count, sizeof *all, by_path);
    output out = {0};
    ingot_status status = ingot_sha256_begin(&out.hash, error);
    if (status == INGOT_OK) {
        status = make_folder(known->path, error);
        if (status == INGOT_OK) status = ingot_writer_open(&out.to, known->path, error);
        if (status == INGOT_OK) {
            status = write_all(known, all, count, &out, error);
        } else {
            (void)ingot_sha256_end(&out.hash, NULL, NULL);
        }
    }
    if (status == INGOT_OK) {
        status = ingot_writer_commit(&out.to, error);
    } else {
        ingot_writer_abort(&out.to); /* opened or not */
    }
    free(all);
    return status;
}
