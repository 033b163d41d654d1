/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * sections.c: what the sections of the report share. See sections.h.
 */
#include "report/sections.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const json_t *ingot_measured_split(const json_t *results, const char **name) {
    static const char *const names[] = {"test", "validation"};
    const json_t *metrics = json_object_get(json_object_get(results, "metrics"), "metrics");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *split = json_object_get(metrics, names[i]);
        *name = names[i];
        if (split) return split;
    }
    return NULL;
}

double ingot_number_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

long long ingot_whole_of(const json_t *object, const char *key) {
    return (long long)json_integer_value(json_object_get(object, key));
}

void ingot_html_number(ingot_html *html, double value, const char *format) {
    char text[64] = "\xe2\x80\x93";
    if (isfinite(value)) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, format, value);
#pragma GCC diagnostic pop
    }
    ingot_html_add(html, "<td>%s</td>", text);
}

void ingot_html_row(ingot_html *html, const char *name) {
    ingot_html_add(html, "<tr><th scope=\"row\">");
    ingot_html_string(html, name);
    ingot_html_add(html, "</th>");
}

void ingot_html_bytes(ingot_html *html, double bytes) {
    if (bytes >= 1024.0 * (1 << 20)) {
        ingot_html_add(html, "%.2f GiB", bytes / (1024.0 * (1 << 20)));
    } else if (bytes >= 1 << 20) {
        ingot_html_add(html, "%.1f MiB", bytes / (1 << 20));
    } else {
        ingot_html_add(html, "%.1f KiB", bytes / 1024);
    }
}

void ingot_html_count(ingot_html *html, long long count) {
    if (count < 0) ingot_html_add(html, "-");
    const long long size = llabs(count);
    long long unit = 1;
    while (size / unit >= 1000) unit *= 1000;
    ingot_html_add(html, "%lld", size / unit);
    for (unit /= 1000; unit > 0; unit /= 1000) {
        ingot_html_add(html, "&#8239;%03lld", size / unit % 1000);
    }
}

void ingot_html_duration(ingot_html *html, double seconds) {
    if (seconds >= 3600) {
        ingot_html_add(html, "%.0f h %02.0f min", floor(seconds / 3600),
                       floor(fmod(seconds, 3600) / 60));
    } else if (seconds >= 60) {
        ingot_html_add(html, "%.0f min %02.0f s", floor(seconds / 60), floor(fmod(seconds, 60)));
    } else {
        ingot_html_add(html, seconds >= 10 ? "%.1f s" : "%.2f s", seconds);
    }
}
