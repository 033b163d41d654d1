/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * mel_features.c: sounds to mel spectrograms (features.h, dsp/mel.h). A sound streams through mono
 * mix, resampler and a buffer of one segment, so memory does not depend on its length, and how many
 * frames a decoder gives at once changes no bits.
 */
#include <stdlib.h>
#include <string.h>

#include "data/features.h"
#include "dsp/mel.h"
#include "dsp/resample.h"

#define BLOCK 16384 /* floats decoded at once */
#define SLACK 16384 /* frames that may wait behind a full segment */

typedef struct workspace {
    const ingot_mel_config *config;
    ingot_mel *mel;
    ingot_resampler *resampler; /* from `rate`; kept for the next sound of the same rate */
    int32_t rate;
    float *interleaved, *mono; /* [BLOCK] */
    float *segment;            /* [samples + SLACK] */
    float *sample;             /* [height][width] */
} workspace;

static int64_t count(const void *config, const ingot_file *facts) {
    const ingot_mel_config *mel = config;
    if (facts->rate < 1) return 0;
    return ingot_segment_count(&mel->segments, facts->rate, facts->frames);
}

static void span(const void *config, const ingot_file *facts, int64_t index, double *begin,
                 double *end) {
    const ingot_mel_config *mel = config;
    const int64_t hop = ingot_segment_hop(&mel->segments, facts->rate);
    *begin = (double)(index * hop) / facts->rate;
    *end = *begin + (double)ingot_segment_window(&mel->segments, facts->rate) / facts->rate;
}

static void workspace_free(void *user) {
    workspace *ws = user;
    if (ws == NULL) return;
    ingot_mel_free(ws->mel);
    ingot_resampler_free(ws->resampler);
    free(ws->interleaved);
    free(ws->mono);
    free(ws->segment);
    free(ws->sample);
    free(ws);
}

