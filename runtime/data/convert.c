/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * convert.c: a stored sample as the model sees it: value = stored * scale + shift per stored
 * channel, and the channels repeated where the model has more (dataset.h). It runs once per sample
 * and step beside steps of 40 microseconds, so it is written in vectors rather than left to luck.
 */
#include <string.h>

#include "data/dataset.h"

enum { LANES = 16 };
typedef float floats __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t ints __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint8_t bytes __attribute__((vector_size(LANES)));

/* Unaligned loads and stores: a channel begins where the one before it ends. */
static inline void convert_bytes(const uint8_t *from, size_t count, float scale, float shift,
                                 float *to) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        bytes narrow;
        memcpy(&narrow, from + i, sizeof narrow);
        /* By way of signed integers, which every instruction set here converts. */
        floats wide = __builtin_convertvector(__builtin_convertvector(narrow, ints), floats);
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

void ingot_sample_convert(const ingot_data *data, const void *stored, float *x) {
    size_t area = (size_t)data->height * (size_t)data->width;
    size_t channels = (size_t)data->stored_channels, have = channels * area;
    for (size_t c = 0; c < channels; c++) {
        float scale = data->scale[c], shift = data->shift[c], *to = x + c * area;
        if (data->stored_u8) {
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
