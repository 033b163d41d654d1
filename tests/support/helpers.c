/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * helpers.c: what end-to-end tests need and a shell does not have.
 *
 *   helpers sound FILE FORMAT RATE CHANNELS SECONDS HZ   a tone, written by libsndfile; FORMAT is
 *                                                        wav, flac or ogg
 *   helpers peak FILE PROGRAM ARGUMENT…                  runs a program and writes to FILE how much
 *                                                        memory it had at most, in KiB; its exit
 * code
 */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int complain(const char *what, const char *why) {
    fprintf(stderr, "helpers: %s: %s\n", what, why);
    return 99;
}

static int sound(char **a) {
    SF_INFO info = {0};
    info.samplerate = atoi(a[2]);
    info.channels = atoi(a[3]);
    if (strcmp(a[1], "wav") == 0) {
        info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    } else if (strcmp(a[1], "flac") == 0) {
        info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    } else if (strcmp(a[1], "ogg") == 0) {
        info.format = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
    } else {
        return complain(a[1], "no such format");
    }
    const int frames = (int)lround(atof(a[4]) * info.samplerate);
    const double turn = 6.283185307179586 * atof(a[5]) / info.samplerate;
    float *samples = calloc((size_t)frames * (size_t)info.channels + 1, sizeof *samples);
    SNDFILE *file = sf_open(a[0], SFM_WRITE, &info);
    if (!file || !samples) return complain(a[0], file ? "out of memory" : sf_strerror(NULL));
    for (int i = 0; i < frames; i++) {
        for (int c = 0; c < info.channels; c++) {
            samples[i * info.channels + c] = (float)(0.5 * sin(turn * i));
        }
    }
    const sf_count_t written = sf_writef_float(file, samples, frames);
    free(samples);
    if (sf_close(file) != 0 || written != frames) return complain(a[0], "cannot be written");
    return 0;
}

static int peak(char **a) {
    const pid_t child = fork();
    int ended;
    struct rusage usage;
    if (child == 0) {
        execv(a[1], a + 1);
        _exit(127);
    }
    if (child < 0 || wait4(child, &ended, 0, &usage) != child) return complain(a[1], "cannot run");
    FILE *file = fopen(a[0], "w");
    if (!file) return complain(a[0], "cannot be written");
    fprintf(file, "%ld\n", usage.ru_maxrss);
    if (fclose(file) != 0) return complain(a[0], "cannot be written");
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
}

int main(int argc, char **argv) {
    if (argc == 8 && strcmp(argv[1], "sound") == 0) return sound(argv + 2);
    if (argc >= 4 && strcmp(argv[1], "peak") == 0) return peak(argv + 2);
    return complain("usage", "see the top of helpers.c");
}
