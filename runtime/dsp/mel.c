/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * mel.c: see mel.h. INGOT_LANES frames go through window, transform, magnitude and filter bank at
 * once and leave as INGOT_LANES neighbours of each row of the spectrogram. Frames do not depend on
 * each other, so grouping them changes no bits.
 */
#include "dsp/mel.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/decibel.h"
#include "dsp/fft.h"

struct ingot_mel {
    const ingot_mel_config *config;
    ingot_fft *fft;
    double *span;             /* samples under INGOT_LANES frames, padded to whole vectors */
    ingot_lane_complex *work; /* [points] */
    ingot_lane_f32 *spectrum; /* [n_fft / 2 + 1] */
    float *plane;             /* [n_mels][frames], where it is resized */
    float *scratch;           /* [n_mels][width] */
};

static void *aligned(size_t bytes) {
    return aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
}

ingot_status ingot_mel_new(const ingot_mel_config *config, ingot_mel **to, ingot_error *error) {
    *to = NULL;
    ingot_mel *mel = calloc(1, sizeof *mel);
    if (mel == NULL) return ingot_fail(error, INGOT_FAILED, "mel spectrogram: out of memory");
    mel->config = config;
    ingot_status status = ingot_fft_new(config->n_fft, &mel->fft, error);
    if (status != INGOT_OK) {
        ingot_mel_free(mel);
        return status;
    }
    const size_t n_fft = (size_t)config->n_fft;
    const size_t span =
        (INGOT_LANES - 1) * (size_t)config->hop_length + n_fft + (size_t)2 * INGOT_LANES;
    const size_t rows = (size_t)config->n_mels;
    mel->span = aligned(span * sizeof(double));
    mel->work = aligned((size_t)ingot_fft_points(mel->fft) * sizeof(ingot_lane_complex));
    mel->spectrum = aligned((n_fft / 2 + 1) * sizeof(ingot_lane_f32));
    int complete = mel->span && mel->work && mel->spectrum;
    if (config->rows != NULL) {
        mel->plane = aligned(rows * (size_t)config->frames * sizeof(float));
        mel->scratch = aligned(rows * (size_t)config->width * sizeof(float));
        complete = complete && mel->plane && mel->scratch;
    }
    if (!complete) {
        ingot_mel_free(mel);
        return ingot_fail(error, INGOT_FAILED, "mel spectrogram: out of memory");
    }
    *to = mel;
    return INGOT_OK;
}

void ingot_mel_free(ingot_mel *mel) {
    if (mel == NULL) return;
    ingot_fft_free(mel->fft);
    free(mel->span);
    free(mel->work);
    free(mel->spectrum);
    free(mel->plane);
    free(mel->scratch);
    free(mel);
}

/* ------------------------------------------------------------------ frames */

/* Sample `at` of the padded segment, which begins n_fft / 2 before x where it is centred. */
static double padded(const ingot_mel_config *config, const float *x, int64_t at) {
    const int64_t n = config->samples;
    if (at >= 0 && at < n) return (double)x[at];
    if (config->pad != INGOT_MEL_PAD_REFLECT || n == 1) return 0.0;
    const int64_t period = 2 * (n - 1); /* the edge samples are not repeated */
    at %= period;
    if (at < 0) at += period;
    return (double)x[at < n ? at : period - at];
}

/* The samples under the frames from `first` on, as double. */
static void fill_span(ingot_mel *mel, const float *x, int32_t first) {
    const ingot_mel_config *config = mel->config;
    const int64_t margin = config->pad == INGOT_MEL_PAD_NONE ? 0 : config->n_fft / 2;
    const int64_t from = (int64_t)first * config->hop_length - margin;
    const int64_t count = (int64_t)(INGOT_LANES - 1) * config->hop_length + config->n_fft;
    int64_t i = 0;
    for (; i < count && from + i < 0; i++) mel->span[i] = padded(config, x, from + i);
    const int64_t inside = config->samples - from < count ? config->samples - from : count;
    for (; i < inside; i++) mel->span[i] = (double)x[from + i];
    for (; i < count; i++) mel->span[i] = padded(config, x, from + i);
}

