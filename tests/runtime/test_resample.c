/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * The way from a stream of frames to samples: resampling against librosa's, cutting into segments,
 * and that neither the size of the decoder's blocks nor the length of the sound matters.
 */
/* link: runtime/data/mel_features.c runtime/dsp/mel.c runtime/dsp/fft.c runtime/dsp/decibel.c
 * runtime/dsp/resize.c runtime/dsp/resample.c runtime/dsp/segment.c runtime/base/error.c
 * ; libs: soxr m cmocka */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "../vectors/mel/configs.h"
#include "data/features.h"
#include "dsp/resample.h"

/* ------------------------------------------------------------------ resampling */

typedef struct gathered {
    float *x;
    size_t count, room;
} gathered;

static ingot_status gather(void *user, const float *x, size_t count, ingot_error *error) {
    (void)error;
    gathered *to = user;
    assert_true(count >= 1);
    if (to->count + count > to->room) {
        to->room = 2 * (to->count + count);
        to->x = realloc(to->x, to->room * sizeof(float));
        assert_non_null(to->x);
    }
    memcpy(to->x + to->count, x, count * sizeof(float));
    to->count += count;
    return INGOT_OK;
}

static gathered resample(ingot_resampler *resampler, const float *x, size_t count, size_t step) {
    ingot_error error;
    gathered to = {0};
    for (size_t i = 0; i < count; i += step) {
        const size_t n = count - i < step ? count - i : step;
        assert_int_equal(ingot_resampler_push(resampler, x + i, n, gather, &to, &error), INGOT_OK);
    }
    assert_int_equal(ingot_resampler_end(resampler, gather, &to, &error), INGOT_OK);
    return to;
}

static size_t load(const char *name, void *to, size_t size, size_t most) {
    char path[256];
    snprintf(path, sizeof path, "tests/vectors/mel/%s", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail_msg("%s: run from the repository root", path);
    const size_t count = fread(to, size, most, file);
    fclose(file);
    return count;
}

static float pcm[100000];
static float want[100000];

static size_t load_pcm(const char *name) {
    static int16_t raw[100000];
    const size_t count = load(name, raw, sizeof raw[0], 100000);
    for (size_t i = 0; i < count; i++) pcm[i] = (float)raw[i] / 32768.0F;
    return count;
}

static void as_librosa(void **state) {
    (void)state;
    const struct {
        const char *input, *output;
        int32_t from, to;
    } cases[] = {{"voice_8k.i16", "resample_8000_11025.f32", 8000, 11025},
                 {"music_22k.i16", "resample_22050_8000.f32", 22050, 8000}};
    for (int c = 0; c < 2; c++) {
        const size_t count = load_pcm(cases[c].input);
        const size_t expected = load(cases[c].output, want, sizeof(float), 100000);
        ingot_error error;
        ingot_resampler *resampler;
        assert_int_equal(ingot_resampler_new(cases[c].from, cases[c].to, &resampler, &error),
                         INGOT_OK);
        gathered got = resample(resampler, pcm, count, 1000);
        assert_true(got.count + 1 >= expected && got.count <= expected + 1);
        const size_t both = got.count < expected ? got.count : expected;
        for (size_t i = 0; i < both; i++) {
            if (!(fabs((double)got.x[i] - (double)want[i]) <= 2e-6)) {
                fail_msg("%s: frame %zu is %.9g, librosa has %.9g", cases[c].output, i,
                         (double)got.x[i], (double)want[i]);
            }
        }
        /* Block sizes, and what was resampled before, change no bit. */
        const size_t steps[] = {1, 7, 4096, 5000, 100000};
        for (int s = 0; s < 5; s++) {
            assert_int_equal(ingot_resampler_reset(resampler, &error), INGOT_OK);
            gathered again = resample(resampler, pcm, count, steps[s]);
            assert_int_equal(again.count, got.count);
            assert_memory_equal(again.x, got.x, got.count * sizeof(float));
            free(again.x);
        }
        free(got.x);
        ingot_resampler_free(resampler);
    }
}

static void equal_rates_pass_through(void **state) {
    (void)state;
    const size_t count = load_pcm("voice_8k.i16");
    ingot_error error;
    ingot_resampler *resampler;
    assert_int_equal(ingot_resampler_new(8000, 8000, &resampler, &error), INGOT_OK);
    gathered got = resample(resampler, pcm, count, 333);
    assert_int_equal(got.count, count);
    assert_memory_equal(got.x, pcm, count * sizeof(float));
    free(got.x);
    ingot_resampler_free(resampler);
    assert_int_equal(ingot_resampler_new(0, 8000, &resampler, &error), INGOT_FAILED);
    assert_string_equal(error.text, "cannot resample from 0 Hz to 8000 Hz");
}

/* ------------------------------------------------------------------ segments of a stream */

/* A signal made up as it is read: frame i of channel c, in blocks of at most `block` frames. */
typedef struct made_up {
    ingot_signal signal;
    int64_t at, frames, block;
} made_up;

static ingot_status read_made_up(ingot_signal *signal, float *to, int64_t frames, int64_t *got,
                                 ingot_error *error) {
    (void)error;
    made_up *from = signal->state;
    int64_t n = from->frames - from->at;
    if (n > frames) n = frames;
    if (n > from->block) n = from->block;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t hash = (uint32_t)(from->at + i + 1) * 2654435761U;
        for (int32_t c = 0; c < signal->channels; c++) {
            to[i * signal->channels + c] =
                (float)(int32_t)(hash ^ (hash >> 15)) / 4294967296.0F * (c == 0 ? 1.0F : 0.5F);
        }
    }
    from->at += n;
    *got = n;
    return INGOT_OK;
}

