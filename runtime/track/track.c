/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * track.c: see track.h.
 */
#include "track/track.h"

#include <stddef.h>
#include <string.h>

static int is_http(const char *url) {
    return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

ingot_status ingot_track_check_url(const char *url, ingot_error *error) {
    if (!is_http(url)) {
        return ingot_fail(error, INGOT_USAGE,
                          "'%s' is not the URL of an MLflow server, like http://host:5000", url);
    }
    const char *host = strstr(url, "://") + 3;
    const size_t length = strcspn(host, "/");
    if (memchr(host, '@', length)) {
        /* It would be written into runs.db. */
        return ingot_fail(error, INGOT_USAGE,
                          "the URL of the MLflow server holds a user or a password; put them into "
                          "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD");
    }
    if (length == 0 || strpbrk(url, "?# \t\r\n") || strlen(url) > 1024) {
        return ingot_fail(error, INGOT_USAGE,
                          "'%.200s' is not the URL of an MLflow server, like http://host:5000",
                          url);
    }
    return INGOT_OK;
}

ingot_status ingot_track_choose(const char *option, const ingot_track *spec, const char *variable,
                                ingot_track_choice *choice, ingot_error *error) {
    choice->records = 1;
    choice->mlflow = NULL;
    if (option && strcmp(option, "none") == 0) {
        choice->records = 0;
    } else if (option && strncmp(option, "mlflow=", 7) == 0) {
        choice->mlflow = option + 7;
    } else if (option && strcmp(option, "local") != 0) {
        return ingot_fail(error, INGOT_USAGE, "--track wants none, local or mlflow=URL, not '%s'",
                          option);
    } else if (!option && spec && spec->mlflow) {
        choice->mlflow = spec->mlflow;
    } else if (!option && variable && is_http(variable)) {
        choice->mlflow = variable;
    }
    return choice->mlflow ? ingot_track_check_url(choice->mlflow, error) : INGOT_OK;
}
