/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * environment.h: what a process must settle before it computes: threads, how they wait and round,
 * OpenBLAS's core type, signals.
 */
#ifndef INGOT_CLI_ENVIRONMENT_H
#define INGOT_CLI_ENVIRONMENT_H

#include <signal.h>

#include "program.h"

/* Set by SIGINT and SIGTERM. The first asks the work to end after its current step; the second of
 * a kind ends the process at once, as the system does by default. */
extern volatile sig_atomic_t ingot_stop;
void ingot_catch_signals(void);

/* Fixes the number of threads of OpenMP and OpenBLAS, and what both libraries read from the
 * environment before main: how long waiting threads spin, and OpenBLAS's kernels. Where that is not
 * what the program wants, the process restarts itself once (this call does not return then).
 * INGOT_ENVIRONMENT where OpenBLAS's kernels are still others after that. */
ingot_status ingot_settle(const ingot_program *program, int32_t threads, char **argv,
                          ingot_error *error);

#endif
