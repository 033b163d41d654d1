/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * resample.c: see resample.h. soxr runs on the calling thread.
 */
#include "dsp/resample.h"

#include <soxr.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 4096  /* frames handed to soxr at once */
#define OUTPUT 8192 /* frames taken from it at once */

struct ingot_resampler {
    soxr_t soxr; /* NULL where the rates are equal */
    int32_t from_rate, to_rate;
    size_t held; /* frames in `block` */
    float block[BLOCK];
    float output[OUTPUT];
};

ingot_status ingot_resampler_new(int32_t from_rate, int32_t to_rate, ingot_resampler **to,
                                 ingot_error *error) {
    *to = NULL;
    if (from_rate < 1 || to_rate < 1 || from_rate > 100000000 || to_rate > 100000000) {
        return ingot_fail(error, INGOT_FAILED, "cannot resample from %d Hz to %d Hz", from_rate,
                          to_rate);
    }
    ingot_resampler *resampler = malloc(sizeof *resampler);
    if (resampler == NULL) return ingot_fail(error, INGOT_FAILED, "resampler: out of memory");
    resampler->soxr = NULL;
    resampler->from_rate = from_rate;
    resampler->to_rate = to_rate;
    resampler->held = 0;
    if (from_rate != to_rate) {
        soxr_error_t problem = NULL;
        const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
        const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
        const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
        resampler->soxr = soxr_create(from_rate, to_rate, 1, &problem, &io, &quality, &runtime);
        if (problem != NULL || resampler->soxr == NULL) {
            free(resampler);
            return ingot_fail(error, INGOT_FAILED, "cannot resample from %d Hz to %d Hz: %s",
                              from_rate, to_rate, problem ? problem : "soxr gave no reason");
        }
    }
    *to = resampler;
    return INGOT_OK;
}

void ingot_resampler_free(ingot_resampler *resampler) {
    if (resampler == NULL) return;
    if (resampler->soxr != NULL) soxr_delete(resampler->soxr);
    free(resampler);
}

ingot_status ingot_resampler_reset(ingot_resampler *resampler, ingot_error *error) {
    resampler->held = 0;
    if (resampler->soxr == NULL) return INGOT_OK;
    const soxr_error_t problem = soxr_clear(resampler->soxr);
    if (problem == NULL) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "resampling from %d Hz to %d Hz: %s",
                      resampler->from_rate, resampler->to_rate, problem);
}

/* Hands `count` frames to soxr and passes on what comes out; x NULL: the end of the input, called
 * until nothing comes any more. */
static ingot_status process(ingot_resampler *resampler, const float *x, size_t count,
                            ingot_resample_sink sink, void *user, ingot_error *error) {
    size_t given = 0;
    for (;;) {
        size_t taken = 0, made = 0;
        const soxr_error_t problem =
            soxr_process(resampler->soxr, x == NULL ? NULL : x + given, count - given, &taken,
                         resampler->output, OUTPUT, &made);
        if (problem != NULL) {
            return ingot_fail(error, INGOT_FAILED, "resampling from %d Hz to %d Hz: %s",
                              resampler->from_rate, resampler->to_rate, problem);
        }
        given += taken;
        if (made > 0) {
            const ingot_status status = sink(user, resampler->output, made, error);
            if (status != INGOT_OK) return status;
        }
        if (x == NULL ? made == 0 : given == count && made < OUTPUT) return INGOT_OK;
        if (x != NULL && taken == 0 && made == 0) {
            return ingot_fail(error, INGOT_FAILED, "resampling from %d Hz to %d Hz: no progress",
                              resampler->from_rate, resampler->to_rate);
        }
    }
}

ingot_status ingot_resampler_push(ingot_resampler *resampler, const float *x, size_t count,
                                  ingot_resample_sink sink, void *user, ingot_error *error) {
    if (count == 0) return INGOT_OK;
    if (resampler->soxr == NULL) return sink(user, x, count, error);
    while (count > 0) {
        const size_t space = BLOCK - resampler->held, n = count < space ? count : space;
        memcpy(resampler->block + resampler->held, x, n * sizeof(float));
        resampler->held += n;
        x += n;
        count -= n;
        if (resampler->held < BLOCK) break;
        resampler->held = 0;
        const ingot_status status = process(resampler, resampler->block, BLOCK, sink, user, error);
        if (status != INGOT_OK) return status;
    }
    return INGOT_OK;
}

ingot_status ingot_resampler_end(ingot_resampler *resampler, ingot_resample_sink sink, void *user,
                                 ingot_error *error) {
    if (resampler->soxr == NULL) return INGOT_OK;
    if (resampler->held > 0) {
        const size_t held = resampler->held;
        resampler->held = 0;
        const ingot_status status = process(resampler, resampler->block, held, sink, user, error);
        if (status != INGOT_OK) return status;
    }
    return process(resampler, NULL, 0, sink, user, error);
}
