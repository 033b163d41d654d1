/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * init.c: see init.h.
 */
#include "train/init.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

/* Where element `i` of the canonical order (rows, columns) lies within the tensor's memory. A
 * tensor of higher rank counts as a matrix of its first axis by the others. */
static size_t place(const ingot_tensor *tensor, size_t rows, size_t columns, size_t i) {
    return tensor->transposed ? (i % columns) * rows + i / columns : i;
}

static size_t rows_of(const ingot_tensor *tensor) {
    return tensor->rank > 0 && tensor->shape[0] > 0 ? (size_t)tensor->shape[0] : 1;
}

void ingot_tensor_to_canonical(const ingot_tensor *tensor, const float *state, float *canonical) {
    const float *from = state + tensor->offset;
    const size_t rows = rows_of(tensor), columns = tensor->count / rows;
    if (!tensor->transposed) {
        memcpy(canonical, from, tensor->count * sizeof *canonical);
        return;
    }
    for (size_t i = 0; i < tensor->count; i++) canonical[i] = from[place(tensor, rows, columns, i)];
}

void ingot_tensor_from_canonical(const ingot_tensor *tensor, const float *canonical, float *state) {
    float *to = state + tensor->offset;
    const size_t rows = rows_of(tensor), columns = tensor->count / rows;
    if (!tensor->transposed) {
        memcpy(to, canonical, tensor->count * sizeof *to);
        return;
    }
    for (size_t i = 0; i < tensor->count; i++) to[place(tensor, rows, columns, i)] = canonical[i];
}

static float draw(const ingot_tensor *tensor, ingot_rng *rng) {
    switch (tensor->init) {
    case INGOT_INIT_UNIFORM: {
        const double value = tensor->a + (tensor->b - tensor->a) * ingot_rng_double(rng);
        const float rounded = (float)value;
        /* Rounding to float may reach b, which does not belong to the interval. */
        return rounded < (float)tensor->b ? rounded : nextafterf((float)tensor->b, -INFINITY);
    }
    case INGOT_INIT_NORMAL:
        return (float)(tensor->a + tensor->b * ingot_rng_normal(rng));
    case INGOT_INIT_CONSTANT:
        break;
    }
    return (float)tensor->a;
}

void ingot_init_state(const ingot_program *program, float *state) {
    memset(state, 0, program->state_floats * sizeof *state);
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        const size_t rows = rows_of(tensor), columns = tensor->count / rows;
        float *to = state + tensor->offset;
        ingot_rng rng = ingot_rng_make(program->training.seed, (uint32_t)t,
                                       INGOT_STREAM_RUNTIME + INGOT_STREAM_INIT);
        for (size_t i = 0; i < tensor->count; i++) {
            to[place(tensor, rows, columns, i)] = draw(tensor, &rng);
        }
    }
}