static ingot_status count_samples(void *user, int64_t index, const void *sample,
                                  ingot_error *error) {
    (void)sample;
    (void)error;
    int64_t *count = user;
    assert_int_equal(index, *count);
    ++*count;
    return INGOT_OK;
}

typedef struct kept {
    const ingot_mel_config *config;
    gathered values;
} kept;

static ingot_status keep(void *user, int64_t index, const void *sample, ingot_error *error) {
    kept *to = user;
    const size_t size = (size_t)to->config->height * (size_t)to->config->width;
    assert_int_equal((size_t)index * size, to->values.count);
    return gather(&to->values, sample, size, error);
}

static void run_made_up(const ingot_mel_config *config, void *workspace, int32_t rate,
                        int32_t channels, int64_t frames, int64_t block, ingot_sample_sink sink,
                        void *user) {
    made_up from = {.frames = frames, .block = block};
    from.signal = (ingot_signal){.kind = INGOT_SIGNAL_AUDIO,
                                 .channels = channels,
                                 .rate = rate,
                                 .frames = frames,
                                 .read = read_made_up,
                                 .state = &from};
    ingot_error error = {""};
    const ingot_status status =
        ingot_features_mel_spectrogram.compute(config, workspace, &from.signal, sink, user, &error);
    if (status != INGOT_OK) fail_msg("%d Hz, %lld frames: %s", rate, (long long)frames, error.text);
}

static ingot_mel_config with_rule(int64_t window_us, int64_t hop_us, int short_pad, int tail_pad) {
    ingot_mel_config config = *mel_cases[0].config; /* 8 kHz, 1.5 s = 12000 samples */
    config.segments.window_us = window_us;
    config.segments.hop_us = hop_us;
    config.segments.short_pad = short_pad;
    config.segments.tail_pad = tail_pad;
    return config;
}

