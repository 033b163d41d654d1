/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * loop.c: see loop.h.
 */
#include "train/loop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "train/diagnose.h"
#include "train/evaluate.h"

/* Everything a training holds beside the engine. */
typedef struct loop {
    const ingot_program *program;
    ingot_engine *engine;
    const ingot_dataset *dataset;
    const ingot_store *store;
    const ingot_train_hooks *hooks;
    ingot_machine *full, *tail; /* of train_step and train_step_tail; tail may be NULL */
    int64_t samples;            /* of the training split */
    int64_t *order;             /* [samples] store indices in the order of the epoch */
    int32_t *labels;            /* [batch] of the step: in the arena they may be written over */
    float *good;                /* parameters and buffers after the last finished epoch */
} loop;

/* Floats of the tensors that make a model: parameters and buffers, not optimizer state. */
static size_t model_floats(const ingot_program *program) {
    size_t floats = 0;
    for (int32_t t = 0; t < program->tensor_count; t++) {
        if (program->tensors[t].role != INGOT_OPTIMIZER) floats += program->tensors[t].count;
    }
    return floats;
}

size_t ingot_train_bytes(const ingot_program *program) {
    return model_floats(program) * sizeof(float) +
           (size_t)program->data.samples[INGOT_TRAIN] * sizeof(int64_t);
}

static void keep_model(const loop *l) {
    float *to = l->good;
    for (int32_t t = 0; t < l->program->tensor_count; t++) {
        const ingot_tensor *tensor = &l->program->tensors[t];
        if (tensor->role == INGOT_OPTIMIZER) continue;
        memcpy(to, ingot_engine_state(l->engine) + tensor->offset, tensor->count * sizeof *to);
        to += tensor->count;
    }
}

static void restore_model(const loop *l) {
    const float *from = l->good;
    for (int32_t t = 0; t < l->program->tensor_count; t++) {
        const ingot_tensor *tensor = &l->program->tensors[t];
        if (tensor->role == INGOT_OPTIMIZER) continue;
        memcpy(ingot_engine_state(l->engine) + tensor->offset, from, tensor->count * sizeof *from);
        from += tensor->count;
    }
}

/* What the generator compiled in must fit together, or the loop would read past a table. */
static ingot_status check_plan(const ingot_program *program, ingot_error *error) {
    const ingot_training *t = &program->training;
    const int64_t samples = program->data.samples[INGOT_TRAIN];
    const int32_t rest = (int32_t)(samples % t->batch);
    const int64_t steps = samples / t->batch + (rest && !t->drop_last);
    if (samples == 0 || steps == 0) {
        return ingot_fail(error, INGOT_FAILED,
                          "nothing to train on: %lld training samples, batches of %d%s",
                          (long long)samples, t->batch,
                          samples ? ", and the incomplete last batch is left out" : "");
    }
    const ingot_entry *full = program->train_step, *tail = program->train_step_tail;
    const int64_t rates = (int64_t)t->epochs * (t->learning_rate_per_step ? steps : 1);
    if (steps != t->steps_per_epoch || (samples >= t->batch && full->batch != t->batch) ||
        (rest && !t->drop_last && (!tail || tail->batch != rest)) ||
        t->learning_rate_count < rates) {
        return ingot_fail(error, INGOT_FAILED,
                          "this executable is damaged: its plan of %lld steps an epoch does not "
                          "fit %lld samples in batches of %d",
                          (long long)t->steps_per_epoch, (long long)samples, t->batch);
    }
    return INGOT_OK;
}

