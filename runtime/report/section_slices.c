/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * section_slices.c: what the model is worth on parts of the split: by speaker, by a column.
 */
#include "report/sections.h"

static void render(ingot_html *html, const json_t *results) {
    const char *name;
    const json_t *split = ingot_measured_split(results, &name), *slice, *one;
    static const char *const keys[2][3] = {{"accuracy", "macro_f1", "log_loss"},
                                           {"mae", "rmse", "r2"}};
    static const char *const heads[2][3] = {{"accuracy", "macro F1", "log loss"},
                                            {"MAE", "RMSE", "R\xc2\xb2"}};
    const int numbers = json_object_get(split, "outputs") != NULL;
    size_t s, v;
    json_array_foreach(json_object_get(split, "slices"), s, slice) {
        const json_t *values = json_object_get(slice, "values");
        ingot_html_add(html, "<div class=\"%s\"><table><thead><tr><th>",
                       json_array_size(values) > 16 ? "long" : "wide");
        ingot_html_string(html, json_string_value(json_object_get(slice, "name")));
        ingot_html_add(html,
                       " (%s)</th><th>%s</th><th>%s</th><th>%s</th><th>items</th></tr></thead>"
                       "<tbody>\n",
                       name, heads[numbers][0], heads[numbers][1], heads[numbers][2]);
        json_array_foreach(values, v, one) {
            ingot_html_row(html, json_string_value(json_object_get(one, "name")));
            for (int k = 0; k < 3; k++) {
                ingot_html_number(html, ingot_number_of(one, keys[numbers][k]),
                                  numbers ? "%.5g" : "%.4f");
            }
            ingot_html_add(html, "<td>%lld</td></tr>\n", ingot_whole_of(one, "rows"));
        }
        ingot_html_add(html, "</tbody></table></div>\n");
    }
}

const ingot_section ingot_section_slices = {"slices", "Slices", render};
