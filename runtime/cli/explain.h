/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * explain.h: run --explain: for each stage whether it would run, and why. Nothing is run or
 * written.
 */
#ifndef INGOT_CLI_EXPLAIN_H
#define INGOT_CLI_EXPLAIN_H

#include "cli/session.h"

/* Prints a line for each stage; with --json `stages` of the summary has {"runs", "why"} for each.
 * What changed is told against the newest results in the work folder that know this stage: of an
 * executable of this name where there are any. */
ingot_status ingot_explain(ingot_session *session, ingot_error *error);

#endif
