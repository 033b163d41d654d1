/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * page.h: what is the same on every report: the head with its style sheet, and the script that
 * shows values under the pointer. Nothing is fetched: the page's own content policy forbids it.
 */
#ifndef INGOT_REPORT_PAGE_H
#define INGOT_REPORT_PAGE_H

#include "report/html.h"

/* What stands in <head>, but for the title. */
void ingot_page_head(ingot_html *html);

/* What stands at the end of <body>. */
void ingot_page_script(ingot_html *html);

#endif
