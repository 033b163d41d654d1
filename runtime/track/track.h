/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * track.h: what a spec says of tracking (`track = { mlflow = …, experiment = … }`), as generated
 * code has it, and how a command line and the environment change it.
 */
#ifndef INGOT_TRACK_TRACK_H
#define INGOT_TRACK_TRACK_H

#include "base/error.h"

typedef struct ingot_track {
    const char *mlflow;     /* URL of an MLflow server; NULL: none */
    const char *experiment; /* what runs are grouped by; NULL: the name of the executable */
} ingot_track;

typedef struct ingot_track_choice {
    int records;        /* 0: nothing is recorded */
    const char *mlflow; /* NULL: runs are sent nowhere */
} ingot_track_choice;

/* What counts: `option` (--track: "none", "local" or "mlflow=URL"; NULL: not given), else the spec
 * (NULL: it says nothing), else MLFLOW_TRACKING_URI, `variable`. INGOT_USAGE for another option or
 * a URL that is none. A variable that names no server (MLflow also knows files) is passed over. */
ingot_status ingot_track_choose(const char *option, const ingot_track *spec, const char *variable,
                                ingot_track_choice *choice, ingot_error *error);

/* Whether text is http://host… or https://host… without a user, a query or a fragment. */
ingot_status ingot_track_check_url(const char *url, ingot_error *error);

#endif
