/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * augment_light.c: augmentations of brightness and contrast (augment.h), as torchvision's
 * adjust_brightness and adjust_contrast of float images, of which 255 is the brightest here.
 */
#include "data/augment.h"

static float clamped(float value) {
    return value < 0.0F ? 0.0F : value > 255.0F ? 255.0F : value;
}

static float factor(const ingot_light_config *config, ingot_rng *rng) {
    return (float)(1.0 + (2.0 * ingot_rng_double(rng) - 1.0) * config->amount);
}

static size_t values_of(const ingot_augmented *s) {
    return (size_t)s->channels * (size_t)s->height * (size_t)s->width;
}

void ingot_augment_brightness(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const float f = factor(config, rng);
    const size_t count = values_of(s);
    for (size_t i = 0; i < count; i++) s->values[i] = clamped(s->values[i] * f);
}

/* The mean of the luma, or of the values where there are not three channels. */
static double mean_light(const ingot_augmented *s) {
    const size_t area = (size_t)s->height * (size_t)s->width, count = values_of(s);
    const float *v = s->values;
    double sum = 0.0;
    if (s->channels != 3) {
        for (size_t i = 0; i < count; i++) sum += (double)v[i];
        return sum / (double)count;
    }
    for (size_t i = 0; i < area; i++) {
        sum +=
            0.2989 * (double)v[i] + 0.587 * (double)v[area + i] + 0.114 * (double)v[2 * area + i];
    }
    return sum / (double)area;
}

void ingot_augment_contrast(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const float f = factor(config, rng);
    const float rest = (float)((1.0 - (double)f) * mean_light(s));
    const size_t count = values_of(s);
    for (size_t i = 0; i < count; i++) s->values[i] = clamped(s->values[i] * f + rest);
}
