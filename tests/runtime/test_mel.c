/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Mel spectrograms against librosa (tests/vectors/make_mel.py), and the properties that need no
 * reference: a plain DFT in double, Parseval, an impulse, linearity, lanes that do not matter.
 */
/* link: runtime/dsp/mel.c runtime/dsp/fft.c runtime/dsp/decibel.c runtime/dsp/resize.c
 * runtime/base/error.c ; libs: cmocka m */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../vectors/mel/configs.h"
#include "dsp/decibel.h"
#include "dsp/fft.h"
#include "dsp/mel.h"

static void *load(const char *name, const char *ending, size_t *bytes) {
    char path[256];
    snprintf(path, sizeof path, "tests/vectors/mel/%s.%s", name, ending);
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail_msg("%s: run from the repository root", path);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *bytes = (size_t)ftell(file);
    rewind(file);
    void *data = malloc(*bytes);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *bytes, file), *bytes);
    fclose(file);
    return data;
}

/* A fixed sequence in [-1, 1): Knuth's MMIX generator. */
static float noise(uint64_t *state) {
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (float)((int32_t)(*state >> 32)) / 2147483648.0F;
}

static float *compute(const ingot_mel_config *config, const float *x) {
    ingot_error error;
    ingot_mel *mel = NULL;
    assert_int_equal(ingot_mel_new(config, &mel, &error), INGOT_OK);
    float *y = malloc((size_t)config->height * (size_t)config->width * sizeof(float));
    assert_non_null(y);
    ingot_mel_compute(mel, x, y);
    ingot_mel_free(mel);
    return y;
}

/* 1e-4 dB (or of the unit a value is in), 1e-4 of the value where there are no decibels. */
static void vectors(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof mel_cases / sizeof mel_cases[0]; i++) {
        const struct mel_case *c = &mel_cases[i];
        size_t bytes, pcm_bytes;
        float *want = load(c->name, "f32", &bytes);
        int16_t *pcm = load(c->input, "i16", &pcm_bytes);
        const size_t count = (size_t)c->config->height * (size_t)c->config->width;
        if (bytes != count * sizeof(float)) {
            fail_msg("%s: %zu bytes expected, %zu values made", c->name, bytes, count);
        }
        const size_t samples = (size_t)c->config->samples;
        assert_true(pcm_bytes / 2 >= samples);
        float *x = malloc(samples * sizeof(float));
        assert_non_null(x);
        for (size_t j = 0; j < samples; j++) x[j] = (float)pcm[j] / 32768.0F;
        float *got = compute(c->config, x);
        double worst = 0.0;
        for (size_t j = 0; j < count; j++) {
            const double unit =
                c->config->db == INGOT_MEL_DB_NONE ? fabs((double)want[j]) + 1e-9 : 1.0;
            const double distance = fabs((double)got[j] - (double)want[j]) / unit;
            if (!(distance <= 1e-4)) {
                fail_msg("%s: value %zu is %.9g, librosa has %.9g", c->name, j, (double)got[j],
                         (double)want[j]);
            }
            if (distance > worst) worst = distance;
        }
        print_message("%-14s %3d x %3d, largest difference %.1e\n", c->name, c->config->height,
                      c->config->width, worst);
        free(got);
        free(x);
        free(pcm);
        free(want);
    }
}

/* Every length from 2 to 40 and some with large factors, against the definition. */
static void spectra_are_the_definition(void **state) {
    (void)state;
    uint64_t seed = 7;
    for (int32_t step = 2; step <= 46; step++) {
        const int32_t more[] = {200, 256, 302, 1000, 1155, 2048};
        const int32_t n = step <= 40 ? step : more[step - 41];
        ingot_error error;
        ingot_fft *fft = NULL;
        assert_int_equal(ingot_fft_new(n, &fft, &error), INGOT_OK);
        const size_t points = (size_t)ingot_fft_points(fft);
        ingot_lane_complex *work = aligned_alloc(64, (points * sizeof *work + 63) / 64 * 64);
        const size_t spectrum = ((size_t)n / 2 + 1) * sizeof(ingot_lane_f32);
        ingot_lane_f32 *power = aligned_alloc(64, (spectrum + 63) / 64 * 64);
        double *x = malloc((size_t)n * INGOT_LANES * sizeof(double));
        memset(work, 0, points * sizeof *work);
        for (int32_t j = 0; j < n; j++) {
            for (int32_t l = 0; l < INGOT_LANES; l++) {
                const double value = (double)noise(&seed);
                x[l * n + j] = value;
                if (n % 2 != 0) {
                    work[j].re[l] = value;
                } else if (j % 2 == 0) {
                    work[j / 2].re[l] = value;
                } else {
                    work[j / 2].im[l] = value;
                }
            }
        }
        const int32_t strand = ingot_fft_strand(fft), part = strand / 2;
        ingot_fft_begin(fft, work, part, strand); /* in parts, and in any order */
        ingot_fft_begin(fft, work, 0, part);
        ingot_fft_power(fft, work, power);
        for (int32_t l = 0; l < INGOT_LANES; l++) {
            double energy = 0.0, parseval = 0.0;
            for (int32_t j = 0; j < n; j++) energy += x[l * n + j] * x[l * n + j];
            for (int32_t k = 0; k <= n / 2; k++) {
                double re = 0.0, im = 0.0;
                for (int32_t j = 0; j < n; j++) {
                    const double angle = -2.0 * M_PI * (double)((int64_t)j * k % n) / (double)n;
                    re += x[l * n + j] * cos(angle);
                    im += x[l * n + j] * sin(angle);
                }
                const double want = re * re + im * im, got = (double)power[k][l];
                if (!(fabs(got - want) <= 1e-7 * want + 1e-12 * n)) {
                    fail_msg("length %d, lane %d, bin %d: %.9g, definition %.9g", n, l, k, got,
                             want);
                }
                parseval += got * (k == 0 || 2 * k == n ? 1.0 : 2.0);
            }
            assert_true(fabs(parseval / n - energy) <= 1e-6 * energy);
        }
        free(x);
        free(power);
        free(work);
        ingot_fft_free(fft);
    }
}

