/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * segment.c: see segment.h.
 */
#include "dsp/segment.h"

static int64_t frames_of(int64_t microseconds, int32_t rate) {
    const int64_t frames = (microseconds * rate + 500000) / 1000000;
    return frames < 1 ? 1 : frames;
}

int64_t ingot_segment_window(const ingot_segment_rule *rule, int32_t rate) {
    return frames_of(rule->window_us, rate);
}

int64_t ingot_segment_hop(const ingot_segment_rule *rule, int32_t rate) {
    return frames_of(rule->hop_us, rate);
}

int64_t ingot_segment_count(const ingot_segment_rule *rule, int32_t rate, int64_t frames) {
    const int64_t window = ingot_segment_window(rule, rate), hop = ingot_segment_hop(rule, rate);
    if (frames <= 0) return 0;
    if (frames < window) return rule->short_pad ? 1 : 0;
    const int64_t whole = 1 + (frames - window) / hop;
    /* The rest begins where the next segment would, and is of use if anything lies beyond what the
     * last whole window covered. */
    const int64_t covered = (whole - 1) * hop + window;
    return whole + (rule->tail_pad && covered < frames && whole * hop < frames ? 1 : 0);
}

int64_t ingot_segment_start(const ingot_segment_rule *rule, int32_t rate, int64_t k) {
    const int64_t at = k * ingot_segment_hop(rule, rate);
    /* at * target_rate may pass 2^63 for days of audio: whole seconds apart. */
    const int64_t seconds = at / rate, rest = at % rate;
    return seconds * rule->target_rate +
           (2 * rest * rule->target_rate + rate) / (2 * (int64_t)rate);
}
