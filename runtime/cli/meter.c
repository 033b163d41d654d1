/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * meter.c: see meter.h.
 */
#include "cli/meter.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static double read_clock(clockid_t which) {
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double ingot_clock_coarse(void) {
    return read_clock(CLOCK_MONOTONIC_COARSE);
}

double ingot_clock(void) {
    return read_clock(CLOCK_MONOTONIC);
}

ingot_meter ingot_meter_make(int quiet, const char *what) {
    ingot_meter meter = {.what = what, .begun = ingot_clock_coarse(), .drawn = 0};
    meter.mode = quiet                   ? INGOT_METER_QUIET
                 : isatty(STDERR_FILENO) ? INGOT_METER_BAR
                                         : INGOT_METER_LINES;
    return meter;
}

void ingot_meter_clear(ingot_meter *meter) {
    if (meter->on_line) fputs("\r\033[K", stderr);
    meter->on_line = 0;
}

void ingot_meter_line(ingot_meter *meter, const char *format, ...) {
    va_list arguments;
    if (meter->mode == INGOT_METER_QUIET) return;
    ingot_meter_clear(meter);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void ingot_duration(double seconds, char text[32]) {
    const long long s = seconds < 0 ? 0 : seconds > 3.6e6 ? 3600000 : (long long)(seconds + 0.5);
    if (s >= 3600) {
        snprintf(text, 32, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    } else {
        snprintf(text, 32, "%lld:%02lld", s / 60, s % 60);
    }
}

/* 1 where it is time to draw again. */
static int due(ingot_meter *meter) {
    if (meter->mode != INGOT_METER_BAR) return 0;
    const double now = ingot_clock_coarse();
    if (now - meter->drawn < 0.1) return 0;
    meter->drawn = now;
    return 1;
}

enum { BAR = 24 };

static void draw(ingot_meter *meter, const char *left, double share, const char *right) {
    char bar[BAR + 1], line[256];
    struct winsize window;
    const int filled = (int)(share * BAR);
    for (int i = 0; i < BAR; i++) bar[i] = i < filled ? '#' : '.';
    bar[BAR] = 0;
    snprintf(line, sizeof line, "%s [%s] %s", left, bar, right);
    /* A line that wraps could not be drawn over. */
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 &&
        strlen(line) >= window.ws_col) {
        line[window.ws_col - 1] = 0;
    }
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
    meter->on_line = 1;
}

void ingot_meter_count(ingot_meter *meter, int64_t done, int64_t total, const char *unit) {
    if (!due(meter) || total <= 0) return;
    char right[128], left_text[32];
    const double seconds = ingot_clock_coarse() - meter->begun;
    const double rate = seconds > 0 ? (double)done / seconds : 0;
    ingot_duration(rate > 0 ? (double)(total - done) / rate : 0, left_text);
    snprintf(right, sizeof right, "%lld/%lld %s  %.0f/s  %s left", (long long)done,
             (long long)total, unit, rate, left_text);
    draw(meter, meter->what, (double)done / (double)total, right);
}

void ingot_meter_step(void *user, const ingot_pace *pace) {
    ingot_meter *meter = user;
    if (!due(meter)) return;
    char left[64], right[160], left_text[32];
    const double seconds = ingot_clock_coarse() - meter->begun;
    const double done = (double)pace->epoch * (double)pace->steps + (double)pace->step;
    const double all = (double)pace->epochs * (double)pace->steps;
    /* Samples of whole epochs are steps times this epoch's mean batch. */
    const double rate =
        seconds > 0 ? done * (double)pace->samples / (double)pace->step / seconds : 0;
    ingot_duration(seconds / done * (all - done), left_text);
    snprintf(left, sizeof left, "epoch %d/%d", pace->epoch + 1, pace->epochs);
    char accuracy[32] = "";
    if (pace->correct >= 0) {
        snprintf(accuracy, sizeof accuracy, "  accuracy %.4f",
                 (double)pace->correct / (double)pace->samples);
    }
    snprintf(right, sizeof right, "loss %.4f%s  %.0f samples/s  %s left",
             pace->loss_sum / (double)pace->samples, accuracy, rate, left_text);
    draw(meter, left, (double)pace->step / (double)pace->steps, right);
}

void ingot_meter_epoch(ingot_meter *meter, const ingot_epoch *epoch, int32_t epochs) {
    char validation[96] = "", accuracy[32] = "";
    const int classes = !isnan(epoch->accuracy); /* a regression has none */
    if (classes) snprintf(accuracy, sizeof accuracy, "  accuracy %.4f", epoch->accuracy);
    if (epoch->has_validation && classes) {
        snprintf(validation, sizeof validation, "  validation loss %.4f accuracy %.4f",
                 epoch->validation_loss, epoch->validation_accuracy);
    } else if (epoch->has_validation) {
        snprintf(validation, sizeof validation, "  validation loss %.4f", epoch->validation_loss);
    }
    ingot_meter_line(meter, "epoch %*d/%d  loss %.4f%s%s  %.0f samples/s",
                     epochs > 99  ? 3
                     : epochs > 9 ? 2
                                  : 1,
                     epoch->epoch + 1, epochs, epoch->loss, accuracy, validation,
                     epoch->seconds > 0 ? (double)epoch->samples / epoch->seconds : 0);
}
