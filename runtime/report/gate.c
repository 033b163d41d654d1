/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * gate.c: see gate.h.
 */
#include "report/gate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* The value at a place; NULL where there is none. */
static const json_t *value_at(const json_t *value, const char *place) {
    while (value && *place) {
        char step[256];
        const size_t length = strcspn(place, "/");
        if (length >= sizeof step) return NULL;
        memcpy(step, place, length);
        step[length] = 0;
        value = json_is_array(value) ? json_array_get(value, strtoul(step, NULL, 10))
                                     : json_object_get(value, step);
        place += length + (place[length] == '/');
    }
    return value;
}

static int meets(const ingot_gate_rule *rule, double value) {
    switch (rule->comparison) { /* a NaN meets none */
    case INGOT_AT_LEAST:
        return value >= rule->bound;
    case INGOT_ABOVE:
        return value > rule->bound;
    case INGOT_AT_MOST:
        return value <= rule->bound;
    case INGOT_BELOW:
        return value < rule->bound;
    }
    return 0;
}

json_t *ingot_gate_json(const ingot_gate *gate, const json_t *metrics) {
    json_t *rules = json_array();
    int all = 1;
    for (int32_t i = 0; i < gate->count; i++) {
        const ingot_gate_rule *rule = &gate->rules[i];
        const json_t *found = value_at(metrics, rule->place);
        const double value = json_is_number(found) ? json_number_value(found) : NAN;
        const int met = meets(rule, value);
        all = all && met;
        json_array_append_new(rules,
                              json_pack("{s:s, s:s, s:o, s:b}", "metric", rule->metric, "rule",
                                        rule->rule, "value", ingot_json_real(value), "met", met));
    }
    return json_pack("{s:b, s:o}", "met", all, "rules", rules);
}

void ingot_gate_explain(const json_t *outcome, char *text, size_t size) {
    size_t i, used = 0;
    const json_t *one;
    text[0] = 0;
    json_array_foreach(json_object_get(outcome, "rules"), i, one) {
        if (json_is_true(json_object_get(one, "met")) || used + 1 >= size) continue;
        char value[64] = "undefined";
        const json_t *number = json_object_get(one, "value");
        if (json_is_number(number)) {
            snprintf(value, sizeof value, "%.6g", json_number_value(number));
        }
        const int length =
            snprintf(text + used, size - used, "%s%s is %s, not %s", used ? "; " : "",
                     json_string_value(json_object_get(one, "metric")), value,
                     json_string_value(json_object_get(one, "rule")));
        if (length < 0) return;
        used += (size_t)length;
    }
}
