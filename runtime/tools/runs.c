/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * runs.c: the program ingot-runs, with which `lua build.lua runs|compare|sync` reads runs.db. Its
 * words, options and output are those of an executable (cli/options.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "cli/options.h"
#include "track/words.h"

static ingot_status perform(const ingot_options *o, json_t *summary, ingot_error *error) {
    const ingot_track_request request = {.work = o->work,
                                         .arguments = o->arguments,
                                         .argument_count = o->argument_count,
                                         .sort = o->sort,
                                         .limit = o->limit,
                                         .track = o->track,
                                         .out = o->json ? NULL : stdout,
                                         .summary = summary};
    switch (o->word) {
    case INGOT_WORD_RUNS:
        return ingot_track_runs(&request, error);
    case INGOT_WORD_COMPARE:
        return ingot_track_compare(&request, error);
    case INGOT_WORD_SYNC:
        return ingot_track_sync(&request, error);
    default:
        return ingot_fail(error, INGOT_USAGE, "the words are runs, compare and sync");
    }
}

int main(int argc, char **argv) {
    ingot_error error = {""};
    ingot_options options;
    json_t *summary = json_object();
    ingot_status status = ingot_options_read(argc, argv, &options, &error);
    if (status == INGOT_OK && options.help) {
        ingot_help(stdout, "lua build.lua", "runs", options.word);
    } else if (status == INGOT_OK) {
        status = perform(&options, summary, &error);
    }
    if (status != INGOT_OK) fprintf(stderr, "%s\n", error.text);
    if (options.json && !options.help) {
        json_object_set_new(summary, "exit_code", json_integer(status));
        json_object_set_new(summary, "status",
                            json_string(status == INGOT_OK      ? "ok"
                                        : status == INGOT_USAGE ? "usage"
                                                                : "failed"));
        if (status != INGOT_OK) json_object_set_new(summary, "error", json_string(error.text));
        char *line = ingot_json_line(summary);
        if (line) puts(line);
        free(line);
    }
    json_decref(summary);
    return fflush(stdout) == 0 ? (int)status : INGOT_FAILED;
}
