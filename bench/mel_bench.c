/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * How fast mel features are made, on one thread: tab-separated case, path, hours of audio per
 * minute (median of processor time), microseconds per frame. Cases: prompt (8 kHz, n_fft 256, hop
 * 80, 64 mels, segments of 1.5 s), music (22,050 Hz, n_fft 2048, hop 512, 128 mels, 1.2 s). Paths:
 * features (samples in memory to decibels), file (a PCM16 WAV file of that rate, opened, decoded
 * and cut), resampled (such a file of 44,100 Hz in stereo, mixed and resampled).
 * bench/mel_librosa.py prints the same columns. Built and run from the repository root:
 *
 *   gcc -std=gnu11 -O3 -march=x86-64-v4 -Iruntime bench/mel_bench.c runtime/dsp/[a-z]*.c \
 *       runtime/data/audio_*.c runtime/data/folder_*.c runtime/data/option_lists.c \
 *       runtime/data/held.c runtime/data/known.c runtime/data/mel_features.c \
 *       runtime/base/[a-z]*.c -lsndfile -lsoxr -ljansson -lcrypto -lyaml -lm -o mel_bench
 *   ./mel_bench [repetitions]
 */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../tests/vectors/mel/configs.h"
#include "data/audio_folder.h"
#include "data/features.h"

#define SECONDS 60 /* of the sound files */

static void stop(const char *what) {
    fprintf(stderr, "mel_bench: %s\n", what);
    exit(1);
}

static double processor_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static float tone(int64_t i) {
    return 0.3F * sinf((float)(i % 44100) * 0.05F) + 0.1F * sinf((float)(i % 7919) * 1.7F);
}

static void report(const char *name, const char *path, double *times, int count, double seconds,
                   double frames) {
    qsort(times, (size_t)count, sizeof *times, ascending);
    const double median = times[count / 2];
    printf("%s\t%s\t%.1f\t%.3f\n", name, path, seconds / median / 60.0, 1e6 * median / frames);
}

static void bench_features(const struct mel_case *c, double *times, int count) {
    const ingot_mel_config *config = c->config;
    ingot_error error;
    ingot_mel *mel;
    if (ingot_mel_new(config, &mel, &error) != INGOT_OK) stop(error.text);
    float *x = malloc((size_t)config->samples * sizeof(float));
    float *y = malloc((size_t)config->height * (size_t)config->width * sizeof(float));
    if (x == NULL || y == NULL) stop("out of memory");
    for (int32_t i = 0; i < config->samples; i++) x[i] = tone(i);
    const int inner = 20; /* a segment is too short for the clock */
    for (int i = -2; i < count; i++) {
        const double begin = processor_seconds();
        for (int j = 0; j < inner; j++) ingot_mel_compute(mel, x, y);
        if (i >= 0) times[i] = (processor_seconds() - begin) / inner;
    }
    report(c->name, "features", times, count,
           (double)config->samples / config->segments.target_rate, config->frames);
    free(y);
    free(x);
    ingot_mel_free(mel);
}

static ingot_status count_sample(void *user, int64_t index, const void *sample,
                                 ingot_error *error) {
    (void)sample;
    (void)error;
    *(int64_t *)user = index + 1;
    return INGOT_OK;
}

static void write_sound(const char *path, int rate, int channels) {
    SF_INFO info = {
        .samplerate = rate, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *sound = sf_open(path, SFM_WRITE, &info);
    if (sound == NULL) stop(sf_strerror(NULL));
    for (int64_t i = 0; i < (int64_t)SECONDS * rate; i++) {
        const float frame[2] = {tone(i), tone(i + 11)};
        if (sf_writef_float(sound, frame, 1) != 1) stop("cannot write the sound file");
    }
    sf_close(sound);
}

static void bench_file(const struct mel_case *c, const char *name, int rate, int channels,
                       double *times, int count) {
    char path[] = "/tmp/ingot-mel-bench-XXXXXX";
    const int descriptor = mkstemp(path);
    if (descriptor < 0) stop("cannot make a temporary file");
    close(descriptor);
    write_sound(path, rate, channels);
    const ingot_reader *reader = &ingot_reader_audio_folder;
    const ingot_features *features = &ingot_features_mel_spectrogram;
    const ingot_audio_folder_config folder = {0};
    ingot_error error;
    void *workspace;
    if (features->workspace_new(c->config, &workspace, &error) != INGOT_OK) stop(error.text);
    int64_t samples = 0;
    for (int i = -1; i < count; i++) {
        const double begin = processor_seconds();
        ingot_source *source;
        ingot_signal signal;
        int32_t label;
        if (reader->open_file(&folder, path, NULL, &source, &error) != INGOT_OK ||
            reader->read(source, 0, &signal, &label, &error) != INGOT_OK ||
            features->compute(c->config, workspace, &signal, count_sample, &samples, &error) !=
                INGOT_OK) {
            stop(error.text);
        }
        reader->close_file(source);
        if (i >= 0) times[i] = processor_seconds() - begin;
    }
    report(c->name, name, times, count, SECONDS, (double)(samples * c->config->frames));
    features->workspace_free(workspace);
    unlink(path);
}

int main(int argc, char **argv) {
    const int count = argc > 1 ? atoi(argv[1]) : 25;
    if (count < 1) stop("usage: mel_bench [repetitions]");
    double *times = malloc((size_t)count * sizeof *times);
    if (times == NULL) stop("out of memory");
    for (int i = 0; i < 2; i++) { /* the first two cases of tests/vectors/mel/cases.json */
        const struct mel_case *c = &mel_cases[i];
        bench_features(c, times, count);
        bench_file(c, "file", c->config->segments.target_rate, 1, times, count);
        bench_file(c, "resampled", 44100, 2, times, count);
    }
    free(times);
    return 0;
}