/* INGOT_LANES windowed samples from sample j on of INGOT_LANES frames, one frame per lane, where
 * the transform wants them; fewer at the end of the frame. */
static void fill_points(ingot_mel *mel, int32_t j) {
    const ingot_mel_config *config = mel->config;
    const int32_t n_fft = config->n_fft;
    const size_t hop = (size_t)config->hop_length;
    ingot_lane rows[INGOT_LANES];
    for (size_t lane = 0; lane < INGOT_LANES; lane++) {
        memcpy(&rows[lane], mel->span + lane * hop + j, sizeof(ingot_lane));
    }
    ingot_lanes_transpose(rows);
    const double *w = config->window + j;
    const int32_t count = n_fft - j < INGOT_LANES ? n_fft - j : INGOT_LANES;
    if (n_fft % 2 != 0) {
        for (int32_t i = 0; i < count; i++) {
            mel->work[j + i].re = rows[i] * w[i];
            mel->work[j + i].im = (ingot_lane){0};
        }
    } else if (count == INGOT_LANES) { /* the usual case, with a constant trip count */
        ingot_lane_complex *to = mel->work + j / 2;
        for (int64_t i = 0; i < INGOT_LANES / 2; i++) {
            to[i].re = rows[2 * i] * w[2 * i];
            to[i].im = rows[2 * i + 1] * w[2 * i + 1];
        }
    } else {
        for (int32_t i = 0; i < count; i += 2) {
            mel->work[(j + i) / 2].re = rows[i] * w[i];
            mel->work[(j + i) / 2].im = rows[i + 1] * w[i + 1];
        }
    }
}

/* Fills the work area and does the transform's first pass, strand by strand where its points come
 * in whole groups. */
static void begin_transform(ingot_mel *mel) {
    const int32_t n_fft = mel->config->n_fft, strand = ingot_fft_strand(mel->fft);
    const int32_t group = INGOT_LANES / 2; /* points of one fill */
    if (n_fft % 2 != 0 || strand % group != 0) {
        for (int32_t j = 0; j < n_fft; j += INGOT_LANES) fill_points(mel, j);
        ingot_fft_begin(mel->fft, mel->work, 0, strand);
        return;
    }
    for (int32_t p = 0; p < strand; p += group) {
        for (int32_t j = 2 * p; j < n_fft; j += 2 * strand) fill_points(mel, j);
        ingot_fft_begin(mel->fft, mel->work, p, p + group);
    }
}

/* |X|^2 to |X|^power. */
static void raise_spectrum(ingot_mel *mel) {
    const int32_t bins = mel->config->n_fft / 2 + 1;
    const double power = mel->config->power;
    float *x = (float *)mel->spectrum;
    const size_t count = (size_t)bins * INGOT_LANES;
    if (power == 2.0) return;
    if (power == 1.0) {
        for (size_t i = 0; i < count; i++) x[i] = sqrtf(x[i]);
    } else {
        for (size_t i = 0; i < count; i++) x[i] = powf(x[i], (float)(power / 2.0));
    }
}

/* Columns first ... first + lanes of the spectrogram y[n_mels][frames]. */
static void filter_bank(const ingot_mel *mel, int32_t first, float *y) {
    const ingot_mel_config *config = mel->config;
    const int32_t left = config->frames - first;
    const size_t bytes = (size_t)(left < INGOT_LANES ? left : INGOT_LANES) * sizeof(float);
    for (int32_t b = 0; b < config->n_mels; b++) {
        const ingot_lane_f32 *from = mel->spectrum + config->band_start[b];
        const float *w = config->band_weights + config->band_offset[b];
        const int32_t count = config->band_count[b];
        ingot_lane_f32 even = {0}, odd = {0};
        int32_t j = 0;
        for (; j + 1 < count; j += 2) {
            even += from[j] * w[j];
            odd += from[j + 1] * w[j + 1];
        }
        if (j < count) even += from[j] * w[j];
        even += odd;
        memcpy(y + (size_t)b * (size_t)config->frames + (size_t)first, &even, bytes);
    }
}

/* ------------------------------------------------------------------ values */

