/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * loop.c: see loop.h.
 */
#include "train/loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "data/loader.h"
#include "train/diagnose.h"
#include "train/evaluate.h"
#include "train/saver.h"

/* Everything a training holds beside the engine. */
typedef struct loop {
    const ingot_program *program;
    const ingot_train_policy *policy;
    ingot_engine *engine;
    const ingot_dataset *dataset;
    const ingot_store *store;
    const ingot_train_hooks *hooks;
    ingot_train_result *result;
    ingot_machine *full, *tail; /* of train_step and train_step_tail; tail may be NULL */
    int64_t samples;            /* of the training split */
    int64_t *order;             /* [samples] store indices in the order of the epoch */
    int32_t *labels;            /* [batch] of the step: in the arena they may be written over */
    float *good;                /* parameters and buffers after the last finished epoch */
    float *best;                /* those of the best epoch; NULL where the last one's are kept */
    ingot_place place;
    ingot_saver *saver; /* NULL: no checkpoints */
    ingot_loader *loader;
} loop;

const ingot_train_policy *ingot_policy_of(const ingot_program *program) {
    return program->policy ? program->policy : &ingot_train_defaults;
}

size_t ingot_train_bytes(const ingot_program *program) {
    const size_t models = ingot_policy_of(program)->best ? 2 : 1;
    return (models * ingot_model_floats(program) + program->state_floats) * sizeof(float) +
           (size_t)program->data.samples[INGOT_TRAIN] * sizeof(int64_t) +
           ingot_loader_bytes(program, program->threads);
}

static float *state_of(const loop *l) {
    return ingot_engine_state(l->engine);
}

/* Updates of an epoch: one for each group of batches. */
static int64_t updates_of(const loop *l) {
    const int64_t k = l->policy->accumulate;
    return (l->program->training.steps_per_epoch + k - 1) / k;
}

