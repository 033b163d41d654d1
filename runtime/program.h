/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * program.h: the contract between generated code and the runtime, and the only header both read.
 *
 * Generated code defines exactly one `const ingot_program ingot_the_program`. It holds what was
 * decided when the spec was compiled: shapes, offsets, schedules, entries. The runtime owns the
 * memory and the loop, and knows no model; generated code owns the arithmetic, and decides nothing.
 *
 * Memory. One arena (activations, gradients, the batch's input; planned, offsets are constants,
 * nothing in it outlives a call), one state block (parameters, buffers such as running means,
 * optimizer state; lives as long as the program), one prepared block per inference entry (what an
 * inference entry derives once from the state: folded weights). Backends keep scratchpads and
 * packed weights in memory of their own, sized when an entry is opened.
 */
#ifndef INGOT_PROGRAM_H
#define INGOT_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* ------------------------------------------------------------------ what a step works on */

typedef struct ingot_machine {
    unsigned char *arena; /* 64-byte aligned; the largest arena_bytes of the open entries */
    float *state;         /* 64-byte aligned; state_floats of the program */
    float *prepared;      /* 64-byte aligned; prepared_floats of the entry being run */
    void *backend;        /* what entry->open made for the entry being run */
    int32_t threads;      /* OpenMP threads; fixed for the life of the process */
    uint32_t epoch;       /* from 0; with seed, step and node the key of the counter-based RNG */
    uint64_t step;        /* from 0, over all epochs */
    uint64_t updates;     /* made before this one: with gathered gradients fewer than steps */
    uint64_t seed;        /* the spec's train.seed */
    float learning_rate;  /* of this step, from the program's schedule */
    int32_t gathered;     /* samples behind this update: those of its group of batches */
} ingot_machine;

/* Where a tensor lies, and whether its numbers are float or bf16 (the upper halves of floats).
 * Offsets count bytes in the arena, floats in state and prepared. */
typedef enum ingot_space {
    INGOT_ARENA,
    INGOT_STATE,
    INGOT_PREPARED,
    INGOT_ARENA_BF16,
    INGOT_PREPARED_BF16
} ingot_space;

typedef struct ingot_span {
    const char *name; /* "layer1.0.bn1.y" */
    ingot_space space;
    size_t offset;
    size_t count; /* numbers, padding of blocked layouts included */
} ingot_span;

/* One call of an entry, for profiles and for finding the first non-finite value. */
typedef struct ingot_node {
    const char *path;   /* layer path: "layer1.0.conv1" */
    const char *op;     /* "conv2d+relu" */
    const char *kernel; /* "onednn", "openblas", "c" ... */
    void (*run)(ingot_machine *machine);
    double flops; /* useful floating point operations in a call of the entry */
    double bytes; /* bytes read and written at least once */
    int32_t output_count;
    const ingot_span *outputs;
} ingot_node;

/* An entry graph: one function with a fixed batch. */
typedef struct ingot_entry {
    const char *name; /* "train_step", "train_step_tail", "backbone", "evaluate_step", "predict" */
    int32_t batch;    /* samples per call; all of them are computed */
    /* compute works through the batch in `parts` parts, and a node of the table computes one; 0 is
     * 1. `slots` of them at once, each by a thread in slot_bytes of the arena, where that is more
     * than 1; else all threads work on one part. */
    int32_t parts, slots;
    size_t slot_bytes;
    size_t arena_bytes;
    size_t prepared_floats;
    /* Arena byte offsets; SIZE_MAX where the entry has none. Inputs: float x[batch][channels]
     * [height][width], or int32_t x[batch][width] (ingot_data.row_cells), and, in training, what it
     * is compared with: int32_t labels[batch], with mixed
     * samples also int32_t labels2[batch] and float mix[batch] (the target is mix of the first
     * class and 1 - mix of the second), or, in regression, float targets[batch][outputs]. */
    size_t x, labels, labels2, mix, targets;
    /* Outputs: float logits[batch][outputs], float probabilities[batch][outputs] (inference: what a
     * prediction says; in regression the predicted numbers), float loss[1] (training: the mean over
     * the batch), float gradient_norm[1] (training with train.clip_gradient_norm: the norm before
     * clipping, there after update). */
    size_t logits, probabilities, loss, gradient_norm;
    /* Node table: [0, prepare_nodes) derive constants from the state (inference), then
     * [prepare_nodes, update_node) compute, then [update_node, node_count) change the state; where
     * gradients are gathered over batches, its last node does that. */
    int32_t prepare_nodes, update_node, node_count;
    const ingot_node *nodes;
    /* Creates primitives and backend memory in machine->backend. NULL where nothing is needed. */
    ingot_status (*open)(ingot_machine *machine, ingot_error *error);
    void (*close)(ingot_machine *machine);
    /* The same calls as the table, straight-line. prepare and update are NULL where empty.
     * In training the runtime calls compute, looks at the loss, and only then calls update. */
    void (*prepare)(ingot_machine *machine);
    void (*compute)(ingot_machine *machine);
    void (*update)(ingot_machine *machine);
    /* Adds the batch's gradients to those gathered. Where it is there, it is called in place of
     * update after every batch but the last of a group (train.accumulate). */
    void (*accumulate)(ingot_machine *machine);
} ingot_entry;

/* ------------------------------------------------------------------ persistent tensors */

typedef enum ingot_role { INGOT_PARAMETER, INGOT_BUFFER, INGOT_OPTIMIZER } ingot_role;

typedef enum ingot_init_kind {
    INGOT_INIT_CONSTANT, /* a: the value */
    INGOT_INIT_UNIFORM,  /* uniform in [a, b) */
    INGOT_INIT_NORMAL    /* mean a, standard deviation b */
} ingot_init_kind;