static void fft_refuses_bad_lengths(void **state) {
    (void)state;
    ingot_error error;
    ingot_fft *fft = NULL;
    assert_int_equal(ingot_fft_new(1, &fft, &error), INGOT_FAILED);
    assert_string_equal(error.text, "fft: length 1 is outside 2 ... 1048576");
    assert_null(fft);
}

static void decibels_follow_libm(void **state) {
    (void)state;
    for (int32_t e = -38; e < 38; e++) {
        float x[999];
        double want[999];
        for (int i = 0; i < 999; i++) {
            x[i] = (float)(pow(10.0, e) * (1.0 + i * 0.009));
            want[i] = 10.0 * log10((double)fmaxf(x[i], 1.2e-38F));
        }
        ingot_decibels(x, 999, 1.2e-38F);
        for (int i = 0; i < 999; i++) {
            if (!(fabs((double)x[i] - want[i]) <= 1e-7 * fabs(want[i]) + 2e-6)) {
                fail_msg("1e%d, step %d: %.9g, libm %.9g", e, i, (double)x[i], want[i]);
            }
        }
    }
    float one[1] = {0.0F};
    ingot_decibels(one, 1, 1e-10F);
    assert_true(fabs((double)one[0] + 100.0) < 1e-5);
}

/* The config of a case without decibels, so that the transform is linear in power. */
static ingot_mel_config plain(const ingot_mel_config *from) {
    ingot_mel_config config = *from;
    config.db = INGOT_MEL_DB_NONE;
    config.power = 2.0;
    config.rows = config.columns = NULL;
    config.height = config.n_mels;
    config.width = config.frames;
    config.normalise = INGOT_MEL_AS_IS;
    config.mean = 0.0F;
    config.deviation = 1.0F;
    return config;
}

/* An impulse has a flat spectrum: each band is the sum of its weights times the window's square
 * where the impulse is. Twice the signal has four times the power, exactly. */
static void impulse_and_scale(void **state) {
    (void)state;
    const ingot_mel_config config = plain(mel_cases[0].config);
    float *x = calloc((size_t)config.samples, sizeof(float));
    const int32_t at = 4000;
    x[at] = 0.5F;
    float *y = compute(&config, x);
    for (int32_t t = 0; t < config.frames; t++) {
        const int32_t inside = at + config.n_fft / 2 - t * config.hop_length;
        const double w = inside >= 0 && inside < config.n_fft ? config.window[inside] : 0.0;
        for (int32_t b = 0; b < config.n_mels; b++) {
            double sum = 0.0;
            for (int32_t j = 0; j < config.band_count[b]; j++) {
                sum += (double)config.band_weights[config.band_offset[b] + j];
            }
            const double want = sum * 0.25 * w * w;
            const double got = (double)y[(size_t)b * (size_t)config.frames + (size_t)t];
            assert_true(fabs(got - want) <= 1e-6 * want + 1e-30);
        }
    }
    free(y);
    uint64_t seed = 3;
    for (int32_t i = 0; i < config.samples; i++) x[i] = noise(&seed) * 0.25F;
    y = compute(&config, x);
    for (int32_t i = 0; i < config.samples; i++) x[i] *= 2.0F;
    float *four = compute(&config, x);
    for (int32_t i = 0; i < config.height * config.width; i++) {
        if (four[i] != 4.0F * y[i]) fail_msg("value %d does not scale", i);
    }
    free(four);
    free(y);
    free(x);
}

/* A frame's bits do not depend on its place in the block of lanes: a segment that begins one hop
 * later gives the same columns one place earlier. */
static void lanes_do_not_matter(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof mel_cases / sizeof mel_cases[0]; i++) {
        const ingot_mel_config config = plain(mel_cases[i].config);
        const size_t samples = (size_t)config.samples, hop = (size_t)config.hop_length;
        float *x = malloc((samples + hop) * sizeof(float));
        uint64_t seed = 11 + i;
        for (size_t j = 0; j < samples + hop; j++) x[j] = noise(&seed);
        float *a = compute(&config, x), *b = compute(&config, x + hop);
        const int32_t edge = config.n_fft / config.hop_length + 1; /* touched by the padding */
        for (int32_t m = 0; m < config.n_mels; m++) {
            for (int32_t t = edge; t + edge < config.frames - 1; t++) {
                const size_t at = (size_t)m * (size_t)config.frames + (size_t)t;
                if (a[at + 1] != b[at]) fail_msg("%s: band %d frame %d", mel_cases[i].name, m, t);
            }
        }
        free(b);
        free(a);
        free(x);
    }
}

static void silence_is_finite(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof mel_cases / sizeof mel_cases[0]; i++) {
        const ingot_mel_config *config = mel_cases[i].config;
        float *x = calloc((size_t)config->samples, sizeof(float));
        float *y = compute(config, x);
        for (int32_t j = 0; j < config->height * config->width; j++) assert_true(isfinite(y[j]));
        free(y);
        free(x);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(spectra_are_the_definition),
        cmocka_unit_test(fft_refuses_bad_lengths),
        cmocka_unit_test(decibels_follow_libm),
        cmocka_unit_test(impulse_and_scale),
        cmocka_unit_test(lanes_do_not_matter),
        cmocka_unit_test(silence_is_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