/* Sixteen running extremes rather than one, so that the loop is not bound by latency. */
static void extremes(const float *x, size_t count, float *smallest, float *largest) {
    float low[16], high[16];
    for (size_t j = 0; j < 16; j++) low[j] = high[j] = x[j < count ? j : 0];
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        for (size_t j = 0; j < 16; j++) {
            low[j] = x[i + j] < low[j] ? x[i + j] : low[j];
            high[j] = x[i + j] > high[j] ? x[i + j] : high[j];
        }
    }
    for (; i < count; i++) {
        low[0] = x[i] < low[0] ? x[i] : low[0];
        high[0] = x[i] > high[0] ? x[i] : high[0];
    }
    for (size_t j = 1; j < 16; j++) {
        low[0] = low[j] < low[0] ? low[j] : low[0];
        high[0] = high[j] > high[0] ? high[j] : high[0];
    }
    *smallest = low[0];
    *largest = high[0];
}

/* power_to_db; amplitude_to_db is the same of the squares, reference and amin squared too. */
static void to_decibels(const ingot_mel_config *config, float *x, size_t count) {
    float amin = config->amin;
    if (config->db == INGOT_MEL_DB_AMPLITUDE) {
        for (size_t i = 0; i < count; i++) x[i] *= x[i];
        amin *= amin;
    }
    if (amin < FLT_MIN) amin = FLT_MIN;
    ingot_decibels(x, count, amin);
    float least, peak;
    extremes(x, count, &least, &peak);
    float shift = peak; /* 10 log10 is monotonic: the value of the largest is the largest value */
    if (!config->reference_max) {
        const double reference = config->db == INGOT_MEL_DB_AMPLITUDE
                                     ? (double)config->reference * (double)config->reference
                                     : (double)config->reference;
        shift = (float)(10.0 * log10(fmax(reference, (double)amin)));
    }
    const float floor = config->top_db < 0.0F ? -INFINITY : peak - shift - config->top_db;
    for (size_t i = 0; i < count; i++) {
        const float value = x[i] - shift;
        x[i] = value > floor ? value : floor;
    }
}

static void normalise(const ingot_mel_config *config, float *y, size_t count) {
    if (config->mean != 0.0F || config->deviation != 1.0F) {
        for (size_t i = 0; i < count; i++) y[i] = (y[i] - config->mean) / config->deviation;
    }
    if (config->normalise == INGOT_MEL_STANDARDISE) {
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < count; i++) sum += (double)y[i];
        const double mean = sum / (double)count;
        for (size_t i = 0; i < count; i++) squares += ((double)y[i] - mean) * ((double)y[i] - mean);
        const double deviation = sqrt(squares / (double)count);
        /* A segment of silence has no deviation: it becomes 0, not NaN. */
        const double scale = deviation > 1e-7 ? 1.0 / deviation : 0.0;
        for (size_t i = 0; i < count; i++) y[i] = (float)(((double)y[i] - mean) * scale);
    } else if (config->normalise == INGOT_MEL_MIN_MAX) {
        float low, high;
        extremes(y, count, &low, &high);
        const float range = high - low;
        const float scale = range > 1e-7F ? 1.0F / range : 0.0F;
        for (size_t i = 0; i < count; i++) y[i] = (y[i] - low) * scale;
    }
}

void ingot_mel_compute(ingot_mel *mel, const float *x, float *y) {
    const ingot_mel_config *config = mel->config;
    float *plane = config->rows != NULL ? mel->plane : y;
    for (int32_t first = 0; first < config->frames; first += INGOT_LANES) {
        fill_span(mel, x, first);
        begin_transform(mel);
        ingot_fft_power(mel->fft, mel->work, mel->spectrum);
        raise_spectrum(mel);
        filter_bank(mel, first, plane);
    }
    const size_t count = (size_t)config->n_mels * (size_t)config->frames;
    if (config->db != INGOT_MEL_DB_NONE) to_decibels(config, plane, count);
    if (config->rows != NULL) ingot_resize(config->rows, config->columns, plane, mel->scratch, y);
    normalise(config, y, (size_t)config->height * (size_t)config->width);
}
