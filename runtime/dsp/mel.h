/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * mel.h: mel spectrograms by the definitions of librosa 0.11 (stft, filters.mel, power_to_db,
 * amplitude_to_db), for segments whose length is a constant. Everything that can be decided when
 * the program is generated (window, filter bank, resize weights, number of frames) is a table in
 * the config, emitted by generator/features/mel_spectrogram.lua.
 */
#ifndef INGOT_DSP_MEL_H
#define INGOT_DSP_MEL_H

#include "base/error.h"
#include "dsp/resize.h"
#include "dsp/segment.h"

typedef enum ingot_mel_pad {
    INGOT_MEL_PAD_NONE,
    INGOT_MEL_PAD_ZERO,
    INGOT_MEL_PAD_REFLECT
} ingot_mel_pad;
typedef enum ingot_mel_db {
    INGOT_MEL_DB_NONE,
    INGOT_MEL_DB_POWER,
    INGOT_MEL_DB_AMPLITUDE
} ingot_mel_db;
typedef enum ingot_mel_normalise {
    INGOT_MEL_AS_IS,
    INGOT_MEL_STANDARDISE, /* each sample: mean 0, standard deviation 1 (population) */
    INGOT_MEL_MIN_MAX      /* each sample: to 0 ... 1 */
} ingot_mel_normalise;

typedef struct ingot_mel_config {
    ingot_segment_rule segments; /* target_rate is the rate of the spectrogram */
    int32_t samples;             /* per segment at the target rate */

    int32_t n_fft, hop_length;
    ingot_mel_pad pad;    /* n_fft / 2 on both sides, or none */
    int32_t frames;       /* per segment */
    const double *window; /* [n_fft]: win_length values in the middle, zeros around them */
    double power;         /* of the magnitude */

    int32_t n_mels;
    /* Band b is the sum over j < band_count[b] of weights[band_offset[b] + j] *
     * spectrum[band_start[b] + j] */
    const int32_t *band_start, *band_count, *band_offset;
    const float *band_weights;

    ingot_mel_db db;
    int32_t reference_max; /* 1: relative to the segment's largest value */
    float reference;       /* else to this value (of power or amplitude, as db says) */
    float amin;
    float top_db; /* below 0: no floor under the segment's largest value */

    const ingot_resize_axis *rows, *columns; /* both NULL: [n_mels][frames] as it is */
    int32_t height, width;                   /* of a sample */
    float mean, deviation;                   /* (x - mean) / deviation, after resizing */
    ingot_mel_normalise normalise;           /* after that */
} ingot_mel_config;

typedef struct ingot_mel ingot_mel; /* scratch of one thread */

/* The config must outlive the result. */
ingot_status ingot_mel_new(const ingot_mel_config *config, ingot_mel **mel, ingot_error *error);
void ingot_mel_free(ingot_mel *mel); /* NULL is fine */

/* x[config->samples], finite, to y[height][width]; row 0 is the lowest band. */
void ingot_mel_compute(ingot_mel *mel, const float *x, float *y);

#endif