static ingot_status loop_new(loop *l, ingot_error *error) {
    const ingot_program *program = l->program;
    ingot_status status = check_plan(program, error);
    if (status != INGOT_OK) return status;
    l->samples = program->data.samples[INGOT_TRAIN];
    l->order = malloc((size_t)l->samples * sizeof *l->order);
    l->labels = malloc((size_t)program->training.batch * sizeof *l->labels);
    l->good = malloc(model_floats(program) * sizeof *l->good + 1);
    if (!l->order || !l->labels || !l->good) {
        return ingot_fail(error, INGOT_FAILED, "out of memory for training (%.1f MiB)",
                          (double)ingot_train_bytes(program) / (1024 * 1024));
    }
    status = ingot_engine_open(l->engine, program->train_step, &l->full, error);
    if (status == INGOT_OK && program->train_step_tail && !program->training.drop_last) {
        status = ingot_engine_open(l->engine, program->train_step_tail, &l->tail, error);
    }
    /* What frozen weights decide once for every step. */
    if (status == INGOT_OK && program->train_step->prepare) program->train_step->prepare(l->full);
    if (status == INGOT_OK && l->tail && program->train_step_tail->prepare) {
        program->train_step_tail->prepare(l->tail);
    }
    if (status == INGOT_OK) keep_model(l);
    return status;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int64_t count_correct(const float *logits, const int32_t *labels, int32_t rows,
                             int32_t classes) {
    int64_t correct = 0;
    for (int32_t i = 0; i < rows; i++) {
        correct += ingot_argmax(logits + (int64_t)i * classes, classes) == labels[i];
    }
    return correct;
}

/* Where a program computes the norm of its gradients, it is read here. */
static double gradient_norm(const ingot_entry *entry, const ingot_machine *machine) {
    (void)entry;
    (void)machine;
    return (double)NAN;
}

static int stopped(const loop *l) {
    return l->hooks->stop && *l->hooks->stop;
}

/* One pass over the training samples. */
static ingot_status one_epoch(loop *l, uint32_t epoch, ingot_train_result *result,
                              ingot_epoch *record, ingot_error *error) {
    const ingot_program *program = l->program;
    const ingot_training *t = &program->training;
    const int64_t first = ingot_split_begin(program, INGOT_TRAIN);
    if (t->shuffle) {
        ingot_permutation(l->order, l->samples, t->seed, epoch, INGOT_STREAM_SHUFFLE);
        for (int64_t i = 0; i < l->samples; i++) l->order[i] += first;
    } else {
        for (int64_t i = 0; i < l->samples; i++) l->order[i] = first + i;
    }

    ingot_pace pace = {.epoch = (int32_t)epoch, .epochs = t->epochs, .steps = t->steps_per_epoch};
    const double begun = now();
    for (int64_t s = 0; s < t->steps_per_epoch; s++) {
        const int whole = l->samples - s * t->batch >= t->batch;
        const ingot_entry *entry = whole ? program->train_step : program->train_step_tail;
        ingot_machine *machine = whole ? l->full : l->tail;
        const int64_t *samples = l->order + s * t->batch;
        machine->epoch = epoch;
        machine->step = (uint64_t)result->steps;
        machine->learning_rate =
            t->learning_rates[t->learning_rate_per_step ? result->steps : (int64_t)epoch];

        ingot_store_batch(program, l->store, samples, entry->batch, entry->batch,
                          ingot_at(machine, entry->x), l->labels);
        memcpy(ingot_labels_at(machine, entry->labels), l->labels,
               (size_t)entry->batch * sizeof *l->labels);
        entry->compute(machine);
        const float loss = *ingot_at(machine, entry->loss);
        if (!isfinite(loss)) {
            const ingot_bad_step bad = {entry, machine, samples, loss};
            return ingot_diagnose(program, l->dataset, l->store, &bad, error);
        }
        pace.correct += count_correct(ingot_at(machine, entry->logits), l->labels, entry->batch,
                                      program->classes);
        entry->update(machine);

        pace.loss_sum += (double)loss * entry->batch;
        pace.samples += entry->batch;
        pace.step++;
        result->steps++;
        record->learning_rate = (double)machine->learning_rate;
        if (l->hooks->step) l->hooks->step(l->hooks->user, &pace);
        if (l->hooks->step_metrics) {
            const ingot_step_metrics metrics = {result->steps, (int32_t)epoch, (double)loss,
                                                (double)machine->learning_rate,
                                                gradient_norm(entry, machine)};
            l->hooks->step_metrics(l->hooks->user, &metrics);
        }
        if (stopped(l)) {
            result->interrupted = 1;
            break;
        }
    }
    record->seconds = now() - begun;
    record->epoch = (int32_t)epoch;
    record->steps = pace.step;
    record->samples = pace.samples;
    record->loss = pace.loss_sum / (double)pace.samples;
    record->accuracy = (double)pace.correct / (double)pace.samples;
    /* A ReLU can hide a NaN in the weights from the loss. */
    const ingot_tensor *bad = ingot_non_finite_tensor(program, ingot_engine_state(l->engine));
    if (bad) {
        return ingot_fail(error, INGOT_FAILED,
                          "epoch %u: %s %s is not finite after step %lld, though the loss is",
                          epoch + 1, bad->role == INGOT_BUFFER ? "buffer" : "parameter", bad->name,
                          (long long)result->steps);
    }
    return INGOT_OK;
}

static ingot_status validate(loop *l, ingot_train_result *result, ingot_epoch *record,
                             ingot_error *error) {
    if (l->program->data.samples[INGOT_VALIDATION] == 0) return INGOT_OK;
    ingot_evaluation evaluation;
    ingot_status status = ingot_evaluate(l->engine, l->dataset, l->store, INGOT_VALIDATION,
                                         l->hooks->stop, NULL, NULL, &evaluation, error);
    if (status != INGOT_OK) return status;
    if (evaluation.interrupted) {
        result->interrupted = 1;
    } else {
        record->has_validation = 1;
        record->validation_loss = evaluation.samples.log_loss;
        record->validation_accuracy = evaluation.samples.accuracy;
    }
    ingot_evaluation_free(&evaluation);
    return INGOT_OK;
}

ingot_status ingot_train(ingot_engine *engine, const ingot_dataset *dataset,
                         const ingot_store *store, const ingot_train_hooks *hooks,
                         ingot_train_result *result, ingot_error *error) {
    const ingot_program *program = ingot_engine_program(engine);
    loop l = {
        .program = program, .engine = engine, .dataset = dataset, .store = store, .hooks = hooks};
    memset(result, 0, sizeof *result);
    result->epochs = calloc((size_t)program->training.epochs + 1, sizeof *result->epochs);
    ingot_status status =
        result->epochs ? loop_new(&l, error) : ingot_fail(error, INGOT_FAILED, "out of memory");
    while (status == INGOT_OK && !result->interrupted &&
           result->epochs_done < program->training.epochs) {
        ingot_epoch *record = &result->epochs[result->epochs_done];
        status = one_epoch(&l, (uint32_t)result->epochs_done, result, record, error);
        if (status == INGOT_OK && !result->interrupted) {
            status = validate(&l, result, record, error);
        }
        if (status != INGOT_OK) {
            restore_model(&l);
            break;
        }
        if (record->steps == program->training.steps_per_epoch) {
            /* Stopped in its validation, an epoch is still a whole one. */
            result->epochs_done++;
            keep_model(&l);
            if (hooks->epoch) hooks->epoch(hooks->user, record);
        }
    }
    free(l.order);
    free(l.labels);
    free(l.good);
    return status;
}
