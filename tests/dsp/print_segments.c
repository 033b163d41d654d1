/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * For tests/dsp/test_segments.lua: reads lines "window_us hop_us target_rate short_pad tail_pad
 * rate frames k" and prints "count start samples" by the runtime's formulas.
 */
#include <inttypes.h>
#include <stdio.h>

#include "dsp/segment.h"

int main(void) {
    ingot_segment_rule rule;
    int32_t rate;
    int64_t frames, k;
    while (scanf("%" SCNd64 " %" SCNd64 " %" SCNd32 " %" SCNd32 " %" SCNd32 " %" SCNd32 " %" SCNd64
                 " %" SCNd64,
                 &rule.window_us, &rule.hop_us, &rule.target_rate, &rule.short_pad, &rule.tail_pad,
                 &rate, &frames, &k) == 8) {
        printf("%" PRId64 " %" PRId64 " %" PRId64 "\n", ingot_segment_count(&rule, rate, frames),
               ingot_segment_start(&rule, rate, k), ingot_segment_window(&rule, rule.target_rate));
    }
    return 0;
}
