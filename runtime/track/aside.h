/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * aside.h: runs that could not be written to WORK/runs.db, because others held it to the end, it
 * was damaged, or a newer Ingot had written it. Such a run is kept in a file of its own beside it,
 * WORK/runs-aside-<id>.db, with the same tables; whoever opens runs.db next and can write to it
 * takes the run over, once, and removes the file.
 */
#ifndef INGOT_TRACK_ASIDE_H
#define INGOT_TRACK_ASIDE_H

#include "track/db.h"

/* The path of the file of run `id` (32 hex digits), `end` ".db" or ".tmp" while it is being
 * written. The caller frees it; NULL: out of memory. */
char *ingot_aside_path(const char *work, const char *id, const char *end);

/* Takes over every run set aside in `work`. A file that is damaged or of a newer version stays
 * where it is and is no failure. */
ingot_status ingot_aside_gather(ingot_db *db, const char *work, ingot_error *error);

#endif