/* What compute delivers is what count promised, for every rate and around every edge. */
static void as_many_samples_as_promised(void **state) {
    (void)state;
    const int64_t hops[] = {1500000, 700000, 2300000, 333333};
    const int32_t rates[] = {8000, 11025, 44100, 4001};
    for (int h = 0; h < 4; h++) {
        for (int pads = 0; pads < 4; pads++) {
            const ingot_mel_config config = with_rule(1500000, hops[h], pads & 1, pads >> 1);
            ingot_error error;
            void *workspace;
            assert_int_equal(
                ingot_features_mel_spectrogram.workspace_new(&config, &workspace, &error),
                INGOT_OK);
            for (int r = 0; r < 4; r++) {
                const int64_t window = ingot_segment_window(&config.segments, rates[r]);
                const int64_t hop = ingot_segment_hop(&config.segments, rates[r]);
                const int64_t edges[] = {1, window, window + hop, window + 2 * hop, 3 * hop};
                for (int e = 0; e < 5; e++) {
                    for (int64_t frames = edges[e] - 1; frames <= edges[e] + 1; frames++) {
                        const ingot_file facts = {.rate = rates[r], .frames = frames};
                        int64_t got = 0;
                        run_made_up(&config, workspace, rates[r], 1, frames, 5000, count_samples,
                                    &got);
                        const int64_t said = ingot_features_mel_spectrogram.count(&config, &facts);
                        if (got != said) {
                            fail_msg("%d Hz, %lld frames: %lld samples, promised %lld", rates[r],
                                     (long long)frames, (long long)got, (long long)said);
                        }
                    }
                }
            }
            ingot_features_mel_spectrogram.workspace_free(workspace);
        }
    }
}

static void counts_by_hand(void **state) {
    (void)state;
    const ingot_segment_rule rule = {1000000, 500000, 8000, 0, 0};
    ingot_segment_rule pad = rule;
    pad.short_pad = pad.tail_pad = 1;
    const struct {
        int64_t frames, plain, padded;
    } cases[] = {{0, 0, 0},     {1, 0, 1},     {7999, 0, 1},  {8000, 1, 1},  {8001, 1, 2},
                 {11999, 1, 2}, {12000, 2, 2}, {12001, 2, 3}, {16000, 3, 3}, {80000, 19, 19}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ingot_segment_count(&rule, 8000, cases[i].frames), cases[i].plain);
        assert_int_equal(ingot_segment_count(&pad, 8000, cases[i].frames), cases[i].padded);
    }
    assert_int_equal(ingot_segment_start(&rule, 44100, 3), 12000);
    /* A month of audio at 192 kHz does not overflow. */
    assert_int_equal(ingot_segment_count(&rule, 192000, 192000LL * 86400 * 31), 2 * 86400 * 31 - 1);
    assert_int_equal(ingot_segment_start(&rule, 192000, 2 * 86400 * 31), 8000LL * 86400 * 31);
}

/* The decoder's blocks, a workspace used before, stereo and resampling: the same bits. */
static void blocks_do_not_matter(void **state) {
    (void)state;
    const ingot_mel_config config = with_rule(1500000, 400000, 1, 1);
    ingot_error error;
    const int32_t rates[] = {8000, 22050};
    for (int r = 0; r < 2; r++) {
        for (int32_t channels = 1; channels <= 3; channels++) {
            kept first = {.config = &config};
            const int64_t blocks[] = {1 << 20, 1000, 37};
            void *workspace;
            assert_int_equal(
                ingot_features_mel_spectrogram.workspace_new(&config, &workspace, &error),
                INGOT_OK);
            for (int b = 0; b < 3; b++) {
                kept now = {.config = &config};
                run_made_up(&config, workspace, rates[r], channels, 5 * rates[r] + 123, blocks[b],
                            keep, &now);
                if (b == 0) {
                    first = now;
                    continue;
                }
                assert_int_equal(now.values.count, first.values.count);
                assert_memory_equal(now.values.x, first.values.x,
                                    first.values.count * sizeof(float));
                free(now.values.x);
            }
            free(first.values.x);
            ingot_features_mel_spectrogram.workspace_free(workspace);
        }
    }
}

/* Segment k is the spectrogram of the frames from its start on, padded with zeros at the end. */
static void segments_are_cut_where_they_should(void **state) {
    (void)state;
    const ingot_mel_config config = with_rule(1500000, 400000, 1, 1);
    ingot_error error;
    void *workspace;
    assert_int_equal(ingot_features_mel_spectrogram.workspace_new(&config, &workspace, &error),
                     INGOT_OK);
    enum { FRAMES = 30001 };
    kept all = {.config = &config};
    run_made_up(&config, workspace, 8000, 1, FRAMES, 777, keep, &all);
    ingot_features_mel_spectrogram.workspace_free(workspace);
    static float x[FRAMES + 12000];
    int64_t got;
    made_up from = {.signal = {.channels = 1}, .frames = FRAMES, .block = FRAMES};
    from.signal.state = &from;
    assert_int_equal(read_made_up(&from.signal, x, FRAMES, &got, &error), INGOT_OK);
    ingot_mel *mel;
    assert_int_equal(ingot_mel_new(&config, &mel, &error), INGOT_OK);
    const size_t size = (size_t)config.height * (size_t)config.width;
    float *y = malloc(size * sizeof(float));
    assert_int_equal(all.values.count / size, 7); /* 6 whole ones and the rest */
    for (size_t k = 0; k < all.values.count / size; k++) {
        ingot_mel_compute(mel, x + k * 3200, y);
        assert_memory_equal(y, all.values.x + k * size, size * sizeof(float));
    }
    free(y);
    free(all.values.x);
    ingot_mel_free(mel);
}

