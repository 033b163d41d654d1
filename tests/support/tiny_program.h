/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * tiny_program.h: a program as the generator would emit it, small enough to write by hand: softmax
 * regression of 6 bytes on 3 classes, SGD with momentum, batch 8 with a tail of 2, weights that lie
 * transposed, a buffer, a prepared block. With tiny_store.c, which makes up its data, the training
 * loop and the command line can be tested without the generator and without a data set on disk.
 *
 * Its data: 50 training samples, 10 for validation, 12 for test; every test item has 3 samples,
 * every other one. A file that it predicts holds 6 bytes a sample; "*.many" files hold one record
 * for each 6 bytes, others one record of all samples.
 */
#ifndef TINY_PROGRAM_H
#define TINY_PROGRAM_H

#include "program.h"

enum {
    TINY_INPUTS = 6,
    TINY_CLASSES = 3,
    TINY_BATCH = 8,
    TINY_TAIL = 2,
    TINY_TRAIN = 50,
    TINY_VALIDATION = 10,
    TINY_TEST = 12,
    TINY_TEST_SEGMENTS = 3
};

/* What goes wrong on purpose. Negative: never. */
typedef struct tiny_fault {
    int64_t nan_at_step;     /* the softmax of this step gives NaN */
    int64_t inf_weight_step; /* this step's update puts an infinity into fc.bias */
    int64_t nan_sample;      /* this sample's input holds a NaN */
    int64_t signal_at_step;  /* this step raises SIGINT */
    int64_t kill_at_step;    /* this step raises SIGKILL */
} tiny_fault;
extern tiny_fault tiny;
void tiny_reset(void);

/* How many entries are open; to see that what is opened is closed. */
extern int tiny_open_entries;

/* The class and the bytes of a sample of the store. */
int32_t tiny_label(int64_t sample);
void tiny_bytes(int64_t sample, uint8_t bytes[TINY_INPUTS]);

extern const struct ingot_reader tiny_reader;
extern const struct ingot_features tiny_features;

#endif
