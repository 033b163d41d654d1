/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Makes a report from results as JSON, so that tests can look at the page of any results:
 *   render_report RESULTS.json REPORT.html
 */
#include <stdio.h>
#include <stdlib.h>

#include "report/report.h"

int main(int argc, char **argv) {
    json_error_t why;
    ingot_error error = {""};
    char *html = NULL;
    size_t size = 0;
    json_t *results = argc == 3 ? json_load_file(argv[1], 0, &why) : NULL;
    if (!results || ingot_report_html(results, &html, &size, &error) != INGOT_OK) {
        fprintf(stderr, "render_report: %s\n", results ? error.text : "usage, or not JSON");
        return 1;
    }
    FILE *to = fopen(argv[2], "wb");
    const int written = to && fwrite(html, 1, size, to) == size;
    const int closed = to && fclose(to) == 0;
    json_decref(results);
    free(html);
    return written && closed ? 0 : 1;
}
