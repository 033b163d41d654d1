/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * augment_sound.c: augmentations of segments of sound and of their spectrograms (augment.h).
 */
#include <math.h>
#include <string.h>

#include "base/exponential.h"
#include "data/augment.h"

static double between(ingot_rng *rng, double low, double high) {
    return low + (high - low) * ingot_rng_double(rng);
}

/* Of the amplitude: 10^(dB / 20). */
static double from_decibels(double decibels) {
    return ingot_exp(decibels * 0x1.d791c5f888823p-4); /* log(10) / 20 */
}

void ingot_augment_gain(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const ingot_gain_config *c = config;
    const float gain = (float)from_decibels(between(rng, c->low, c->high));
    for (int32_t i = 0; i < s->width; i++) s->values[i] *= gain;
}

void ingot_augment_time_shift(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const ingot_time_shift_config *c = config;
    const uint64_t places = 2 * (uint64_t)c->most + 1;
    const int32_t later = (int32_t)ingot_rng_below(rng, places) - c->most;
    float *to = s->spare;
    for (int32_t i = 0; i < s->width; i++) {
        int32_t from = i - later;
        const int there = from >= 0 && from < s->width;
        if (c->wrap) from = (from % s->width + s->width) % s->width;
        to[i] = there || c->wrap ? s->values[from] : 0.0F;
    }
    s->spare = s->values;
    s->values = to;
}

void ingot_augment_noise(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const ingot_noise_config *c = config;
    const double ratio = from_decibels(between(rng, c->low, c->high));
    double power = 0.0;
    for (int32_t i = 0; i < s->width; i++) power += (double)s->values[i] * (double)s->values[i];
    const double deviation = sqrt(power / s->width) / ratio;
    for (int32_t i = 0; i < s->width; i++) {
        s->values[i] += (float)(deviation * ingot_rng_normal(rng));
    }
}

/* ------------------------------------------------------------------ spectrograms */

static int32_t draw(ingot_rng *rng, int32_t most) {
    return (int32_t)ingot_rng_below(rng, (uint64_t)most + 1);
}

void ingot_augment_spec_augment(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const ingot_spec_augment_config *c = config;
    const size_t width = (size_t)s->width, count = (size_t)s->height * width;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) sum += (double)s->values[i];
    const float mean = (float)(sum / (double)count);
    for (int32_t m = 0; m < c->frequency_masks; m++) {
        const int32_t rows = draw(rng, c->frequency_width), top = draw(rng, s->height - rows);
        float *from = s->values + (size_t)top * width;
        for (size_t i = 0; i < (size_t)rows * width; i++) from[i] = mean;
    }
    for (int32_t m = 0; m < c->time_masks; m++) {
        const int32_t columns = draw(rng, c->time_width), left = draw(rng, s->width - columns);
        for (int32_t y = 0; y < s->height; y++) {
            float *row = s->values + (size_t)y * width + left;
            for (int32_t x = 0; x < columns; x++) row[x] = mean;
        }
    }
}
