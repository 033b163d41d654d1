/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * augment_geometry.c: augmentations that move pixels or cover them (augment.h).
 */
#include <math.h>
#include <string.h>

#include "data/augment.h"

static float fill_of(const ingot_fill *fill, const ingot_augmented *s, int32_t channel) {
    return fill->middle ? s->middle[channel] : fill->value;
}

static void exchange(ingot_augmented *s) {
    float *values = s->values;
    s->values = s->spare;
    s->spare = values;
}

/* ------------------------------------------------------------------ flip */

static void reverse(float *row, int32_t width) {
    for (int32_t a = 0, b = width - 1; a < b; a++, b--) {
        const float kept = row[a];
        row[a] = row[b];
        row[b] = kept;
    }
}

void ingot_augment_flip(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const ingot_flip_config *c = config;
    const int horizontal = ingot_rng_double(rng) < c->horizontal;
    const int vertical = ingot_rng_double(rng) < c->vertical;
    const size_t width = (size_t)s->width, rows = (size_t)s->channels * (size_t)s->height;
    for (size_t r = 0; horizontal && r < rows; r++) reverse(s->values + r * width, s->width);
    if (!vertical) return;
    for (size_t r = 0; r < rows; r++) {
        const size_t plane = r / (size_t)s->height, y = r % (size_t)s->height;
        const size_t from = plane * (size_t)s->height + ((size_t)s->height - 1 - y);
        memcpy(s->spare + r * width, s->values + from * width, width * sizeof(float));
    }
    exchange(s);
}

/* ------------------------------------------------------------------ random crop */

void ingot_augment_random_crop(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const ingot_random_crop_config *c = config;
    const uint64_t places = 2 * (uint64_t)c->padding + 1;
    const int32_t down = (int32_t)ingot_rng_below(rng, places) - c->padding;
    const int32_t right = (int32_t)ingot_rng_below(rng, places) - c->padding;
    for (int32_t p = 0; p < s->channels; p++) {
        const float fill = fill_of(&c->fill, s, p);
        for (int32_t y = 0; y < s->height; y++) {
            float *to = s->spare + ((size_t)p * (size_t)s->height + (size_t)y) * (size_t)s->width;
            const int32_t row = y + down, there = row >= 0 && row < s->height;
            const float *from =
                s->values +
                ((size_t)p * (size_t)s->height + (size_t)(there ? row : 0)) * (size_t)s->width;
            for (int32_t x = 0; x < s->width; x++) {
                const int32_t column = x + right;
                to[x] = there && column >= 0 && column < s->width ? from[column] : fill;
            }
        }
    }
    exchange(s);
}

/* ------------------------------------------------------------------ rotation */

static float at(const float *plane, const ingot_augmented *s, int32_t y, int32_t x, float fill) {
    const int there = y >= 0 && y < s->height && x >= 0 && x < s->width;
    return there ? plane[(size_t)y * (size_t)s->width + (size_t)x] : fill;
}

static float bilinear(const float *plane, const ingot_augmented *s, double y, double x,
                      float fill) {
    if (y <= -1.0 || x <= -1.0 || y >= s->height || x >= s->width) return fill;
    const double y0 = floor(y), x0 = floor(x);
    const int32_t top = (int32_t)y0, left = (int32_t)x0;
    const float dy = (float)(y - y0), dx = (float)(x - x0);
    const float above =
        at(plane, s, top, left, fill) * (1.0F - dx) + at(plane, s, top, left + 1, fill) * dx;
    const float below = at(plane, s, top + 1, left, fill) * (1.0F - dx) +
                        at(plane, s, top + 1, left + 1, fill) * dx;
    return above * (1.0F - dy) + below * dy;
}

void ingot_augment_rotation(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const ingot_rotation_config *c = config;
    const double turns = (2.0 * ingot_rng_double(rng) - 1.0) * c->degrees / 360.0;
    double cosine, sine;
    ingot_turn(turns - floor(turns), &cosine, &sine);
    const double middle_y = (s->height - 1) * 0.5, middle_x = (s->width - 1) * 0.5;
    for (int32_t p = 0; p < s->channels; p++) {
        const size_t first = (size_t)p * (size_t)s->height * (size_t)s->width;
        const float fill = fill_of(&c->fill, s, p);
        for (int32_t y = 0; y < s->height; y++) {
            float *to = s->spare + first + (size_t)y * (size_t)s->width;
            const double dy = y - middle_y;
            for (int32_t x = 0; x < s->width; x++) { /* where this pixel comes from */
                const double dx = x - middle_x;
                to[x] = bilinear(s->values + first, s, middle_y + sine * dx + cosine * dy,
                                 middle_x + cosine * dx - sine * dy, fill);
            }
        }
    }
    exchange(s);
}

/* ------------------------------------------------------------------ cutout */

static int32_t within(int32_t value, int32_t most) {
    return value < 0 ? 0 : value > most ? most : value;
}

void ingot_augment_cutout(const void *config, ingot_rng *rng, ingot_augmented *s) {
    const ingot_cutout_config *c = config;
    for (int32_t i = 0; i < c->count; i++) {
        const int32_t top = (int32_t)ingot_rng_below(rng, (uint64_t)s->height) - c->height / 2;
        const int32_t left = (int32_t)ingot_rng_below(rng, (uint64_t)s->width) - c->width / 2;
        const int32_t y0 = within(top, s->height), y1 = within(top + c->height, s->height);
        const int32_t x0 = within(left, s->width), x1 = within(left + c->width, s->width);
        for (int32_t p = 0; p < s->channels; p++) {
            const float fill = fill_of(&c->fill, s, p);
            for (int32_t y = y0; y < y1; y++) {
                float *row =
                    s->values + ((size_t)p * (size_t)s->height + (size_t)y) * (size_t)s->width;
                for (int32_t x = x0; x < x1; x++) row[x] = fill;
            }
        }
    }
}
