/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * resample.h: one channel of audio from one sampling rate to another, as a stream, with soxr's
 * "high quality" recipe (band-limited, linear phase, 20 bits; librosa's default). The result does
 * not depend on how the input is cut into calls: it is handed to soxr in blocks of a fixed size.
 */
#ifndef INGOT_DSP_RESAMPLE_H
#define INGOT_DSP_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct ingot_resampler ingot_resampler;

/* Called with `count` >= 1 frames at the target rate, in order; valid during the call only. */
typedef ingot_status (*ingot_resample_sink)(void *user, const float *x, size_t count,
                                            ingot_error *error);

/* Where the rates are equal, frames are passed on as they are. Rates: 1 ... 10^8 Hz. */
ingot_status ingot_resampler_new(int32_t from_rate, int32_t to_rate, ingot_resampler **resampler,
                                 ingot_error *error);
ingot_status ingot_resampler_push(ingot_resampler *resampler, const float *x, size_t count,
                                  ingot_resample_sink sink, void *user, ingot_error *error);
/* Forgets everything pushed: the next frame is the first of another sound. */
ingot_status ingot_resampler_reset(ingot_resampler *resampler, ingot_error *error);

/* The end of the input: delivers what is still inside. After it, reset or free. */
ingot_status ingot_resampler_end(ingot_resampler *resampler, ingot_resample_sink sink, void *user,
                                 ingot_error *error);
void ingot_resampler_free(ingot_resampler *resampler); /* NULL is fine */

#endif
