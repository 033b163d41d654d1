/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * openblas.c: matrix products on OpenBLAS's sgemm (openblas.h).
 */
#include "backends/openblas.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cblas.h>

ingot_status ingot_openblas_open(const char *core, int32_t threads, ingot_error *error) {
    if (strcasecmp(core, ingot_openblas_core()) != 0) {
        return ingot_fail(error, INGOT_ENVIRONMENT,
                          "OpenBLAS %s runs its %s kernels, the program was built for %s",
                          ingot_openblas_version(), ingot_openblas_core(), core);
    }
    openblas_set_num_threads(threads);
    return INGOT_OK;
}

static void product(CBLAS_TRANSPOSE turn_a, CBLAS_TRANSPOSE turn_b, int32_t m, int32_t n, int32_t k,
                    const float *a, const float *b, const float *bias, int32_t relu, float *y) {
    for (int32_t i = 0; bias != NULL && i < m; i++) { /* the product is added to the bias */
        memcpy(y + (size_t)i * (size_t)n, bias, (size_t)n * sizeof *y);
    }
    cblas_sgemm(CblasRowMajor, turn_a, turn_b, m, n, k, 1.0f, a, turn_a == CblasTrans ? m : k, b,
                turn_b == CblasTrans ? k : n, bias != NULL ? 1.0f : 0.0f, y, n);
    if (!relu) return;
    size_t count = (size_t)m * (size_t)n;
    for (size_t i = 0; i < count; i++) y[i] = y[i] < 0.0f ? 0.0f : y[i]; /* a NaN stays */
}

void ingot_openblas_nn(int32_t m, int32_t n, int32_t k, const float *a, const float *b,
                       const float *bias, int32_t relu, float *y) {
    product(CblasNoTrans, CblasNoTrans, m, n, k, a, b, bias, relu, y);
}

void ingot_openblas_nt(int32_t m, int32_t n, int32_t k, const float *a, const float *b,
                       const float *bias, int32_t relu, float *y) {
    product(CblasNoTrans, CblasTrans, m, n, k, a, b, bias, relu, y);
}

void ingot_openblas_tn(int32_t m, int32_t n, int32_t k, const float *a, const float *b,
                       const float *bias, int32_t relu, float *y) {
    product(CblasTrans, CblasNoTrans, m, n, k, a, b, bias, relu, y);
}

const char *ingot_openblas_core(void) {
    return openblas_get_corename();
}

const char *ingot_openblas_version(void) {
    static char text[32]; /* written with the same bytes by every call */
    /* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." */
    if (sscanf(openblas_get_config(), "OpenBLAS %31s", text) != 1) return "unknown";
    return text;
}
