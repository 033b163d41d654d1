/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * OpenBLAS for generated code: products of row-major float matrices whose sizes were constants when
 * the spec was compiled. Knows no model.
 *
 *   nn   y[i][j] = bias[j] + sum over l of a[i][l] b[l][j]
 *   nt   y[i][j] = bias[j] + sum over l of a[i][l] b[j][l]
 *   tn   y[i][j] = bias[j] + sum over l of a[l][i] b[l][j]      then, with relu, y = max(y, 0)
 *
 * for i < m, j < n, l < k.
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

/* Checks the core type against `core` ("SkylakeX", "Haswell"), and sets the number of threads.
 * INGOT_ENVIRONMENT where the loaded library runs another core type. */
ingot_status ingot_openblas_open(const char *core, int32_t threads, ingot_error *error);

/* bias may be NULL. y overlaps nothing. */
void ingot_openblas_nn(int32_t m, int32_t n, int32_t k, const float *a, const float *b,
                       const float *bias, int32_t relu, float *y);
void ingot_openblas_nt(int32_t m, int32_t n, int32_t k, const float *a, const float *b,
                       const float *bias, int32_t relu, float *y);
void ingot_openblas_tn(int32_t m, int32_t n, int32_t k, const float *a, const float *b,
                       const float *bias, int32_t relu, float *y);

const char *ingot_openblas_core(void);    /* "SkylakeX": what the loaded library runs */
const char *ingot_openblas_version(void); /* "0.3.21", of the loaded library */

#endif
