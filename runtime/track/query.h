/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * query.h: reads runs.db for people and programs: lists, one run, what differs between several.
 * All results are JSON values; text.h makes tables of them.
 */
#ifndef INGOT_TRACK_QUERY_H
#define INGOT_TRACK_QUERY_H

#include <jansson.h>

#include "track/db.h"

/* The runs that meet every condition, as an array of {"id", "name", "experiment", "status",
 * "started", "seconds", "stamp", "threads", "metrics": {...}, "tags": {...}, ...}.
 *
 * A condition is FIELD OP VALUE in one text, OP one of = != < <= > >= ~ (contains). FIELD is
 * name, experiment, status, stamp (a beginning is enough), id, word, threads, started (a date,
 * 2026-01-31), `tag.NAME`, `parameter.NAME` or the name of a metric, of which the latest value
 * counts. `sort` is such a field, with - before it for descending order; NULL: newest first.
 * `limit` 0: all. INGOT_USAGE where a condition cannot be read. */
ingot_status ingot_query_list(ingot_db *db, char *const *conditions, int count, const char *sort,
                              int64_t limit, json_t **runs, ingot_error *error);

/* The number of the run that a text means: the beginning of an id (at least 4 digits), or the name
 * of an executable, whose newest run it is. */
ingot_status ingot_query_find(ingot_db *db, const char *text, int64_t *number, ingot_error *error);

/* All that is known of a run: that of the list, and "parameters", "environment", "stages",
 * "artifacts", "inputs", "spec" (text). */
ingot_status ingot_query_show(ingot_db *db, int64_t number, json_t **run, ingot_error *error);

/* Of several runs, what is not the same in all: {"runs": [...], "differs": {"parameters": {name:
 * [values]}, "data": ..., "code": ..., "environment": ..., "metrics": ..., "stages": ...}}. */
ingot_status ingot_query_compare(ingot_db *db, const int64_t *numbers, int count, json_t **all,
                                 ingot_error *error);

/* Sets a tag, "name=value"; an empty value takes it away. */
ingot_status ingot_query_tag(ingot_db *db, int64_t number, const char *text, ingot_error *error);

#endif
