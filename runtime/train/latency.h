/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * latency.h: how long one call of the predict entry takes: its batch converted from stored samples
 * and computed. Decoding and features are not part of it. After INGOT_LATENCY_WARM calls that do
 * not count, INGOT_LATENCY_CALLS calls one after the other over the samples of a split in turn;
 * where they take longer than INGOT_LATENCY_SECONDS, fewer, but at least INGOT_LATENCY_LEAST.
 */
#ifndef INGOT_TRAIN_LATENCY_H
#define INGOT_TRAIN_LATENCY_H

#include "data/dataset.h"
#include "train/engine.h"

enum {
    INGOT_LATENCY_WARM = 20,
    INGOT_LATENCY_CALLS = 1000,
    INGOT_LATENCY_LEAST = 100,
    INGOT_LATENCY_SECONDS = 5
};

typedef struct ingot_latency {
    int32_t calls, batch;
    double mean, p50, p90, p99, max; /* milliseconds; a percentile is one of the calls: the first in
                                      * ascending order with at least that share up to it */
} ingot_latency;

/* `state` holds the weights (float[program->state_floats]). */
ingot_status ingot_measure_latency(const ingot_program *program, int32_t threads,
                                   const float *state, const ingot_store *store, ingot_split split,
                                   ingot_latency *latency, ingot_error *error);

#endif
