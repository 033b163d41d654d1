/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * convert.c: a stored sample as the model sees it: value = stored * scale + shift per stored
 * channel, and the channels repeated where the model has more (dataset.h); rows of integers
 * as they are. It runs once per sample
 * and step beside steps of 40 microseconds, so it is written in vectors rather than left to luck.
 */
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "data/dataset.h"

#if defined(__AVX512F__)
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif
typedef float floats __attribute__((vector_size(LANES * sizeof(float))));

/* As many bytes as floats. By intrinsics where there is an instruction for it: gcc 12 takes
 * __builtin_convertvector from bytes apart into scalars. */
static inline void widen(const uint8_t *from, floats *to) {
#if defined(__AVX512F__)
    *to = (floats)_mm512_cvtepi32_ps(
        _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)from)));
#elif defined(__AVX2__)
    *to = (floats)_mm256_cvtepi32_ps(
        _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)from)));
#else
    floats wide = {0};
    for (int i = 0; i < LANES; i++) wide[i] = (float)from[i];
    *to = wide;
#endif
}

/* Unaligned loads and stores: a channel begins where the one before it ends. */
static inline void convert_bytes(const uint8_t *from, size_t count, float scale, float shift,
                                 float *to) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        floats wide;
        widen(from + i, &wide);
        wide = wide * scale + shift;
        memcpy(to + i, &wide, sizeof wide);
    }
    for (; i < count; i++) to[i] = (float)from[i] * scale + shift;
}

static inline void convert_floats(const unsigned char *from, size_t count, float scale, float shift,
                                  float *to) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        floats wide;
        memcpy(&wide, from + i * sizeof(float), sizeof wide);
        wide = wide * scale + shift;
        memcpy(to + i, &wide, sizeof wide);
    }
    for (; i < count; i++) {
        float value;
        memcpy(&value, from + i * sizeof(float), sizeof value);
        to[i] = value * scale + shift;
    }
}

static void convert(const ingot_data *data, const void *stored, int bytes, float *x) {
    size_t area = (size_t)data->height * (size_t)data->width;
    size_t channels = (size_t)data->stored_channels, have = channels * area;
    for (size_t c = 0; c < channels; c++) {
        float scale = data->scale[c], shift = data->shift[c], *to = x + c * area;
        if (bytes) {
            convert_bytes((const uint8_t *)stored + c * area, area, scale, shift, to);
        } else {
            convert_floats((const unsigned char *)stored + c * area * sizeof(float), area, scale,
                           shift, to);
        }
    }
    /* channels is a multiple of stored_channels. */
    for (size_t c = channels; c < (size_t)data->channels; c += channels) {
        memcpy(x + c * area, x, have * sizeof *x);
    }
}

void ingot_sample_convert(const ingot_data *data, const void *stored, float *x) {
    if (data->row_cells > 0) {
        memcpy(x, stored, (size_t)data->width * sizeof(int32_t));
        return;
    }
    convert(data, stored, data->stored_u8, x);
}

void ingot_values_convert(const ingot_data *data, const float *values, float *x) {
    convert(data, values, 0, x);
}
