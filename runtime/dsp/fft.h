/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * fft.h: spectra of INGOT_LANES real frames at once, for any frame length.
 *
 * The transform is a mixed-radix decimation in frequency (Gentleman and Sande 1966), in place and
 * depth first, so that all but the first passes work inside the first-level cache. Its output
 * stays in digit-reversed order: a value is a whole vector here, so reading through a table of
 * positions costs nothing. Frames of even length are transformed as half as many complex values
 * (Sorensen et al. 1987, section on real data). Radices 4, 2, 3, 5; a butterfly of p^2 operations
 * for other prime factors.
 */
#ifndef INGOT_DSP_FFT_H
#define INGOT_DSP_FFT_H

#include "base/error.h"
#include "dsp/lanes.h"

typedef struct ingot_fft ingot_fft;

/* length: 2 ... 1 << 20 real values per frame. A plan serves one thread at a time: butterflies of
 * unusual radices use scratch memory in it. */
ingot_status ingot_fft_new(int32_t length, ingot_fft **fft, ingot_error *error);
void ingot_fft_free(ingot_fft *fft); /* NULL is fine */

/* How many ingot_lane_complex the caller's work area must hold, and how a frame goes in: for even
 * lengths sample 2j is work[j].re and sample 2j+1 is work[j].im; for odd lengths sample j is
 * work[j].re and work[j].im is 0. */
int32_t ingot_fft_points(const ingot_fft *fft);

/* The first pass combines points p, p + strand, p + 2 strand, ... for each p below strand. It is
 * done apart, for p = from ... to - 1, so that a caller can fill those points and have them
 * combined while they are in the first-level cache. */
int32_t ingot_fft_strand(const ingot_fft *fft);
void ingot_fft_begin(const ingot_fft *fft, ingot_lane_complex *work, int32_t from, int32_t to);

/* All the other passes, when each p has been begun. power[k] = |X[k]|^2 for k = 0 ... length/2,
 * X[k] = sum over j of x[j] exp(-2 pi i j k / length). Destroys work. */
void ingot_fft_power(const ingot_fft *fft, ingot_lane_complex *work, ingot_lane_f32 *power);

#endif
