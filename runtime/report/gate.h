/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * gate.h: what the test split must reach for a model to be good enough, as the spec says.
 *
 * The generator has checked metric, class and operator and says where each number lies in the JSON
 * of the split's metrics (report/results_metrics.h), to which "latency" is added.
 */
#ifndef INGOT_REPORT_GATE_H
#define INGOT_REPORT_GATE_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

typedef enum ingot_comparison {
    INGOT_AT_LEAST, /* >= */
    INGOT_ABOVE,    /* >  */
    INGOT_AT_MOST,  /* <= */
    INGOT_BELOW     /* <  */
} ingot_comparison;

typedef struct ingot_gate_rule {
    const char *metric; /* as in the spec: "recall.fr" */
    const char *rule;   /* as in the spec: ">= 0.8" */
    const char *place;  /* names and indices with '/' between them: "classes/2/recall" */
    ingot_comparison comparison;
    double bound;
} ingot_gate_rule;

typedef struct ingot_gate {
    int32_t count;
    int32_t needs_latency; /* 1: a rule looks at "latency" */
    const ingot_gate_rule *rules;
} ingot_gate;

/* {"met", "rules": [{"metric", "rule", "value", "met"}]}; a value that is undefined is null and
 * meets no rule. New, or NULL when out of memory. */
json_t *ingot_gate_json(const ingot_gate *gate, const json_t *metrics);

/* One line that names the rules which were not met: "accuracy is 0.88, not >= 0.9". */
void ingot_gate_explain(const json_t *outcome, char *text, size_t size);

#endif
