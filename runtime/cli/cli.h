/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * cli.h: the command line of an executable: reads it, does the word, tells how it went.
 */
#ifndef INGOT_CLI_CLI_H
#define INGOT_CLI_CLI_H

#include "program.h"

/* Returns the exit code. May restart the process once (environment.h). */
int ingot_cli(const ingot_program *program, int argc, char **argv);

#endif
