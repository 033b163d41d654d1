/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * meter.h: progress on standard error. On a terminal a line that is drawn over, at most ten times a
 * second; elsewhere nothing but the lines that end an epoch or a stage; with --quiet nothing.
 */
#ifndef INGOT_CLI_METER_H
#define INGOT_CLI_METER_H

#include <stdint.h>

#include "train/loop.h"

typedef enum ingot_meter_mode {
    INGOT_METER_QUIET,
    INGOT_METER_LINES,
    INGOT_METER_BAR
} ingot_meter_mode;

typedef struct ingot_meter {
    ingot_meter_mode mode;
    const char *what;    /* "features" */
    double begun, drawn; /* seconds on the monotonic clock */
    int on_line;         /* 1: the terminal's last line is ours */
} ingot_meter;

/* Seconds on the monotonic clock; coarse (some ms) but nearly free. */
double ingot_clock_coarse(void);
double ingot_clock(void);

ingot_meter ingot_meter_make(int quiet, const char *what);

/* Takes the bar away. */
void ingot_meter_clear(ingot_meter *meter);

/* A line of its own, whatever the mode but quiet. */
void ingot_meter_line(ingot_meter *meter, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* done of total, with rate and time left; `unit` is "items". */
void ingot_meter_count(ingot_meter *meter, int64_t done, int64_t total, const char *unit);

/* ingot_train_hooks: a bar after steps, a line after epochs. `user` is an ingot_meter. */
void ingot_meter_step(void *user, const ingot_pace *pace);
void ingot_meter_epoch(ingot_meter *meter, const ingot_epoch *epoch, int32_t epochs);

/* "1:02:03" or "2:03" into text[32]. */
void ingot_duration(double seconds, char text[32]);

#endif
