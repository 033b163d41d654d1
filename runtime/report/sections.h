/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * sections.h: the parts of the report. A section is one file, section_<name>.c, that defines one
 * ingot_section, and one row of the table in report.c; what it shows it takes from the results
 * (report.json), and where they hold nothing for it, it is left out.
 */
#ifndef INGOT_REPORT_SECTIONS_H
#define INGOT_REPORT_SECTIONS_H

#include <jansson.h>

#include "report/html.h"

typedef struct ingot_section {
    const char *id;    /* of the element, and the link to it */
    const char *title; /* its heading; plain text */
    /* Adds what stands under the heading. Adding nothing leaves the heading out too. */
    void (*render)(ingot_html *html, const json_t *results);
} ingot_section;

extern const ingot_section ingot_section_gate, ingot_section_results, ingot_section_regression,
    ingot_section_confusion, ingot_section_curves, ingot_section_words, ingot_section_mistakes,
    ingot_section_training, ingot_section_slices, ingot_section_data, ingot_section_validation,
    ingot_section_spec, ingot_section_resources, ingot_section_made;

/* ---- what sections share */

/* results.metrics.metrics.test, or of the validation split where nothing was tested; *name says
 * which ("test"); NULL: neither. */
const json_t *ingot_measured_split(const json_t *results, const char **name);

/* A number of an object; NaN where it has none. */
double ingot_number_of(const json_t *object, const char *key);
long long ingot_whole_of(const json_t *object, const char *key);

/* "<td>0.9852</td>"; a dash where it is not a number. */
void ingot_html_number(ingot_html *html, double value, const char *format);

/* "<tr><th scope=row>name</th>" */
void ingot_html_row(ingot_html *html, const char *name);

/* "12.3 MiB" */
void ingot_html_bytes(ingot_html *html, double bytes);

/* "1 234 567": thin spaces between the thousands. */
void ingot_html_count(ingot_html *html, long long count);

/* "1.23 s", "2 min 05 s" */
void ingot_html_duration(ingot_html *html, double seconds);

#endif
