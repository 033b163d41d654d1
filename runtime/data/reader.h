/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * reader.h: how a data set is enumerated and decoded.
 *
 * A reader knows one layout of data on disk (a folder of audio files per class, the four idx files
 * of MNIST, ...). It lists files with the facts that go into the lock (`scan`), and opens one file
 * to yield its records as signals (`open_file`). It knows nothing of splits, models or features.
 * A reader is one file here plus its schema in generator/readers/.
 */
#ifndef INGOT_DATA_READER_H
#define INGOT_DATA_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* One file of the data set, as the lock records it. Strings are owned by whoever made the list. */
typedef struct ingot_file {
    const char *path;  /* relative to the data set's root, '/' between parts */
    const char *label; /* class by name where the layout says so (folder), else NULL */
    const char *role; /* reader's own word for what it is: "audio", "train_images", "test_labels" */
    uint64_t bytes;   /* size on disk */
    uint8_t sha256[32];    /* of the bytes on disk */
    int64_t records;       /* things in it that can be a sample: 1 for a sound, n for an idx file */
    int64_t frames;        /* audio: frames per channel; else 0 */
    int32_t rate;          /* audio: Hz; else 0 */
    int32_t channels;      /* audio: channels; images: 1; labels: 0 */
    int32_t height, width; /* images; else 0 */
    int64_t replaced;      /* texts: bytes that are no UTF-8, replaced when they are read; else 0 */
    int32_t constant;      /* 1: it holds one value only, as silence or a blank image does */
    const char *problem;   /* why it cannot be used ("not audio: ..."), NULL where it can */
    /* scan: why the config leaves out a file that could be used ("0.4 s, shorter than min_seconds,
     * 1"), else NULL. Never fatal: such a file goes to the lock's `skipped`. */
    const char *left_out;
    const char *label_file; /* images: path, as above, of the file with their labels; else NULL */
    const uint8_t *labels;  /* scan, labels files: the class index of each record; else NULL */
    const uint8_t
        *digests;        /* scan, many records: the first 8 bytes of each one's SHA-256, or NULL */
    const char *columns; /* scan, tables: what their columns hold, as JSON (data/csv.h) */
} ingot_file;

typedef enum ingot_signal_kind {
    INGOT_SIGNAL_AUDIO,
    INGOT_SIGNAL_IMAGE,
    INGOT_SIGNAL_ROW,
    INGOT_SIGNAL_TEXT
} ingot_signal_kind;

/* What a record decodes to. Valid until the next call on its source. */
typedef struct ingot_signal {
    ingot_signal_kind kind;
    /* image: bytes [channels][height][width] */
    const uint8_t *pixels;
    int32_t channels, height, width;
    /* audio: a stream, read once from front to back */
    int32_t rate;   /* Hz */
    int64_t frames; /* as the header says; -1 where it does not */
    /* Reads up to `frames` frames of interleaved float [-1, 1] into `to`; *got == 0 at the end.
     * Fails on a decoding error or a NaN, naming the file and the frame. */
    ingot_status (*read)(struct ingot_signal *signal, float *to, int64_t frames, int64_t *got,
                         ingot_error *error);
    void *state; /* the reader's */
    /* row of a table: the texts of the columns that are features, NULL where a value is missing */
    const char *const *cells;
    int32_t cell_count;
    int64_t line; /* it begins in, from 1; of texts too, 0 where the file is the text */
    /* text: UTF-8 without fault, no zero byte at its end. What was none in the file has become
     * U+FFFD, `replaced` times. */
    const char *text;
    size_t length; /* bytes */
    int64_t replaced;
    const float *targets; /* regression: the numbers to predict, NULL where the row has none */
} ingot_signal;

struct ingot_known;

typedef struct ingot_source ingot_source; /* one open file; each reader has its own */

/* Called by scan once per file, in ascending byte order of path. Non-OK stops the scan. */
typedef ingot_status (*ingot_file_sink)(void *user, const ingot_file *file, ingot_error *error);

/* Called by list once per file, in ascending byte order of path. Non-OK stops it. */
typedef ingot_status (*ingot_path_sink)(void *user, const char *path, ingot_error *error);

typedef struct ingot_reader {
    const char *name; /* "audio_folder" */
    ingot_signal_kind yields;
    /* Lists the files under `root`, hashing each (in parallel). Files that cannot be used are
     * listed with `problem` set; whether that is fatal is the caller's decision. Fails for a
     * missing root, an empty class folder, or a layout that is not this reader's. What `known`
     * (known.h; may be NULL) has of a file need not be found out again. */
    ingot_status (*scan)(const void *config, const char *root, struct ingot_known *known,
                         ingot_file_sink sink, void *user, ingot_error *error);
    /* Opens one file by its full path. `label_path` is the full path of the file that holds its
     * labels where the layout keeps them apart (idx), else NULL. */
    ingot_status (*open_file)(const void *config, const char *path, const char *label_path,
                              ingot_source **source, ingot_error *error);
    int64_t (*records)(const ingot_source *source);
    /* label: the record's class where the file itself knows it (idx with label_path), else -1 */
    ingot_status (*read)(ingot_source *source, int64_t record, ingot_signal *signal, int32_t *label,
                         ingot_error *error);
    void (*close_file)(ingot_source *source); /* NULL is fine */
    /* The paths that scan would list, without opening the files: what tells a run that a file was
     * added since the lock was written. NULL: scan itself is used for it, which is slower. */
    ingot_status (*list)(const void *config, const char *root, ingot_path_sink sink, void *user,
                         ingot_error *error);
    /* open_file for bytes that are in memory and stay there until close_file: what was hashed is
     * then what is decoded. `path` is for messages. NULL: the reader needs the file itself. */
    ingot_status (*open_bytes)(const void *config, const char *path, const uint8_t *bytes,
                               size_t size, ingot_source **source, ingot_error *error);
    /* texts: a line of standard input (without its end) as a source of one record: a text, or,
     * where it begins with '{', a JSON object that has the text. Messages do not name the line.
     * NULL: lines are paths of files. */
    ingot_status (*open_line)(const void *config, const char *line, size_t size,
                              ingot_source **source, ingot_error *error);
} ingot_reader;

/* Each reader also has, for the scanner (runtime/tools/scan.c, docs/lock.md),
 *     ingot_status ingot_<name>_configure(const json_t *options, void **config, ingot_error *);
 * which makes a config on the heap from the spec's fields (INGOT_USAGE for an unknown or wrong
 * one); free(*config) releases it whole: its strings lie behind it in the same block. */
extern const ingot_reader ingot_reader_audio_folder; /* config: ingot_audio_folder_config */
extern const ingot_reader ingot_reader_idx;          /* config: ingot_idx_config */
extern const ingot_reader ingot_reader_image_folder; /* config: ingot_image_folder_config */
extern const ingot_reader ingot_reader_csv;          /* config: ingot_csv_config */
extern const ingot_reader ingot_reader_text_folder;  /* config: ingot_text_folder_config */
extern const ingot_reader ingot_reader_text_table;   /* config: ingot_text_table_config */

#endif
