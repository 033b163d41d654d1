/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * keys.h: what a stage depends on, as a table and as a key.
 *
 * The inputs of a stage are a flat JSON object: the parameters of the spec that it looks at (as the
 * manifest has them), `code` (SHA-256 over all sources, tools, libraries and flags of the
 * manifest), `lock` (of the carried lock) and `threads`. Its key is the SHA-256 of that object on
 * one line, under a heading with the stage's name. So an executable whose name, gate, tracking or
 * data folder differ has the same keys, and finds what another has computed.
 */
#ifndef INGOT_CLI_KEYS_H
#define INGOT_CLI_KEYS_H

#include "cli/session.h"

/* New; NULL when out of memory. stage: "features" (for explanations only: its key is the
 * program's), "train" or "evaluate". Without a manifest (programs of tests) the stamp is the only
 * input. */
json_t *ingot_stage_inputs(const ingot_session *session, const char *stage);

/* The key of "train", or of "evaluate" for the weights of this digest (`weights`, else NULL). */
ingot_status ingot_stage_key(const ingot_session *session, const char *stage, const char *weights,
                             char hex[65], ingot_error *error);

/* What differs between the inputs of then and now, in a line for a person: "train.optimizer.
 * learning_rate 0.1 -> 0.05, lock changed"; the first few. 0 where nothing does. */
int ingot_inputs_differ(const json_t *then, const json_t *now, char *text, size_t size);

#endif
