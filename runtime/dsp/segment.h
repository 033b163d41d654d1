/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * segment.h: how a sound is cut into segments of equal length. Integer arithmetic on microseconds
 * and source frames, so that the generator (generator/features/segments.lua, the same formulas)
 * knows the number of samples from the lock alone.
 *
 *   window  = round(window_us * rate / 10^6)       source frames, halves up, at least 1
 *   hop     = round(hop_us * rate / 10^6)          source frames, at least 1
 *   count   = 0                                    of no frames
 *           = 1 if short_pad else 0                of fewer frames than a window
 *           = 1 + (frames - window) div hop        otherwise, and one more, filled up with zeros,
 *                                                  for a rest if tail_pad
 *   segment k begins at target frame round(k * hop * target_rate / rate) and has
 *   round(window_us * target_rate / 10^6) of them.
 */
#ifndef INGOT_DSP_SEGMENT_H
#define INGOT_DSP_SEGMENT_H

#include <stdint.h>

typedef struct ingot_segment_rule {
    int64_t window_us, hop_us; /* 1 ... 10^10 */
    int32_t target_rate;       /* Hz */
    int32_t short_pad;         /* 1: a sound shorter than a window is filled up with zeros */
    int32_t tail_pad;          /* 1: so is what is left after the last whole window */
} ingot_segment_rule;

/* Frames of a window and of a hop at `rate` Hz (1 ... 10^8). */
int64_t ingot_segment_window(const ingot_segment_rule *rule, int32_t rate);
int64_t ingot_segment_hop(const ingot_segment_rule *rule, int32_t rate);
int64_t ingot_segment_count(const ingot_segment_rule *rule, int32_t rate, int64_t frames);
/* Target frame where segment k of a sound of `rate` Hz begins. */
int64_t ingot_segment_start(const ingot_segment_rule *rule, int32_t rate, int64_t k);

#endif
