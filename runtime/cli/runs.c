/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * runs.c: the words runs, compare and sync of an executable; track/words.h does them.
 */
#include "cli/words.h"
#include "track/words.h"

static ingot_track_request request_of(ingot_session *session) {
    const ingot_options *o = session->options;
    return (ingot_track_request){.work = o->work,
                                 .arguments = o->arguments,
                                 .argument_count = o->argument_count,
                                 .sort = o->sort,
                                 .limit = o->limit,
                                 .track = o->track,
                                 .out = ingot_session_out(session),
                                 .summary = session->summary};
}

ingot_status ingot_word_runs(ingot_session *session, ingot_error *error) {
    const ingot_track_request request = request_of(session);
    return ingot_track_runs(&request, error);
}

ingot_status ingot_word_compare(ingot_session *session, ingot_error *error) {
    const ingot_track_request request = request_of(session);
    return ingot_track_compare(&request, error);
}

ingot_status ingot_word_sync(ingot_session *session, ingot_error *error) {
    const ingot_track_request request = request_of(session);
    return ingot_track_sync(&request, error);
}
