/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * copy_results.c: the results under names that no stamp is part of, for a tool that wants to know
 * beforehand where they will be (DVC). See stages.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/stages.h"

static const char *const names[] = {"weights.safetensors", "history.json", "metrics.json",
                                    "report.html"};

static ingot_status copy(const char *from, const char *to, ingot_error *error) {
    ingot_mapping mapping;
    if (access(from, F_OK) != 0) {
        if (unlink(to) == 0 || errno == ENOENT) return INGOT_OK;
        return ingot_fail(error, INGOT_FAILED, "%s: %s", to, strerror(errno));
    }
    ingot_status status = ingot_map_file(from, &mapping, error);
    if (status != INGOT_OK) return status;
    status = ingot_write_file(to, mapping.bytes, mapping.size, NULL, error);
    ingot_unmap(&mapping);
    return status;
}

ingot_status ingot_copy_results(const ingot_session *session, ingot_error *error) {
    const char *folder = session->options->results;
    if (!folder) return INGOT_OK;
    ingot_status status = ingot_make_directories(folder, error);
    for (size_t i = 0; status == INGOT_OK && i < sizeof names / sizeof *names; i++) {
        char *from = NULL, *to = ingot_join(folder, names[i]);
        status = to ? ingot_session_path(session, names[i], &from, error)
                    : ingot_fail(error, INGOT_FAILED, "out of memory");
        if (status == INGOT_OK) status = copy(from, to, error);
        free(from);
        free(to);
    }
    return status;
}
