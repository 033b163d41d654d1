/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * augment.h: random changes of training samples, in the loader's pass over each sample.
 *
 * What is drawn depends on the seed, the epoch, the sample's place in the store and the place of
 * the augmentation in the spec's list, on nothing else: not on the batch, the number of threads, or
 * what was drawn for another sample. A kind is a function here and a file in
 * generator/augmentations/, whose `doc` says what it does; every kind draws the same number of
 * random numbers whatever comes of them, unless it says so.
 *
 * Values are those that are cached, before scale and shift: 0 ... 255 for images.
 */
#ifndef INGOT_DATA_AUGMENT_H
#define INGOT_DATA_AUGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rng.h"

/* Word 3 of the Philox counter is this and the augmentation's place in the list (base/rng.h); word
 * 2 is the epoch, word 1 the sample (or, for mixup, the batch). */
#define INGOT_STREAM_AUGMENT (INGOT_STREAM_RUNTIME + 0x100u)

static inline ingot_rng ingot_augment_rng(uint64_t seed, uint32_t epoch, int64_t sample,
                                          int32_t place) {
    ingot_rng rng = ingot_rng_make(seed, epoch, INGOT_STREAM_AUGMENT + (uint32_t)place);
    rng.block = (uint64_t)sample << 32;
    return rng;
}

/* ------------------------------------------------------------------ samples */

typedef struct ingot_augmented {
    float *values; /* [channels][height][width]; changed in place, or exchanged with `spare` */
    float *spare;  /* as large */
    int32_t channels, height, width;
    const float *middle; /* [channels] the value that the model sees as 0 */
} ingot_augmented;

typedef void (*ingot_augment)(const void *config, ingot_rng *rng, ingot_augmented *sample);

/* A number for what is uncovered; `middle` 1: the value that the model sees as 0 instead. */
typedef struct ingot_fill {
    float value;
    int32_t middle;
} ingot_fill;

typedef struct ingot_flip_config {
    double horizontal, vertical; /* chances */
} ingot_flip_config;

typedef struct ingot_random_crop_config {
    int32_t padding;
    ingot_fill fill;
} ingot_random_crop_config;

typedef struct ingot_rotation_config {
    double degrees; /* at most, either way */
    ingot_fill fill;
} ingot_rotation_config;

typedef struct ingot_light_config {
    double amount; /* the factor is uniform in [1 - amount, 1 + amount) */
} ingot_light_config;

typedef struct ingot_cutout_config {
    int32_t height, width, count;
    ingot_fill fill;
} ingot_cutout_config;

typedef struct ingot_spec_augment_config {
    int32_t time_masks, time_width, frequency_masks, frequency_width;
} ingot_spec_augment_config;

void ingot_augment_flip(const void *config, ingot_rng *rng, ingot_augmented *sample);
void ingot_augment_random_crop(const void *config, ingot_rng *rng, ingot_augmented *sample);
void ingot_augment_rotation(const void *config, ingot_rng *rng, ingot_augmented *sample);
void ingot_augment_brightness(const void *config, ingot_rng *rng, ingot_augmented *sample);
void ingot_augment_contrast(const void *config, ingot_rng *rng, ingot_augmented *sample);
void ingot_augment_cutout(const void *config, ingot_rng *rng, ingot_augmented *sample);
void ingot_augment_spec_augment(const void *config, ingot_rng *rng, ingot_augmented *sample);

/* ------------------------------------------------------------------ sound before its spectrogram
 */

/* A segment float [samples] at the features' rate: channels 1, height 1, width samples. */
typedef struct ingot_gain_config {
    double low, high; /* dB */
} ingot_gain_config;

typedef struct ingot_time_shift_config {
    int32_t most; /* frames, either way */
    int32_t wrap; /* 1: what leaves at one end enters at the other; 0: zeros do */
} ingot_time_shift_config;

typedef struct ingot_noise_config {
    double low, high; /* dB of the segment's power over that of the noise */
} ingot_noise_config;

void ingot_augment_gain(const void *config, ingot_rng *rng, ingot_augmented *sample);
void ingot_augment_time_shift(const void *config, ingot_rng *rng, ingot_augmented *sample);
void ingot_augment_noise(const void *config, ingot_rng *rng, ingot_augmented *sample);

/* ------------------------------------------------------------------ a part of an image */

typedef struct ingot_box {
    int32_t top, left, height, width;
} ingot_box;

typedef struct ingot_random_resized_crop_config {
    double scale[2];     /* share of the area */
    double log_ratio[2]; /* of width over height */
    int32_t antialias;
} ingot_random_resized_crop_config;

/* The part of an image of height x width to be resized to the sample's size, as torchvision's
 * RandomResizedCrop.get_params: up to ten draws, then the largest part of the middle whose ratio is
 * allowed. */
ingot_box ingot_draw_box(const ingot_random_resized_crop_config *config, ingot_rng *rng,
                         int32_t height, int32_t width);

/* ------------------------------------------------------------------ batches */

typedef struct ingot_mixup_config {
    double alpha; /* from 0.1 */
} ingot_mixup_config;

/* Beta(a, a), a from 0.1: x / (x + y) of two gamma deviates (Marsaglia and Tsang 2000, for a below
 * 1 those of a + 1 times u^(1/a)). How much is drawn depends on what is drawn. */
double ingot_draw_beta(ingot_rng *rng, double a);

/* Zhang et al., mixup (2018), one share for the batch: sample i becomes share * x[i] + (1 - share)
 * * x[i-1], the first mixed with the last; labels2[i] is the label of i-1. last: [values]. */
void ingot_mixup(const ingot_mixup_config *config, ingot_rng *rng, int32_t count, size_t values,
                 float *x, const int32_t *labels, int32_t *labels2, float *mix, float *last);

/* ------------------------------------------------------------------ what a program does */

typedef struct ingot_augment_step {
    ingot_augment apply;
    const void *config;
    int32_t place; /* in the spec's list */
} ingot_augment_step;

/* NULL in ingot_data: every sample is cached and none is changed. */
typedef struct ingot_loading {
    int32_t stream; /* 1: samples are made from their files whenever wanted, nothing is cached */
    int32_t waves;  /* floats of a segment that is cached in place of its spectrogram; 0: none is */
    int32_t wave_count, sample_count;
    const ingot_augment_step *wave_steps, *sample_steps;
    const ingot_random_resized_crop_config *crop; /* NULL: none */
    int32_t crop_place;
    const ingot_mixup_config *mixup; /* NULL: none */
    int32_t mixup_place;
} ingot_loading;

#endif
