/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * report.h: the results of a run as one self-contained HTML file: no network, light and dark,
 * readable on a phone and on paper. Equal results give equal bytes: it holds no date.
 */
#ifndef INGOT_REPORT_REPORT_H
#define INGOT_REPORT_REPORT_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

/* `results` holds "program" (report/results.h) and "spec", its text, and what there is of the files
 * of the folder under their names ("data" for data.json ...); sections without results are left
 * out. *html comes from malloc. */
ingot_status ingot_report_html(const json_t *results, char **html, size_t *size,
                               ingot_error *error);

#endif
