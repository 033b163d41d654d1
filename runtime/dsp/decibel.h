/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * decibel.h: 10 log10 over an array, faster than libm and within 1e-5 dB of it.
 */
#ifndef INGOT_DSP_DECIBEL_H
#define INGOT_DSP_DECIBEL_H

#include <stddef.h>

/* x[i] = 10 log10(max(x[i], floor)). floor is a positive normal float. A NaN becomes the floor's
 * value as fmax has it; the callers have refused NaN before. */
void ingot_decibels(float *x, size_t count, float floor);

#endif
