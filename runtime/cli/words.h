/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * words.h: what each word of the executable does. A word prints its results for people on
 * standard output (not with --json) and adds what machines want to session->summary.
 */
#ifndef INGOT_CLI_WORDS_H
#define INGOT_CLI_WORDS_H

#include "cli/session.h"

ingot_status ingot_word_run(ingot_session *session, ingot_error *error);
ingot_status ingot_word_validate(ingot_session *session, ingot_error *error);
ingot_status ingot_word_evaluate(ingot_session *session, ingot_error *error);
ingot_status ingot_word_predict(ingot_session *session, ingot_error *error);
ingot_status ingot_word_bench(ingot_session *session, ingot_error *error);
ingot_status ingot_word_runs(ingot_session *session, ingot_error *error);
ingot_status ingot_word_compare(ingot_session *session, ingot_error *error);
ingot_status ingot_word_sync(ingot_session *session, ingot_error *error);
ingot_status ingot_word_info(ingot_session *session, ingot_error *error);
ingot_status ingot_word_verify(ingot_session *session, ingot_error *error);
ingot_status ingot_word_source(ingot_session *session, ingot_error *error);

#endif
