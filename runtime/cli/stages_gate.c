/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * stages_gate.c: the gate of the spec, as a part of the evaluation. See stages.h.
 */
#include <stdio.h>

#include "base/json.h"
#include "cli/stages.h"
#include "report/gate.h"
#include "train/latency.h"

static json_t *latency_json(const ingot_latency *l) {
    return json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "calls", l->calls, "batch", l->batch,
                     "mean_ms", ingot_json_real(l->mean), "p50_ms", ingot_json_real(l->p50),
                     "p90_ms", ingot_json_real(l->p90), "p99_ms", ingot_json_real(l->p99), "max_ms",
                     ingot_json_real(l->max));
}

static void print_gate(FILE *to, const json_t *outcome) {
    size_t i;
    const json_t *one;
    fprintf(to, "gate: %s\n  %-28s %-14s %12s\n",
            json_is_true(json_object_get(outcome, "met")) ? "met" : "not met", "metric", "wanted",
            "test split");
    json_array_foreach(json_object_get(outcome, "rules"), i, one) {
        char value[64] = "undefined";
        const json_t *number = json_object_get(one, "value");
        if (json_is_number(number)) {
            snprintf(value, sizeof value, "%.6g", json_number_value(number));
        }
        fprintf(to, "  %-28s %-14s %12s  %s\n", json_string_value(json_object_get(one, "metric")),
                json_string_value(json_object_get(one, "rule")), value,
                json_is_true(json_object_get(one, "met")) ? "met" : "NOT MET");
    }
    fputc('\n', to);
}

ingot_status ingot_gate_measure(ingot_session *session, const json_t *test, const char *weights,
                                ingot_error *error) {
    const ingot_program *program = session->program;
    const ingot_gate *gate = program->gate;
    if (!gate) return INGOT_OK;
    ingot_status status = INGOT_OK;
    json_t *numbers = json_copy((json_t *)(uintptr_t)test), *latency = NULL;
    if (gate->needs_latency) {
        ingot_latency measured;
        status =
            ingot_measure_latency(program, session->threads, ingot_engine_state(session->engine),
                                  session->store, INGOT_TEST, &measured, error);
        if (status == INGOT_OK) {
            latency = latency_json(&measured);
            json_object_set(numbers, "latency", latency);
        }
    }
    json_t *outcome = status == INGOT_OK ? ingot_gate_json(gate, numbers) : NULL;
    json_decref(numbers);
    if (status == INGOT_OK && !outcome) status = ingot_fail(error, INGOT_FAILED, "out of memory");
    if (status != INGOT_OK) {
        json_decref(latency);
        return status;
    }
    json_object_set_new(outcome, "split", json_string("test"));
    json_object_set_new(outcome, "stamp", json_string(program->stamp));
    json_object_set_new(outcome, "weights", json_string(weights));
    if (latency) json_object_set_new(outcome, "latency", latency);
    json_object_set(session->summary, "gate", outcome);
    FILE *out = ingot_session_out(session);
    if (out) print_gate(out, outcome);
    return ingot_session_write(session, "gate.json", outcome, error);
}

ingot_status ingot_gate_verdict(const ingot_session *session, ingot_error *error) {
    const json_t *outcome = json_object_get(session->summary, "gate");
    if (!outcome || json_is_true(json_object_get(outcome, "met"))) return INGOT_OK;
    char why[1024];
    ingot_gate_explain(outcome, why, sizeof why);
    return ingot_fail(error, INGOT_GATE, "the gate was not met: %s", why);
}
