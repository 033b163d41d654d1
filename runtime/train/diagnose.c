/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * diagnose.c: see diagnose.h. Compute nodes do not change the state, and their random numbers
 * follow from seed, epoch, step and node, so that the batch computed again is the same batch.
 */
#include "train/diagnose.h"

#include <math.h>
#include <stdio.h>

#include "train/backbone.h"
#include "train/evaluate.h"

int64_t ingot_first_non_finite(const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) return (int64_t)i;
    }
    return -1;
}

const ingot_tensor *ingot_non_finite_tensor(const ingot_program *program, const float *state) {
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (tensor->role == INGOT_OPTIMIZER) continue;
        if (ingot_first_non_finite(state + tensor->offset, tensor->count) >= 0) return tensor;
    }
    return NULL;
}

static const char *word_for(float value) {
    return isnan(value) ? "NaN" : value > 0 ? "infinity" : "-infinity";
}

static int64_t first_non_finite_of(const ingot_machine *machine, const ingot_span *span) {
    for (size_t i = 0; i < span->count; i++) {
        if (!isfinite(ingot_span_number(machine, span, i))) return (int64_t)i;
    }
    return -1;
}

ingot_status ingot_diagnose(const ingot_program *program, const ingot_dataset *dataset,
                            const ingot_store *store, const ingot_bad_step *bad,
                            ingot_error *error) {
    const ingot_entry *entry = bad->entry;
    ingot_machine *machine = bad->machine;
    char where[128];
    /* People count epochs and steps from 1, as the progress lines do. */
    snprintf(where, sizeof where, "epoch %u, step %llu: the loss is %s", machine->epoch + 1,
             (unsigned long long)machine->step + 1, word_for(bad->loss));

    float *x = ingot_at(machine, entry->x);
    const ingot_batch to = {
        x, entry->labels == SIZE_MAX ? bad->labels : ingot_labels_at(machine, entry->labels),
        entry->labels2 == SIZE_MAX ? NULL : ingot_labels_at(machine, entry->labels2),
        entry->mix == SIZE_MAX ? NULL : ingot_at(machine, entry->mix),
        entry->targets == SIZE_MAX ? NULL : ingot_at(machine, entry->targets)};
    const ingot_status status = ingot_loader_again(bad->loader, bad->at, entry->batch, &to, error);
    if (status != INGOT_OK) return status;
    const size_t sample = program->backbone
                              ? program->backbone->floats
                              : (size_t)program->data.channels * (size_t)program->data.height *
                                    (size_t)program->data.width;
    /* Of features that are fitted a NaN is a missing value, which the first node fills; integers
     * are always finite. */
    const int integers = program->data.row_cells > 0 && program->backbone == NULL;
    const int64_t bad_x = program->data.fit != NULL || integers
                              ? -1
                              : ingot_first_non_finite(x, sample * (size_t)entry->batch);
    if (bad_x >= 0) {
        char name[1024];
        ingot_sample_name(dataset, store, bad->samples[(size_t)bad_x / sample], name, sizeof name);
        return ingot_fail(error, INGOT_FAILED, "%s; %s from %s holds %s", where,
                          program->backbone ? "what the frozen part gives for the input"
                                            : "the input",
                          name, word_for(x[bad_x]));
    }
    const ingot_tensor *tensor = ingot_non_finite_tensor(program, machine->state);
    if (tensor) {
        return ingot_fail(error, INGOT_FAILED,
                          "%s; %s %s is not finite since an earlier step (is the learning rate "
                          "%g too high?)",
                          where, tensor->role == INGOT_BUFFER ? "buffer" : "parameter",
                          tensor->name, (double)machine->learning_rate);
    }
    for (int32_t n = entry->prepare_nodes; n < entry->update_node; n++) {
        const ingot_node *node = &entry->nodes[n];
        node->run(machine);
        for (int32_t o = 0; o < node->output_count; o++) {
            const ingot_span *span = &node->outputs[o];
            const int64_t at = first_non_finite_of(machine, span);
            if (at < 0) continue;
            return ingot_fail(error, INGOT_FAILED,
                              "%s; the first output that is not finite is %s of %s (%s, kernel "
                              "%s): element %lld is %s",
                              where, span->name, node->path, node->op, node->kernel, (long long)at,
                              word_for(ingot_span_number(machine, span, (size_t)at)));
        }
    }
    return ingot_fail(error, INGOT_FAILED,
                      "%s; run node by node over the same batch every output is finite: this "
                      "machine did not compute the same thing twice",
                      where);
}
