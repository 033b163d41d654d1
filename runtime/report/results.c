/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * results.c: see results.h. json_pack steals what "o" is given and returns NULL when any part of it
 * is NULL, so that one test at the end sees every failed allocation.
 */
#include "report/results.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"

json_t *ingot_history_json(const ingot_train_result *result) {
    json_t *epochs = json_array();
    for (int32_t e = 0; e < result->epochs_done; e++) {
        const ingot_epoch *r = &result->epochs[e];
        json_t *epoch =
            json_pack("{s:i, s:o, s:o}", "epoch", r->epoch + 1, "loss", ingot_json_real(r->loss),
                      "learning_rate", ingot_json_real(r->learning_rate));
        json_t *validation = r->has_validation
                                 ? json_pack("{s:o}", "loss", ingot_json_real(r->validation_loss))
                                 : NULL;
        if (!isnan(r->accuracy)) { /* a regression has none */
            json_object_set_new(epoch, "accuracy", ingot_json_real(r->accuracy));
            if (validation) {
                json_object_set_new(validation, "accuracy",
                                    ingot_json_real(r->validation_accuracy));
            }
        }
        if (validation) json_object_set_new(epoch, "validation", validation);
        json_array_append_new(epochs, epoch);
    }
    json_t *history = json_pack("{s:o, s:I}", "epochs", epochs, "steps", (json_int_t)result->steps);
    if (history && result->best_epoch >= 0) {
        json_object_set_new(history, "best",
                            json_pack("{s:i, s:s, s:o}", "epoch", result->best_epoch + 1, "metric",
                                      result->best_metric, "value",
                                      ingot_json_real(result->best_value)));
    }
    if (history && result->stopped_early) {
        json_object_set_new(history, "stopped_early", json_true());
    }
    return history;
}

json_t *ingot_timing_json(const ingot_train_result *result) {
    json_t *timing = json_array();
    for (int32_t e = 0; e < result->epochs_done; e++) {
        const ingot_epoch *r = &result->epochs[e];
        const double rate = r->seconds > 0 ? (double)r->samples / r->seconds : 0;
        json_array_append_new(timing,
                              json_pack("{s:o, s:o}", "seconds", ingot_json_real(r->seconds),
                                        "samples_per_second", ingot_json_real(rate)));
    }
    return timing;
}

static json_t *entry_json(const ingot_entry *entry) {
    if (!entry) return json_null();
    double flops = 0;
    for (int32_t n = entry->prepare_nodes; n < entry->node_count; n++) {
        flops += entry->nodes[n].flops;
    }
    return json_pack("{s:i, s:I, s:I, s:o, s:i}", "batch", entry->batch, "arena_bytes",
                     (json_int_t)entry->arena_bytes, "prepared_bytes",
                     (json_int_t)(entry->prepared_floats * sizeof(float)), "flops_per_sample",
                     ingot_json_real(flops / entry->batch), "nodes", entry->node_count);
}

static json_t *libraries_json(const ingot_program *program) {
    json_t *list = json_array();
    for (int32_t i = 0; i < program->library_count; i++) {
        const ingot_library *l = &program->libraries[i];
        const char *loaded = l->loaded_version ? l->loaded_version() : NULL;
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?}", "name", l->name, "version",
                                              l->version, "licence", l->licence, "loaded", loaded));
    }
    return list;
}

static json_t *tensors_json(const ingot_program *program) {
    json_t *list = json_array();
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (tensor->role == INGOT_OPTIMIZER) continue;
        json_t *shape = json_array();
        for (int32_t d = 0; d < tensor->rank; d++) {
            json_array_append_new(shape, json_integer(tensor->shape[d]));
        }
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:s}", "name", tensor->name, "shape", shape, "role",
                            tensor->role == INGOT_BUFFER ? "buffer" : "parameter"));
    }
    return list;
}

json_t *ingot_program_json(const ingot_program *p) {
    const ingot_engine_memory training =
        ingot_engine_memory_of(p, INGOT_USE_TRAIN | INGOT_USE_EVALUATE);
    const ingot_engine_memory predicting = ingot_engine_memory_of(p, INGOT_USE_PREDICT);
    json_t *classes = json_array();
    for (int32_t c = 0; c < p->classes; c++) {
        json_array_append_new(classes, json_string(p->class_names[c]));
    }
    return json_pack(
        "{s:s, s:s, s:s, s:i, s:I, s:o, s:[i,i,i], s:o, s:o, s:{s:i, s:i, s:I, s:I},"
        " s:{s:o, s:o, s:o, s:o}, s:{s:I, s:I, s:I, s:I, s:I}}",
        "name", p->name, "stamp", p->stamp, "isa", p->isa, "threads", p->threads, "parameters",
        (json_int_t)p->parameters, "classes", classes, "input", p->data.channels, p->data.height,
        p->data.width, "libraries", libraries_json(p), "tensors", tensors_json(p), "training",
        "epochs", p->training.epochs, "batch", p->training.batch, "steps_per_epoch",
        (json_int_t)p->training.steps_per_epoch, "seed", (json_int_t)p->training.seed, "entries",
        "train_step", entry_json(p->train_step), "train_step_tail", entry_json(p->train_step_tail),
        "evaluate_step", entry_json(p->evaluate_step), "predict", entry_json(p->predict), "memory",
        "state_bytes", (json_int_t)training.state, "training_arena_bytes",
        (json_int_t)training.arena, "training_kept_bytes", (json_int_t)ingot_train_bytes(p),
        "predict_arena_bytes", (json_int_t)predicting.arena, "prepared_bytes",
        (json_int_t)(training.prepared + predicting.prepared));
}

json_t *ingot_data_json(const ingot_program *program, const ingot_store *store) {
    json_t *splits = json_object(), *classes = json_array();
    const int32_t class_count = program->data.regression ? 0 : program->classes;
    int64_t *counts = calloc((size_t)program->classes, sizeof *counts);
    for (int s = 0; counts && s < INGOT_SPLITS; s++) {
        const int64_t begin = ingot_split_begin(program, (ingot_split)s);
        json_t *per_class = json_array();
        for (int32_t c = 0; c < class_count; c++) counts[c] = 0;
        for (int64_t i = 0; class_count > 0 && i < program->data.samples[s]; i++) {
            counts[ingot_store_label(store, begin + i)]++;
        }
        for (int32_t c = 0; c < class_count; c++) {
            json_array_append_new(per_class, json_integer(counts[c]));
        }
        json_object_set_new(
            splits, ingot_split_name((ingot_split)s),
            json_pack("{s:I, s:I, s:o}", "items", (json_int_t)program->data.items[s], "samples",
                      (json_int_t)program->data.samples[s], "per_class", per_class));
    }
    for (int32_t c = 0; c < class_count; c++) {
        json_array_append_new(classes, json_string(program->class_names[c]));
    }
    if (!counts) {
        json_decref(splits);
        splits = NULL;
    }
    free(counts);
    return json_pack("{s:o, s:o}", "classes", classes, "splits", splits);
}