static void stereo_is_averaged(void **state) {
    (void)state;
    const ingot_mel_config base = with_rule(1500000, 1500000, 1, 1);
    ingot_mel_config config = base;
    config.db = INGOT_MEL_DB_NONE;
    ingot_error error;
    void *workspace;
    assert_int_equal(ingot_features_mel_spectrogram.workspace_new(&config, &workspace, &error),
                     INGOT_OK);
    kept mono = {.config = &config}, stereo = {.config = &config};
    run_made_up(&config, workspace, 8000, 1, 12000, 4096, keep, &mono);
    run_made_up(&config, workspace, 8000, 2, 12000, 4096, keep, &stereo);
    /* Channels x and x / 2: the mean is 3/4 x, its power 9/16. */
    for (size_t i = 0; i < mono.values.count; i++) {
        const double wanted = (double)mono.values.x[i] * 0.5625;
        assert_true(fabs((double)stereo.values.x[i] - wanted) <= 1e-6 * wanted);
    }
    free(mono.values.x);
    free(stereo.values.x);
    ingot_features_mel_spectrogram.workspace_free(workspace);
}

/* An hour and a half at 8 kHz needs no more memory than its first half. */
static void memory_does_not_grow(void **state) {
    (void)state;
    const ingot_mel_config config = with_rule(1500000, 60000000, 1, 0);
    ingot_error error;
    void *workspace;
    assert_int_equal(ingot_features_mel_spectrogram.workspace_new(&config, &workspace, &error),
                     INGOT_OK);
    int64_t got = 0;
    run_made_up(&config, workspace, 11025, 2, 11025LL * 60, 16384, count_samples, &got);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    got = 0;
    run_made_up(&config, workspace, 11025, 2, 11025LL * 5400, 16384, count_samples, &got);
    getrusage(RUSAGE_SELF, &after);
    assert_int_equal(got, 90);
    assert_true(after.ru_maxrss - before.ru_maxrss < 2048); /* KiB; the sound is 465 MB */
    ingot_features_mel_spectrogram.workspace_free(workspace);
}

static ingot_status refuse(void *user, int64_t index, const void *sample, ingot_error *error) {
    (void)user;
    (void)sample;
    return ingot_fail(error, INGOT_FAILED, "no more after %lld", (long long)index);
}

static void a_sink_can_stop_it(void **state) {
    (void)state;
    const ingot_mel_config config = with_rule(1500000, 1500000, 1, 1);
    ingot_error error;
    void *workspace;
    assert_int_equal(ingot_features_mel_spectrogram.workspace_new(&config, &workspace, &error),
                     INGOT_OK);
    made_up from = {.frames = 50000, .block = 50000};
    from.signal = (ingot_signal){
        .channels = 1, .rate = 8000, .frames = 50000, .read = read_made_up, .state = &from};
    assert_int_equal(ingot_features_mel_spectrogram.compute(&config, workspace, &from.signal,
                                                            refuse, NULL, &error),
                     INGOT_FAILED);
    assert_string_equal(error.text, "no more after 0");
    ingot_features_mel_spectrogram.workspace_free(workspace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_librosa),
        cmocka_unit_test(equal_rates_pass_through),
        cmocka_unit_test(counts_by_hand),
        cmocka_unit_test(as_many_samples_as_promised),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(segments_are_cut_where_they_should),
        cmocka_unit_test(stereo_is_averaged),
        cmocka_unit_test(memory_does_not_grow),
        cmocka_unit_test(a_sink_can_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
