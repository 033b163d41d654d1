/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * augment_draw.c: what random resized crops and mixup draw, and mixup itself (augment.h).
 */
#include <math.h>
#include <string.h>

#include "base/exponential.h"
#include "data/augment.h"

static double between(ingot_rng *rng, const double range[2]) {
    return range[0] + (range[1] - range[0]) * ingot_rng_double(rng);
}

static int32_t middle(int32_t size, int32_t wanted) {
    return (size - wanted) / 2;
}

ingot_box ingot_draw_box(const ingot_random_resized_crop_config *config, ingot_rng *rng,
                         int32_t height, int32_t width) {
    const double area = (double)height * (double)width;
    for (int attempt = 0; attempt < 10; attempt++) {
        const double wanted = area * between(rng, config->scale);
        const double ratio = ingot_exp(between(rng, config->log_ratio));
        const double w = nearbyint(sqrt(wanted * ratio)), h = nearbyint(sqrt(wanted / ratio));
        if (w < 1.0 || h < 1.0 || w > width || h > height) continue;
        ingot_box box = {0, 0, (int32_t)h, (int32_t)w};
        box.top = (int32_t)ingot_rng_below(rng, (uint64_t)(height - box.height) + 1);
        box.left = (int32_t)ingot_rng_below(rng, (uint64_t)(width - box.width) + 1);
        return box;
    }
    const double ratio = (double)width / height, low = ingot_exp(config->log_ratio[0]),
                 high = ingot_exp(config->log_ratio[1]);
    ingot_box box = {0, 0, height, width};
    if (ratio < low) box.height = (int32_t)nearbyint(width / low);
    if (ratio > high) box.width = (int32_t)nearbyint(height * high);
    if (box.height > height) box.height = height;
    if (box.width > width) box.width = width;
    box.top = middle(height, box.height);
    box.left = middle(width, box.width);
    return box;
}

/* Gamma(a) for a of at least 1. */
static double draw_gamma(ingot_rng *rng, double a) {
    const double d = a - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        const double x = ingot_rng_normal(rng), root = 1.0 + c * x;
        const double u = 1.0 - ingot_rng_double(rng);
        if (root <= 0.0) continue;
        const double v = root * root * root;
        if (ingot_log_unit(u) < 0.5 * x * x + d * (1.0 - v + ingot_log_unit(v))) return d * v;
    }
}

double ingot_draw_beta(ingot_rng *rng, double a) {
    double parts[2];
    for (int i = 0; i < 2; i++) {
        parts[i] = draw_gamma(rng, a < 1.0 ? a + 1.0 : a);
        if (a < 1.0) parts[i] *= ingot_exp(ingot_log_unit(1.0 - ingot_rng_double(rng)) / a);
    }
    return parts[0] / (parts[0] + parts[1]);
}

void ingot_mixup(const ingot_mixup_config *config, ingot_rng *rng, int32_t count, size_t values,
                 float *x, const int32_t *labels, int32_t *labels2, float *mix, float *last) {
    const float share = (float)ingot_draw_beta(rng, config->alpha), rest = 1.0F - share;
    memcpy(last, x + (size_t)(count - 1) * values, values * sizeof(float));
    for (int32_t i = count - 1; i >= 0; i--) { /* backwards: what is mixed in is not mixed yet */
        float *own = x + (size_t)i * values;
        const float *other = i > 0 ? own - values : last;
        for (size_t v = 0; v < values; v++) own[v] = share * own[v] + rest * other[v];
        if (labels2 != NULL) labels2[i] = labels[i > 0 ? i - 1 : count - 1];
        if (mix != NULL) mix[i] = share;
    }
}