/* What the generator compiled in must fit together, or the loop would read past a table. */
static ingot_status check_plan(const loop *l, ingot_error *error) {
    const ingot_program *program = l->program;
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
    const int64_t rates = (int64_t)t->epochs * (t->learning_rate_per_step ? updates_of(l) : 1);
    /* an epoch may be told to end early: then no incomplete batch is reached */
    if (t->steps_per_epoch < 1 || t->steps_per_epoch > steps ||
        (samples >= t->batch && full->batch != t->batch) ||
        (rest && !t->drop_last && t->steps_per_epoch == steps && (!tail || tail->batch != rest)) ||
        !program->backbone != !l->hooks->ready.values || t->learning_rate_count < rates ||
        (l->policy->accumulate > 1 && !full->accumulate)) {
        return ingot_fail(error, INGOT_FAILED,
                          "this executable is damaged: its plan of %lld steps an epoch does not "
                          "fit %lld samples in batches of %d",
                          (long long)t->steps_per_epoch, (long long)samples, t->batch);
    }
    return INGOT_OK;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void note(const loop *l, const char *text) {
    if (l->hooks->note) l->hooks->note(l->hooks->user, text);
}

/* ------------------------------------------------------------------ beginning and going on */

/* Reads the newest checkpoint, where there is one, into the state and the loop. */
static ingot_status resume(loop *l, ingot_error *error) {
    const ingot_training *t = &l->program->training;
    const int32_t threads = l->full->threads;
    ingot_rest rest = {{0}, state_of(l), l->good, l->best, l->result->epochs};
    int found;
    ingot_checkpoint_read(l->program, threads, l->hooks->checkpoints, l->hooks->note,
                          l->hooks->user, &rest, &found);
    if (found >= 0) {
        char text[256];
        l->place = rest.place;
        snprintf(
            text, sizeof text,
            "goes on from a checkpoint: %d of %d epochs finished, step %lld of %lld of the next",
            l->place.epoch, t->epochs, (long long)l->place.step, (long long)t->steps_per_epoch);
        note(l, text);
    }
    return ingot_saver_new(l->program, l->policy, threads, l->hooks->checkpoints,
                           found >= 0 ? !found : 0, &l->saver, error);
}

static ingot_status loop_new(loop *l, ingot_error *error) {
    const ingot_program *program = l->program;
    ingot_status status = check_plan(l, error);
    if (status != INGOT_OK) return status;
    const size_t model = ingot_model_floats(program);
    l->samples = program->data.samples[INGOT_TRAIN];
    l->order = malloc((size_t)l->samples * sizeof *l->order);
    l->labels = malloc((size_t)program->training.batch * sizeof *l->labels);
    l->good = malloc(model * sizeof *l->good + 1);
    l->best = l->policy->best ? malloc(model * sizeof *l->best + 1) : NULL;
    if (!l->order || !l->labels || !l->good || (l->policy->best && !l->best)) {
        return ingot_fail(error, INGOT_FAILED, "out of memory for training (%.1f MiB)",
                          (double)ingot_train_bytes(program) / (1024 * 1024));
    }
    status = ingot_engine_open(l->engine, program->train_step, &l->full, error);
    if (status == INGOT_OK && program->train_step_tail && !program->training.drop_last) {
        status = ingot_engine_open(l->engine, program->train_step_tail, &l->tail, error);
    }
    if (status == INGOT_OK) {
        status = ingot_loader_new(program, l->store, l->hooks->ready, l->full->threads, &l->loader,
                                  error);
    }
    if (status != INGOT_OK) return status;
    ingot_model_from_state(program, state_of(l), l->good);
    if (l->best) memcpy(l->best, l->good, model * sizeof *l->best);
    l->place.best.epoch = -1;
    if (l->policy->plateau) ingot_plateau_start(l->policy->plateau, &l->place.plateau);
    if (l->hooks->checkpoints) status = resume(l, error);
    /* What frozen weights decide once for every step. */
    const ingot_entry *tail = l->tail ? program->train_step_tail : NULL;
    if (status == INGOT_OK && program->train_step->prepare) program->train_step->prepare(l->full);
    if (status == INGOT_OK && tail && tail->prepare) tail->prepare(l->tail);
    l->result->epochs_done = l->place.epoch;
    l->result->steps = l->result->resumed = l->place.steps;
    return status;
}

static void loop_free(loop *l) {
    if (l->loader) l->result->waited_seconds = ingot_loader_waited(l->loader);
    ingot_loader_free(l->loader);
    ingot_saver_free(l->saver);
    free(l->order);
    free(l->labels);
    free(l->good);
    free(l->best);
}

/* ------------------------------------------------------------------ checkpoints */

static ingot_rest rest_of(const loop *l) {
    return (ingot_rest){l->place, state_of(l), l->place.step > 0 ? l->good : NULL, l->best,
                        l->result->epochs};
}

static void tell_trouble(loop *l) {
    ingot_error why;
    const char *trouble = ingot_saver_trouble(l->saver, &why);
    char text[sizeof why + 64];
    if (!trouble) return;
    snprintf(text, sizeof text, "%s (training goes on; the checkpoint before it is kept)", trouble);
    note(l, text);
}

static void checkpoint_where_due(loop *l) {
    if (!l->saver || !ingot_saver_due(l->saver, l->place.steps, l->place.epoch)) return;
    const ingot_rest rest = rest_of(l);
    tell_trouble(l);
    ingot_saver_take(l->saver, &rest);
}

/* Where an interrupted training stands; what cannot be written leaves the checkpoint before it. */
static void checkpoint_now(loop *l) {
    ingot_error why;
    if (!l->saver) return;
    const ingot_rest rest = rest_of(l);
    (void)ingot_saver_write(l->saver, &rest, &why);
    tell_trouble(l);
}

/* ------------------------------------------------------------------ steps */

static int64_t count_correct(const float *logits, const int32_t *labels, int32_t rows,
                             int32_t classes) {
    int64_t correct = 0;
    for (int32_t i = 0; i < rows; i++) {
        correct += ingot_argmax(logits + (int64_t)i * classes, classes) == labels[i];
    }
    return correct;
}

/* Where a program computes the norm of its gradients, it is there after an update. */
static double gradient_norm(const ingot_entry *entry, const ingot_machine *machine, int updated) {
    if (entry->gradient_norm == SIZE_MAX || !updated) return (double)NAN;
    return (double)*ingot_at(machine, entry->gradient_norm);
}

static int stopped(const loop *l) {
    return l->hooks->stop && *l->hooks->stop;
}

static float rate_of(const loop *l, int64_t update) {
    const ingot_training *t = &l->program->training;
    const ingot_plateau *plateau = l->policy->plateau;
    if (plateau && l->place.epoch >= plateau->first_epoch) return (float)l->place.plateau.rate;
    return t->learning_rates[t->learning_rate_per_step ? update : l->place.epoch];
}

static void draw_order(const loop *l) {
    const ingot_training *t = &l->program->training;
    const int64_t first = ingot_split_begin(l->program, INGOT_TRAIN);
    if (t->shuffle) {
        ingot_permutation(l->order, l->samples, t->seed, (uint32_t)l->place.epoch,
                          INGOT_STREAM_SHUFFLE);
        for (int64_t i = 0; i < l->samples; i++) l->order[i] += first;
    } else {
        for (int64_t i = 0; i < l->samples; i++) l->order[i] = first + i;
    }
}

static void report_step(const loop *l, const ingot_step_metrics *metrics) {
    const ingot_place *p = &l->place;
    const ingot_training *t = &l->program->training;
    if (l->hooks->step) {
        const ingot_pace pace = {p->epoch,
                                 t->epochs,
                                 p->step,
                                 t->steps_per_epoch,
                                 p->samples,
                                 p->loss_sum,
                                 l->program->data.regression ? -1 : p->correct};
        l->hooks->step(l->hooks->user, &pace);
    }
    if (l->hooks->step_metrics) l->hooks->step_metrics(l->hooks->user, metrics);
}

/* Step place.step of epoch place.epoch. */
static ingot_status one_step(loop *l, ingot_error *error) {
    const ingot_program *program = l->program;
    const ingot_training *t = &program->training;
    ingot_place *p = &l->place;
    const int64_t s = p->step, k = l->policy->accumulate, group = s - s % k;
    const int whole = l->samples - s * t->batch >= t->batch;
    const int updates = s == group + k - 1 || s == t->steps_per_epoch - 1;
    const ingot_entry *entry = whole ? program->train_step : program->train_step_tail;
    ingot_machine *machine = whole ? l->full : l->tail;
    const int64_t *samples = l->order + s * t->batch;
    machine->epoch = (uint32_t)p->epoch;
    machine->step = (uint64_t)p->steps;
    machine->updates = (uint64_t)(p->epoch * updates_of(l) + s / k);
    machine->gathered = (int32_t)((s - group) * t->batch) + entry->batch;
    machine->learning_rate = rate_of(l, (int64_t)machine->updates);

    const ingot_batch to = {ingot_at(machine, entry->x), l->labels,
                            entry->labels2 == SIZE_MAX ? NULL
                                                       : ingot_labels_at(machine, entry->labels2),
                            entry->mix == SIZE_MAX ? NULL : ingot_at(machine, entry->mix),
                            entry->targets == SIZE_MAX ? NULL : ingot_at(machine, entry->targets)};
    const ingot_status status = ingot_loader_next(l->loader, entry->batch, &to, error);
    if (status != INGOT_OK) return status;
    if (entry->labels != SIZE_MAX) {
        memcpy(ingot_labels_at(machine, entry->labels), l->labels,
               (size_t)entry->batch * sizeof *l->labels);
    }
    entry->compute(machine);
    const float loss = *ingot_at(machine, entry->loss);
    if (!isfinite(loss)) {
        const ingot_bad_step bad = {entry,     machine,      samples,  loss,
                                    l->loader, s * t->batch, l->labels};
        return ingot_diagnose(program, l->dataset, l->store, &bad, error);
    }
    if (!program->data.regression) {
        p->correct += count_correct(ingot_at(machine, entry->logits), l->labels, entry->batch,
                                    program->classes);
    }
    if (updates) {
        entry->update(machine);
    } else {
        entry->accumulate(machine);
    }
    p->loss_sum += (double)loss * entry->batch;
    p->samples += entry->batch;
    p->step++;
    p->steps++;
    p->learning_rate = (double)machine->learning_rate;
    l->result->steps = p->steps;
    const ingot_step_metrics metrics = {p->steps, p->epoch, (double)loss, p->learning_rate,
                                        gradient_norm(entry, machine, updates)};
    report_step(l, &metrics);
    return INGOT_OK;
}

/* ------------------------------------------------------------------ epochs */

/* What is left of the epoch's steps. */
static ingot_status all_steps(loop *l, ingot_error *error) {
    const ingot_program *program = l->program;
    const int64_t steps = program->training.steps_per_epoch;
    ingot_place *p = &l->place;
    if (p->step == steps) return INGOT_OK; /* an earlier process made them */
    draw_order(l);
    const int64_t reached = steps * program->training.batch;
    ingot_loader_start(l->loader, (uint32_t)p->epoch, l->order,
                       reached < l->samples ? reached : l->samples,
                       p->step * program->training.batch);
    const double begun = now() - p->seconds;
    while (p->step < steps) {
        ingot_status status = one_step(l, error);
        if (status != INGOT_OK) return status;
        p->seconds = now() - begun;
        if (stopped(l)) {
            l->result->interrupted = 1;
            return INGOT_OK;
        }
        if (p->step < steps) checkpoint_where_due(l);
    }
    /* A ReLU can hide a NaN in the weights from the loss. */
    const ingot_tensor *bad = ingot_non_finite_tensor(program, state_of(l));
    if (bad) {
        return ingot_fail(error, INGOT_FAILED,
                          "epoch %d: %s %s is not finite after step %lld, though the loss is",
                          p->epoch + 1, bad->role == INGOT_BUFFER ? "buffer" : "parameter",
                          bad->name, (long long)p->steps);
    }
    return INGOT_OK;
}

/* What the policy makes of an epoch's metrics: ingot_monitored says what may be NULL. */
static ingot_status judge(loop *l, const ingot_epoch *record, const ingot_evaluation *validation,
                          const ingot_ranking *ranking, ingot_error *error) {
    const ingot_train_policy *policy = l->policy;
    const ingot_plateau *plateau = policy->plateau;
    double value = 0;
    const char *missing = NULL;
    if (policy->best) {
        if (!ingot_monitored(policy->best, record, validation, ranking, &value))
            missing = policy->best;
        if (!missing &&
            ingot_best_step(&l->place.best, policy->best_higher, record->epoch, value)) {
            ingot_model_from_state(l->program, state_of(l), l->best);
        }
    }
    if (policy->stopping && !missing) {
        if (!ingot_monitored(policy->stopping, record, validation, ranking, &value)) {
            missing = policy->stopping;
        } else {
            ingot_stopping_step(policy, &l->place.stopping, value);
        }
    }
    if (plateau && record->epoch >= plateau->first_epoch && !missing) {
        if (!ingot_monitored(plateau->metric, record, validation, ranking, &value)) {
            missing = plateau->metric;
        } else {
            ingot_plateau_step(plateau, &l->place.plateau, value);
        }
    }
    if (!missing) return INGOT_OK;
    return ingot_fail(error, INGOT_FAILED, "there is no %s to go by: the validation split is empty",
                      missing);
}

/* After the last step: measures, decides, and the epoch is finished. Interrupted, it is not: all of
 * this is done again by whoever goes on. */
static ingot_status end_epoch(loop *l, ingot_error *error) {
    ingot_place *p = &l->place;
    ingot_epoch *record = &l->result->epochs[p->epoch];
    ingot_evaluation evaluation;
    ingot_ranking ranking = {0};
    const int ranks = ingot_monitors_ranking(l->policy);
    const int validates = l->program->data.samples[INGOT_VALIDATION] > 0;
    const int regression = l->program->data.regression;
    *record = (ingot_epoch){.epoch = p->epoch,
                            .steps = p->step,
                            .samples = p->samples,
                            .loss = p->loss_sum / (double)p->samples,
                            .accuracy =
                                regression ? (double)NAN : (double)p->correct / (double)p->samples,
                            .learning_rate = p->learning_rate,
                            .seconds = p->seconds};
    memset(&evaluation, 0, sizeof evaluation);
    ingot_status status = INGOT_OK;
    if (validates) {
        status =
            ingot_evaluate_ranking(l->engine, l->dataset, l->store, INGOT_VALIDATION,
                                   l->hooks->stop, ranks ? &ranking : NULL, &evaluation, error);
        if (status == INGOT_OK && evaluation.interrupted) {
            ingot_evaluation_free(&evaluation);
            l->result->interrupted = 1;
            return INGOT_OK;
        }
    }
    if (status != INGOT_OK) return status;
    if (validates) {
        record->has_validation = 1;
        record->validation_loss =
            regression ? evaluation.regression.all.mse : evaluation.samples.log_loss;
        record->validation_accuracy = regression ? (double)NAN : evaluation.samples.accuracy;
    }
    if (l->saver) ingot_saver_wait(l->saver); /* it may be writing what changes now */
    status = judge(l, record, validates ? &evaluation : NULL, ranks && validates ? &ranking : NULL,
                   error);
    ingot_ranking_free(&ranking);
    ingot_evaluation_free(&evaluation);
    if (status != INGOT_OK) return status;
    ingot_model_from_state(l->program, state_of(l), l->good);
    p->epoch++;
    p->step = p->samples = p->correct = 0;
    p->loss_sum = p->seconds = 0;
    l->result->epochs_done = p->epoch;
    return INGOT_OK;
}

static int stops_early(const loop *l) {
    return l->policy->stopping && l->place.stopping.bad >= l->policy->patience;
}

int ingot_train_finished(const ingot_program *program, const ingot_train_result *result) {
    return result->stopped_early || result->epochs_done >= program->training.epochs;
}

static ingot_status all_epochs(loop *l, ingot_error *error) {
    ingot_train_result *result = l->result;
    ingot_status status = INGOT_OK;
    result->stopped_early = stops_early(l);
    while (status == INGOT_OK && !result->interrupted &&
           !ingot_train_finished(l->program, result)) {
        status = all_steps(l, error);
        if (status == INGOT_OK && !result->interrupted) status = end_epoch(l, error);
        if (status != INGOT_OK || result->interrupted) break;
        result->stopped_early = stops_early(l);
        if (l->hooks->epoch) l->hooks->epoch(l->hooks->user, &result->epochs[l->place.epoch - 1]);
        if (!ingot_train_finished(l->program, result)) checkpoint_where_due(l);
    }
    return status;
}

ingot_status ingot_train(ingot_engine *engine, const ingot_dataset *dataset,
                         const ingot_store *store, const ingot_train_hooks *hooks,
                         ingot_train_result *result, ingot_error *error) {
    const ingot_program *program = ingot_engine_program(engine);
    loop l = {.program = program,
              .policy = ingot_policy_of(program),
              .engine = engine,
              .dataset = dataset,
              .store = store,
              .hooks = hooks,
              .result = result};
    memset(result, 0, sizeof *result);
    result->best_epoch = -1;
    result->epochs = calloc((size_t)program->training.epochs + 1, sizeof *result->epochs);
    ingot_status status =
        result->epochs ? loop_new(&l, error) : ingot_fail(error, INGOT_FAILED, "out of memory");
    const int begun = status == INGOT_OK;
    if (begun && hooks->begins) {
        hooks->begins(hooks->user, result->steps, result->epochs, result->epochs_done);
    }
    if (begun) status = all_epochs(&l, error);
    if (begun && status != INGOT_OK) ingot_model_to_state(program, l.good, state_of(&l));
    if (status == INGOT_OK && result->interrupted) checkpoint_now(&l);
    if (status == INGOT_OK && !result->interrupted && l.best) {
        result->best_epoch = l.place.best.epoch;
        result->best_value = l.place.best.value;
        if (result->best_epoch >= 0) {
            result->best_metric = l.policy->best;
            ingot_model_to_state(program, l.best, state_of(&l));
        }
    }
    if (l.saver) {
        ingot_saver_wait(l.saver);
        tell_trouble(&l);
        result->checkpoints = ingot_saver_cost(l.saver);
    }
    loop_free(&l);
    return status;
}
