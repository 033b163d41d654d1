/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * init.h: the state a training starts from, and the canonical order of a tensor's elements.
 */
#ifndef INGOT_TRAIN_INIT_H
#define INGOT_TRAIN_INIT_H

#include "program.h"

/* Fills every tensor of the program as its init says; floats of the state that belong to no tensor
 * become zero. Numbers are drawn in canonical order from the stream (seed, index of the tensor),
 * so that they depend neither on the order in memory nor on other tensors. */
void ingot_init_state(const ingot_program *program, float *state);

/* Copies a tensor between its place in the state and canonical order (as saved). Different blocks
 * of memory; the same for tensors that are not transposed, apart from a copy. */
void ingot_tensor_to_canonical(const ingot_tensor *tensor, const float *state, float *canonical);
void ingot_tensor_from_canonical(const ingot_tensor *tensor, const float *canonical, float *state);

#endif
