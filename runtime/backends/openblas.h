/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * OpenBLAS for generated code: the three products of a dense layer, shapes constant, all tensors
 * row-major float. Knows no model.
 *
 *   y[n][o] = b[o] + sum over i of x[n][i] w[o][i],
 *   dx[n][i] = sum over o of dy[n][o] w[o][i],   dw[o][i] = sum over n of dy[n][o] x[n][i].
 *
 * OpenBLAS chooses its kernels before main, from the CPU or from OPENBLAS_CORETYPE; the runtime
 * sees to it that this is the core type of the program (program.h, openblas_core), and
 * ingot_openblas_open refuses another. Bits are the same from run to run with the same core type
 * and number of threads. Debian's OpenBLAS has threads of its own, apart from those of OpenMP.
 */
#ifndef INGOT_BACKENDS_OPENBLAS_H
#define INGOT_BACKENDS_OPENBLAS_H

#include <stdint.h>

#include "base/error.h"

typedef struct ingot_openblas_linear {
    int32_t batch, inputs, outputs;
    int32_t transposed; /* w and dw: 0 [outputs][inputs], 1 [inputs][outputs] */
    int32_t relu;       /* forward only: y = max(y, 0) */
} ingot_openblas_linear;

/* Checks the core type against `core` ("SkylakeX", "Haswell"), and sets the number of threads.
 * INGOT_ENVIRONMENT where the loaded library runs another core type. */
ingot_status ingot_openblas_open(const char *core, int32_t threads, ingot_error *error);

/* b and db may be NULL. Outputs do not overlap inputs. */
void ingot_openblas_linear_forward(const ingot_openblas_linear *linear, const float *x,
                                   const float *w, const float *b, float *y);
void ingot_openblas_linear_backward_data(const ingot_openblas_linear *linear, const float *dy,
                                         const float *w, float *dx);
void ingot_openblas_linear_backward_weights(const ingot_openblas_linear *linear, const float *x,
                                            const float *dy, float *dw, float *db);

const char *ingot_openblas_core(void);    /* "SkylakeX": what the loaded library runs */
const char *ingot_openblas_version(void); /* "0.3.21", of the loaded library */

#endif
