/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * audio_file.c: see audio_file.h.
 */
#include "data/audio_file.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/audio_container.h"

#define HIGHEST_RATE 1000000
#define MOST_CHANNELS 1024

struct ingot_audio_file {
    SNDFILE *sound;
    int32_t channels;
    int64_t promised; /* frames; -1: not to be held against it */
    int64_t at;       /* frames read */
};

/* libsndfile keeps why an open failed in one place for the whole process. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static ingot_status open_sound(const char *path, SNDFILE **sound, SF_INFO *info,
                               ingot_error *error) {
    ingot_status status = INGOT_OK;
    memset(info, 0, sizeof *info);
    pthread_mutex_lock(&opening);
    *sound = sf_open(path, SFM_READ, info);
    if (*sound == NULL) {
        char why[256];
        strncpy(why, sf_strerror(NULL), sizeof why - 1);
        why[sizeof why - 1] = '\0';
        size_t length = strlen(why);
        while (length > 0 && strchr(".\n ", why[length - 1]) != NULL) why[--length] = '\0';
        status = ingot_fail(error, INGOT_FAILED, "not audio: %s", why);
    }
    pthread_mutex_unlock(&opening);
    return status;
}

ingot_status ingot_audio_file_open(const char *path, ingot_audio_file **to,
                                   ingot_audio_facts *facts, ingot_error *error) {
    *to = NULL;
    *facts = (ingot_audio_facts){0};
    struct stat there;
    if (stat(path, &there) != 0) {
        return ingot_fail(error, INGOT_FAILED, "cannot read: %s", strerror(errno));
    }
    if (!S_ISREG(there.st_mode)) return ingot_fail(error, INGOT_FAILED, "cannot read: not a file");
    if (there.st_size == 0) return ingot_fail(error, INGOT_FAILED, "empty file");
    ingot_status status = ingot_audio_container_check(path, error);
    if (status != INGOT_OK) return status;
    SNDFILE *sound;
    SF_INFO info;
    status = open_sound(path, &sound, &info, error);
    if (status != INGOT_OK) return status;
    if (info.samplerate < 1 || info.samplerate > HIGHEST_RATE) {
        status = ingot_fail(error, INGOT_FAILED, "not audio: a rate of %d Hz is outside 1 ... %d",
                            info.samplerate, HIGHEST_RATE);
    } else if (info.channels < 1 || info.channels > MOST_CHANNELS) {
        status = ingot_fail(error, INGOT_FAILED, "not audio: %d channels", info.channels);
    } else if (info.frames <= 0) {
        facts->rate = info.samplerate;
        facts->channels = info.channels;
        status = ingot_fail(error, INGOT_FAILED, "no sound: 0 frames");
    }
    ingot_audio_file *file = status == INGOT_OK ? malloc(sizeof *file) : NULL;
    if (file == NULL) {
        sf_close(sound);
        return status != INGOT_OK ? status : ingot_fail(error, INGOT_FAILED, "out of memory");
    }
    const int unknown = info.frames == SF_COUNT_MAX;
    /* MPEG streams carry no count; libsndfile's is an estimate. */
    const int estimated = (info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG;
    file->sound = sound;
    file->channels = info.channels;
    file->promised = unknown || estimated ? -1 : info.frames;
    file->at = 0;
    facts->rate = info.samplerate;
    facts->channels = info.channels;
    facts->frames = unknown ? -1 : info.frames;
    *to = file;
    return INGOT_OK;
}

void ingot_audio_file_close(ingot_audio_file *file) {
    if (file == NULL) return;
    sf_close(file->sound);
    free(file);
}

ingot_status ingot_audio_file_rewind(ingot_audio_file *file, ingot_error *error) {
    if (file->at == 0) return INGOT_OK;
    if (sf_seek(file->sound, 0, SEEK_SET) != 0) {
        return ingot_fail(error, INGOT_FAILED, "cannot go back to the first frame: %s",
                          sf_strerror(file->sound));
    }
    file->at = 0;
    return INGOT_OK;
}

/* A sum of x - x is 0 exactly where every x is finite; it vectorises, and errors are rare. */
static int all_finite(const float *x, size_t count) {
    float sums[16] = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        for (size_t j = 0; j < 16; j++) sums[j] += x[i + j] - x[i + j];
    }
    for (; i < count; i++) sums[0] += x[i] - x[i];
    float sum = 0.0F;
    for (size_t j = 0; j < 16; j++) sum += sums[j];
    return sum == 0.0F;
}

ingot_status ingot_audio_file_read(ingot_audio_file *file, float *to, int64_t frames, int64_t *got,
                                   ingot_error *error) {
    *got = 0;
    const sf_count_t count = sf_readf_float(file->sound, to, frames);
    if (sf_error(file->sound) != SF_ERR_NO_ERROR) {
        return ingot_fail(error, INGOT_FAILED, "cannot decode after frame %lld: %s",
                          (long long)(file->at + (count > 0 ? count : 0)),
                          sf_strerror(file->sound));
    }
    if (count <= 0) {
        if (file->promised >= 0 && file->at < file->promised) {
            return ingot_fail(error, INGOT_FAILED,
                              "truncated: the header promises %lld frames, the file holds %lld",
                              (long long)file->promised, (long long)file->at);
        }
        return INGOT_OK;
    }
    const size_t values = (size_t)count * (size_t)file->channels;
    if (!all_finite(to, values)) {
        size_t i = 0;
        while (isfinite(to[i])) i++;
        return ingot_fail(error, INGOT_FAILED, "sample is %s at frame %lld",
                          isnan(to[i]) ? "NaN" : "infinite",
                          (long long)(file->at + (int64_t)(i / (size_t)file->channels)));
    }
    file->at += count;
    *got = count;
    return INGOT_OK;
}