static ingot_status workspace_new(const void *user, void **to, ingot_error *error) {
    *to = NULL;
    const ingot_mel_config *config = user;
    workspace *ws = calloc(1, sizeof *ws);
    if (ws == NULL) return ingot_fail(error, INGOT_FAILED, "mel spectrogram: out of memory");
    ws->config = config;
    const ingot_status status = ingot_mel_new(config, &ws->mel, error);
    if (status != INGOT_OK) {
        workspace_free(ws);
        return status;
    }
    ws->interleaved = malloc(BLOCK * sizeof(float));
    ws->mono = malloc(BLOCK * sizeof(float));
    ws->segment = malloc(((size_t)config->samples + SLACK) * sizeof(float));
    ws->sample = malloc((size_t)config->height * (size_t)config->width * sizeof(float));
    if (!ws->interleaved || !ws->mono || !ws->segment || !ws->sample) {
        workspace_free(ws);
        return ingot_fail(error, INGOT_FAILED, "mel spectrogram: out of memory");
    }
    *to = ws;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ segments of a stream */

typedef struct stream {
    workspace *ws;
    int32_t rate;
    int64_t consumed;    /* source frames read so far */
    int64_t arrived;     /* target frames so far */
    int64_t k, start;    /* segment being filled, the target frame where it begins */
    size_t held;         /* its frames, and those behind it, in ws->segment */
    int64_t window, hop; /* source frames */
    ingot_sample_sink sink;
    void *user;
    int waves; /* 1: the sink gets segments as they are */
} stream;

static ingot_status finish_segment(stream *to, ingot_error *error) {
    workspace *ws = to->ws;
    const size_t samples = (size_t)ws->config->samples;
    if (!to->waves) ingot_mel_compute(ws->mel, ws->segment, ws->sample);
    const ingot_status status =
        to->sink(to->user, to->k, to->waves ? ws->segment : ws->sample, error);
    if (status != INGOT_OK) return status;
    const int64_t next = ingot_segment_start(&ws->config->segments, to->rate, ++to->k);
    const size_t step = (size_t)(next - to->start);
    to->start = next;
    const size_t held = to->held < samples ? samples : to->held; /* what was zeros is past */
    to->held = step < held ? held - step : 0;
    memmove(ws->segment, ws->segment + (held - to->held), to->held * sizeof(float));
    return INGOT_OK;
}

/* A full segment is one of the sound's as soon as its window of source frames has been read. */
static ingot_status finish_full_segments(stream *to, ingot_error *error) {
    while (to->held >= (size_t)to->ws->config->samples &&
           to->k * to->hop + to->window <= to->consumed) {
        const ingot_status status = finish_segment(to, error);
        if (status != INGOT_OK) return status;
    }
    return INGOT_OK;
}

static ingot_status take(void *user, const float *x, size_t n, ingot_error *error) {
    stream *to = user;
    const size_t room = (size_t)to->ws->config->samples + SLACK;
    while (n > 0) {
        const int64_t next = to->start + (int64_t)to->held;
        if (to->arrived < next) { /* between two segments */
            const size_t gap = (size_t)(next - to->arrived), skip = gap < n ? gap : n;
            to->arrived += (int64_t)skip;
            x += skip;
            n -= skip;
            continue;
        }
        const size_t space = room - to->held, part = n < space ? n : space;
        if (part == 0) {
            return ingot_fail(error, INGOT_FAILED, "a segment does not end: %lld frames read",
                              (long long)to->consumed);
        }
        memcpy(to->ws->segment + to->held, x, part * sizeof(float));
        to->held += part;
        to->arrived += (int64_t)part;
        x += part;
        n -= part;
        const ingot_status status = finish_full_segments(to, error);
        if (status != INGOT_OK) return status;
    }
    return INGOT_OK;
}

/* The segments that only the end of the sound decides on, filled up with zeros. */
static ingot_status finish_rest(stream *to, ingot_error *error) {
    const size_t samples = (size_t)to->ws->config->samples;
    const int64_t all = ingot_segment_count(&to->ws->config->segments, to->rate, to->consumed);
    while (to->k < all) {
        if (to->held < samples) {
            memset(to->ws->segment + to->held, 0, (samples - to->held) * sizeof(float));
        }
        const size_t held = to->held;
        const int64_t start = to->start;
        const ingot_status status = finish_segment(to, error);
        if (status != INGOT_OK) return status;
        const size_t step = (size_t)(to->start - start);
        to->held = held > step ? held - step : 0; /* zeros do not count as held */
    }
    return INGOT_OK;
}

static void mix(const float *restrict x, int64_t frames, int32_t channels, float *restrict mono) {
    if (channels == 2) { /* the same bits as below, in vectors */
        for (int64_t i = 0; i < frames; i++) mono[i] = (x[2 * i] + x[2 * i + 1]) * 0.5F;
        return;
    }
    const float scale = (float)channels;
    for (int64_t i = 0; i < frames; i++) {
        float sum = x[i * channels];
        for (int32_t c = 1; c < channels; c++) sum += x[i * channels + c];
        mono[i] = sum / scale;
    }
}

static ingot_status prepare_resampler(workspace *ws, int32_t rate, ingot_error *error) {
    if (ws->resampler != NULL && ws->rate == rate) {
        return ingot_resampler_reset(ws->resampler, error);
    }
    ingot_resampler_free(ws->resampler);
    ws->resampler = NULL;
    ws->rate = rate;
    return ingot_resampler_new(rate, ws->config->segments.target_rate, &ws->resampler, error);
}

static ingot_status pour(const void *config, void *user, ingot_signal *signal, int waves,
                         ingot_sample_sink sink, void *sink_user, ingot_error *error) {
    workspace *ws = user;
    const ingot_segment_rule *rule = &((const ingot_mel_config *)config)->segments;
    const int32_t channels = signal->channels;
    if (channels < 1 || channels > BLOCK) {
        return ingot_fail(error, INGOT_FAILED, "mel spectrogram: %d channels", channels);
    }
    ingot_status status = prepare_resampler(ws, signal->rate, error);
    if (status != INGOT_OK) return status;
    stream to = {.ws = ws,
                 .rate = signal->rate,
                 .window = ingot_segment_window(rule, signal->rate),
                 .hop = ingot_segment_hop(rule, signal->rate),
                 .sink = sink,
                 .user = sink_user,
                 .waves = waves};
    float *decoded = channels == 1 ? ws->mono : ws->interleaved;
    for (;;) {
        int64_t got = 0;
        status = signal->read(signal, decoded, BLOCK / channels, &got, error);
        if (status != INGOT_OK) return status;
        if (got == 0) break;
        if (channels > 1) mix(decoded, got, channels, ws->mono);
        to.consumed += got;
        status = ingot_resampler_push(ws->resampler, ws->mono, (size_t)got, take, &to, error);
        if (status != INGOT_OK) return status;
    }
    status = ingot_resampler_end(ws->resampler, take, &to, error);
    return status == INGOT_OK ? finish_rest(&to, error) : status;
}

static ingot_status compute(const void *config, void *user, ingot_signal *signal,
                            ingot_sample_sink sink, void *sink_user, ingot_error *error) {
    return pour(config, user, signal, 0, sink, sink_user, error);
}

static ingot_status compute_waves(const void *config, void *user, ingot_signal *signal,
                                  ingot_sample_sink sink, void *sink_user, ingot_error *error) {
    return pour(config, user, signal, 1, sink, sink_user, error);
}

static void from_wave(const void *config, void *user, const float *wave, float *sample) {
    (void)config;
    ingot_mel_compute(((workspace *)user)->mel, wave, sample);
}

const ingot_features ingot_features_mel_spectrogram = {
    .name = "mel_spectrogram",
    .accepts = INGOT_SIGNAL_AUDIO,
    .count = count,
    .span = span,
    .workspace_new = workspace_new,
    .workspace_free = workspace_free,
    .compute = compute,
    .compute_waves = compute_waves,
    .from_wave = from_wave,
};
