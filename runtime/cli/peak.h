/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * peak.h: what this machine can do at most, measured, so that a figure can be stated as a fraction
 * of it (`bench --profile`, bench/peak.c).
 *
 * Each figure is the best of several short runs: other processes only ever make it less.
 */
#ifndef INGOT_CLI_PEAK_H
#define INGOT_CLI_PEAK_H

/* Floats of the vectors this file was compiled for: 16 with AVX-512, 8 with AVX. */
int ingot_peak_lanes(void);

/* 10^9 operations per second of single-precision fused multiply-adds in registers, two operations
 * each: 12 independent chains of the widest vectors. What a perfect matrix product would reach. */
double ingot_peak_fma(int threads, double seconds);

/* The same in bfloat16 with sums in float: the dot products of AVX512_BF16, or the tiles of AMX
 * where `amx` is set. 0 where the processor, or the system, does not have them. */
double ingot_peak_bf16(int threads, double seconds, int amx);

/* 10^9 bytes per second of a[i] = b[i] + s * c[i] over arrays far larger than the caches (STREAM,
 * McCalpin 1995), three arrays counted; what the caches read in order to write is not counted.
 * 0 where there is no memory for it (576 MiB). */
double ingot_peak_triad(int threads, double seconds);

#endif