typedef struct ingot_tensor {
    const char *name; /* as saved: "layer1.0.conv1.weight" */
    ingot_role role;
    int32_t rank;
    int32_t shape[6]; /* as saved: canonical order of the reference framework */
    /* Order in memory: 0 as saved; 1 a matrix (rows, columns) lies transposed in memory. */
    int32_t transposed;
    size_t offset; /* floats from the start of state */
    size_t count;  /* floats */
    ingot_init_kind init;
    double a, b;
} ingot_tensor;

/* ------------------------------------------------------------------ data and features */

struct ingot_reader;   /* runtime/data/reader.h: enumerates and decodes a data set */
struct ingot_features; /* runtime/data/features.h: turns a decoded item into samples */
struct ingot_loading;  /* runtime/data/augment.h: what is done to samples when they are loaded */
struct ingot_fit;      /* runtime/data/fit.h: what is fitted on the training split */

typedef enum ingot_split { INGOT_TRAIN, INGOT_VALIDATION, INGOT_TEST, INGOT_SPLITS } ingot_split;

typedef struct ingot_data {
    const struct ingot_reader *reader;
    const void *reader_config; /* the reader's own struct, e.g. ingot_audio_folder_config */
    const char *path;          /* as in the spec, relative to the working directory */
    const struct ingot_features *features;
    const void *features_config;     /* the features' own struct */
    const char *features_key;        /* hex SHA-256 of features, reader, data digest, DSP code */
    int32_t channels, height, width; /* of a sample as the model sees it */
    int32_t stored_channels;         /* as cached: 1 where features are repeated to `channels` */
    int32_t stored_u8;               /* 1: cached as bytes, 0: as floats */
    float scale[4], shift[4];        /* per stored channel: value = stored * scale + shift */
    int64_t items[INGOT_SPLITS];     /* files or records, from the lock */
    int64_t samples[INGOT_SPLITS];   /* model inputs (segments), from the lock */
    const struct ingot_loading *loading; /* NULL: samples are cached and trained on as they are */
    const struct ingot_fit
        *fit;           /* data/fit.h: what is fitted on the training split; NULL: nothing */
    int32_t regression; /* 1: numbers are predicted, and the program's classes are their names */
    /* 0: a sample is numbers. Else it is a row of integers, int32_t[width] (channels and height are
     * 1), cached and given to the model as it is: cell 0 has how many entries there are, then come
     * the entries of `row_cells` cells each, then padding. 1: ids, padded with whatever the
     * features say; 2: sparse vectors: an index, ascending, and the bits of a float; padded with 0.
     */
    int32_t row_cells;
    int32_t row_limit;     /* ids and indices are below it */
    int32_t row_entries;   /* of a usual row: what `bench` computes with */
    int32_t predict_width; /* cells of a row in the entry `predict`, which may hold more entries
                            * than any text of the data set has; 0: width */
} ingot_data;

/* ------------------------------------------------------------------ training */

typedef struct ingot_training {
    int32_t epochs, batch;
    int32_t shuffle;
    int32_t drop_last; /* 1: the incomplete last batch is left out */
    int64_t steps_per_epoch;
    uint64_t seed;
    const float *learning_rates; /* one per epoch, or one per step */
    int64_t learning_rate_count; /* epochs or epochs * steps_per_epoch */
    int32_t learning_rate_per_step;
} ingot_training;

/* ------------------------------------------------------------------ the program */

struct ingot_track; /* runtime/track/track.h: where runs are recorded */

typedef struct ingot_library {
    const char *name, *version, *licence;
    const char *(*loaded_version)(void); /* what is loaded now; NULL where nobody can tell */
} ingot_library;

struct ingot_slices; /* runtime/report/slices.h: parts of the items, measured on their own */

struct ingot_gate; /* runtime/report/gate.h: what the test split must reach */

typedef struct ingot_blob {
    const unsigned char *begin, *end;
} ingot_blob;

typedef struct ingot_program {
    const char *name;  /* "resnet18_sgd" */
    const char *stamp; /* 64 hex digits */
    const char *isa;   /* "x86-64-v4" */
    int32_t threads;   /* of the spec; --threads overrides it and the manifest of a run says so */
    /* Whether OpenBLAS is linked, and the core type it must use: it is chosen before main from the
     * environment, so the runtime restarts itself once where it differs. NULL: not linked. */
    const char *openblas_core;
    int32_t classes;
    const char *const *class_names;
    ingot_data data;
    ingot_training training;
    size_t state_floats;
    int64_t parameters; /* trainable scalars */
    int32_t tensor_count;
    const ingot_tensor *tensors;
    const ingot_entry *train_step, *train_step_tail; /* tail NULL: no incomplete last batch */
    const ingot_entry *evaluate_step, *predict;
    const struct ingot_train_policy *policy; /* train/policy.h; NULL: ingot_train_defaults */
    const struct ingot_gate *gate;           /* NULL: none */
    const struct ingot_slices *slices;       /* NULL: none */
    const struct ingot_track *track;         /* NULL: the spec says nothing of it */
    const struct ingot_pretrained
        *pretrained; /* train/pretrained.h; NULL: training starts afresh */
    /* train/backbone.h: training steps read what this entry gave for a sample; NULL: samples */
    const struct ingot_backbone *backbone;
    int32_t library_count;
    const ingot_library *libraries;
    ingot_blob manifest, spec, lock, sources; /* the ELF sections .ingot.* */
} ingot_program;

extern const ingot_program ingot_the_program;

#endif
