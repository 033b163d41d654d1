/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * openblas.c: dense layers on OpenBLAS's sgemm (openblas.h).
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

void ingot_openblas_linear_forward(const ingot_openblas_linear *d, const float *x, const float *w,
                                   const float *b, float *y) {
    const int32_t outputs = d->outputs;
    if (b != NULL) { /* the product is added to the bias */
        for (int32_t n = 0; n < d->batch; n++) {
            memcpy(y + (size_t)n * (size_t)outputs, b, (size_t)outputs * sizeof *y);
        }
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, d->transposed ? CblasNoTrans : CblasTrans, d->batch,
                outputs, d->inputs, 1.0f, x, d->inputs, w, d->transposed ? outputs : d->inputs,
                b != NULL ? 1.0f : 0.0f, y, outputs);
    if (!d->relu) return;
    size_t count = (size_t)d->batch * (size_t)outputs;
    for (size_t i = 0; i < count; i++) y[i] = y[i] < 0.0f ? 0.0f : y[i]; /* a NaN stays */
}

void ingot_openblas_linear_backward_data(const ingot_openblas_linear *d, const float *dy,
                                         const float *w, float *dx) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, d->transposed ? CblasTrans : CblasNoTrans, d->batch,
                d->inputs, d->outputs, 1.0f, dy, d->outputs, w,
                d->transposed ? d->outputs : d->inputs, 0.0f, dx, d->inputs);
}

void ingot_openblas_linear_backward_weights(const ingot_openblas_linear *d, const float *x,
                                            const float *dy, float *dw, float *db) {
    if (d->transposed) {
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, d->inputs, d->outputs, d->batch, 1.0f,
                    x, d->inputs, dy, d->outputs, 0.0f, dw, d->outputs);
    } else {
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, d->outputs, d->inputs, d->batch, 1.0f,
                    dy, d->outputs, x, d->inputs, 0.0f, dw, d->inputs);
    }
    if (db == NULL) return;
    size_t outputs = (size_t)d->outputs;
    memset(db, 0, outputs * sizeof *db);
    for (int32_t n = 0; n < d->batch; n++) { /* one row after another: a fixed order */
        for (size_t o = 0; o < outputs; o++) db[o] += dy[(size_t)n * outputs + o];
    }
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
