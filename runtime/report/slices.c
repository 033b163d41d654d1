/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * slices.c: see slices.h.
 */
#include "report/slices.h"

#include <math.h>

#include "base/json.h"
#include "train/metrics.h"
#include "train/metrics_regression.h"

enum { PRINTED = 40 }; /* parts of a slice that fit a terminal */

static double mean_f1(const ingot_metrics *m) {
    double sum = 0;
    int32_t occur = 0;
    for (int32_t c = 0; c < m->classes; c++) {
        int64_t seen = m->by_class[c].support;
        for (int32_t t = 0; t < m->classes; t++) seen += m->confusion[(int64_t)t * m->classes + c];
        if (seen == 0) continue;
        sum += m->by_class[c].f1;
        occur++;
    }
    return sum / occur;
}

/* Numbers of rows whose part is `value`; *numbers NULL where memory ran out. */
static ingot_status of_classes(const ingot_scores *scores, const int16_t *of, int64_t before,
                               int32_t value, json_t **numbers, ingot_error *error) {
    ingot_tally tally;
    ingot_metrics m;
    ingot_status status = ingot_tally_new(scores->columns, &tally, error);
    if (status != INGOT_OK) return status;
    for (int64_t r = 0; r < scores->rows; r++) {
        if (of[scores->items[r] - before] != value) continue;
        ingot_tally_add(&tally, scores->labels[r], scores->values + r * scores->columns);
    }
    status = ingot_tally_finish(&tally, &m, error);
    ingot_tally_free(&tally);
    if (status != INGOT_OK) return status;
    const int none = m.rows == 0;
    *numbers = json_pack("{s:I, s:o, s:o, s:o}", "rows", (json_int_t)m.rows, "accuracy",
                         ingot_json_real(none ? NAN : m.accuracy), "log_loss",
                         ingot_json_real(none ? NAN : m.log_loss), "macro_f1",
                         ingot_json_real(none ? NAN : mean_f1(&m)));
    ingot_metrics_free(&m);
    return INGOT_OK;
}

static ingot_status of_numbers(const ingot_scores *scores, const ingot_store *store,
                               const int16_t *of, int64_t before, int32_t value, json_t **numbers,
                               ingot_error *error) {
    ingot_regression_tally tally;
    ingot_regression m;
    ingot_status status = ingot_regression_tally_new(scores->columns, &tally, error);
    if (status != INGOT_OK) return status;
    for (int64_t r = 0; r < scores->rows; r++) {
        if (of[scores->items[r] - before] != value) continue;
        ingot_regression_tally_add(&tally, ingot_store_targets(store, scores->samples[r]),
                                   scores->values + r * scores->columns);
    }
    status = ingot_regression_tally_finish(&tally, &m, error);
    ingot_regression_tally_free(&tally);
    if (status != INGOT_OK) return status;
    const int none = m.rows == 0;
    *numbers = json_pack("{s:I, s:o, s:o, s:o}", "rows", (json_int_t)m.rows, "mae",
                         ingot_json_real(none ? NAN : m.all.mae), "r2",
                         ingot_json_real(none ? NAN : m.all.r2), "rmse",
                         ingot_json_real(none ? NAN : m.all.rmse));
    ingot_regression_free(&m);
    return INGOT_OK;
}

ingot_status ingot_slices_add(const ingot_program *program, const ingot_store *store,
                              const ingot_scores *scores, json_t *metrics, ingot_error *error) {
    const int64_t before = program->data.items[INGOT_TRAIN];
    ingot_status status = INGOT_OK;
    if (!program->slices) return INGOT_OK;
    json_t *all = json_array();
    for (int32_t s = 0; s < program->slices->count && status == INGOT_OK; s++) {
        const ingot_slice *slice = &program->slices->slices[s];
        json_t *values = json_array();
        for (int32_t v = 0; v < slice->count && status == INGOT_OK; v++) {
            json_t *one = NULL;
            status = program->data.regression
                         ? of_numbers(scores, store, slice->of, before, v, &one, error)
                         : of_classes(scores, slice->of, before, v, &one, error);
            if (status != INGOT_OK) break;
            if (json_object_set_new(one, "name", json_string(slice->values[v])) != 0 ||
                json_array_append_new(values, one) != 0) {
                status = ingot_fail(error, INGOT_FAILED, "out of memory for slices");
            }
        }
        json_array_append_new(all, json_pack("{s:s, s:o}", "name", slice->name, "values", values));
    }
    if (status != INGOT_OK) {
        json_decref(all);
        return status;
    }
    return json_object_set_new(metrics, "slices", all) == 0
               ? INGOT_OK
               : ingot_fail(error, INGOT_FAILED, "out of memory for slices");
}

json_t *ingot_slices_summary(const json_t *metrics) {
    const json_t *list = json_object_get(metrics, "slices"), *slice, *one;
    size_t s, v;
    if (json_array_size(list) == 0) return NULL;
    json_t *all = json_object();
    json_array_foreach(list, s, slice) {
        json_t *parts = json_object();
        json_array_foreach(json_object_get(slice, "values"), v, one) {
            json_t *numbers = json_copy((json_t *)one);
            json_object_del(numbers, "name");
            json_object_del(numbers, "rows");
            json_object_set_new(parts, json_string_value(json_object_get(one, "name")), numbers);
        }
        json_object_set_new(all, json_string_value(json_object_get(slice, "name")), parts);
    }
    return all;
}

static void print_number(FILE *to, const json_t *value) {
    if (json_is_number(value)) {
        fprintf(to, " %11.5g", json_number_value(value));
    } else {
        fprintf(to, " %11s", "-");
    }
}

void ingot_slices_print(FILE *to, const json_t *metrics) {
    static const char *const keys[2][3] = {{"accuracy", "macro_f1", "log_loss"},
                                           {"mae", "rmse", "r2"}};
    static const char *const heads[2][3] = {{"accuracy", "macro F1", "log loss"},
                                            {"MAE", "RMSE", "R2"}};
    const int numbers = json_object_get(metrics, "outputs") != NULL;
    const json_t *slice, *one;
    size_t s, v;
    json_array_foreach(json_object_get(metrics, "slices"), s, slice) {
        const json_t *values = json_object_get(slice, "values");
        fprintf(to, "  %-18.18s %11s %11s %11s %9s\n",
                json_string_value(json_object_get(slice, "name")), heads[numbers][0],
                heads[numbers][1], heads[numbers][2], "items");
        json_array_foreach(values, v, one) {
            if (v == PRINTED) {
                fprintf(to, "  and %zu more, in metrics.json\n", json_array_size(values) - v);
                break;
            }
            fprintf(to, "  %-18.18s", json_string_value(json_object_get(one, "name")));
            for (int k = 0; k < 3; k++) print_number(to, json_object_get(one, keys[numbers][k]));
            fprintf(to, " %9lld\n", (long long)json_integer_value(json_object_get(one, "rows")));
        }
        fputc('\n', to);
    }
}
