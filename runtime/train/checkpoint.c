/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.c: see checkpoint.h.
 */
#include "train/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "train/safetensors.h"

static const char format_name[] = "ingot checkpoint 1";

/* ------------------------------------------------------------------ the model in the state */

size_t ingot_model_floats(const ingot_program *program) {
    size_t floats = 0;
    for (int32_t t = 0; t < program->tensor_count; t++) {
        if (program->tensors[t].role != INGOT_OPTIMIZER) floats += program->tensors[t].count;
    }
    return floats;
}

void ingot_model_from_state(const ingot_program *program, const float *state, float *model) {
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (tensor->role == INGOT_OPTIMIZER) continue;
        memcpy(model, state + tensor->offset, tensor->count * sizeof *model);
        model += tensor->count;
    }
}

void ingot_model_to_state(const ingot_program *program, const float *model, float *state) {
    for (int32_t t = 0; t < program->tensor_count; t++) {
        const ingot_tensor *tensor = &program->tensors[t];
        if (tensor->role == INGOT_OPTIMIZER) continue;
        memcpy(state + tensor->offset, model, tensor->count * sizeof *model);
        model += tensor->count;
    }
}

/* ------------------------------------------------------------------ numbers in a row */

enum { COUNTERS = 11, SUMS = 7, COLUMNS = 10 };

static void place_to_rows(const ingot_place *p, int64_t counters[COUNTERS], double sums[SUMS]) {
    const int64_t integers[COUNTERS] = {
        p->steps,        p->step,        p->epoch,           p->samples,
        p->correct,      p->best.epoch,  p->stopping.seen,   p->stopping.bad,
        p->plateau.seen, p->plateau.bad, p->plateau.cooldown};
    const double numbers[SUMS] = {p->loss_sum,    p->seconds,       p->learning_rate,
                                  p->best.value,  p->stopping.best, p->plateau.best,
                                  p->plateau.rate};
    memcpy(counters, integers, sizeof integers);
    memcpy(sums, numbers, sizeof numbers);
}

static void place_from_rows(const int64_t c[COUNTERS], const double s[SUMS], ingot_place *p) {
    *p = (ingot_place){.steps = c[0],
                       .step = c[1],
                       .epoch = (int32_t)c[2],
                       .samples = c[3],
                       .correct = c[4],
                       .best = {(int32_t)c[5], s[3]},
                       .stopping = {(int32_t)c[6], (int32_t)c[7], s[4]},
                       .plateau = {(int32_t)c[8], (int32_t)c[9], (int32_t)c[10], s[5], s[6]},
                       .loss_sum = s[0],
                       .seconds = s[1],
                       .learning_rate = s[2]};
}

static void epoch_to_row(const ingot_epoch *e, double row[COLUMNS]) {
    const double numbers[COLUMNS] = {
        e->epoch,         (double)e->steps,  (double)e->samples, e->loss,
        e->accuracy,      e->has_validation, e->validation_loss, e->validation_accuracy,
        e->learning_rate, e->seconds};
    memcpy(row, numbers, sizeof numbers);
}

static void epoch_from_row(const double row[COLUMNS], ingot_epoch *e) {
    *e = (ingot_epoch){.epoch = (int32_t)row[0],
                       .steps = (int64_t)row[1],
                       .samples = (int64_t)row[2],
                       .loss = row[3],
                       .accuracy = row[4],
                       .has_validation = row[5] != 0,
                       .validation_loss = row[6],
                       .validation_accuracy = row[7],
                       .learning_rate = row[8],
                       .seconds = row[9]};
}

/* ------------------------------------------------------------------ writing */

static void path_of(const char *folder, int which, char *path, size_t size) {
    snprintf(path, size, "%s/checkpoint.%d.safetensors", folder, which);
}

ingot_status ingot_checkpoint_write(const ingot_program *program, int32_t threads,
                                    const ingot_rest *rest, const char *folder, int which,
                                    uint64_t *bytes, ingot_error *error) {
    const ingot_place *place = &rest->place;
    const int64_t model = (int64_t)ingot_model_floats(program);
    int64_t counters[COUNTERS];
    double sums[SUMS], *history = malloc(((size_t)place->epoch * COLUMNS + 1) * sizeof *history);
    char path[4096], count[16], hex[65];
    uint8_t digest[32];
    path_of(folder, which, path, sizeof path);
    if (!history) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", path);
    place_to_rows(place, counters, sums);
    for (int32_t e = 0; e < place->epoch; e++) {
        epoch_to_row(&rest->epochs[e], history + (size_t)e * COLUMNS);
    }
    ingot_saved_tensor tensors[6] = {
        {.name = "counters", .dtype = INGOT_I64, .rank = 1, .shape = {COUNTERS}, .data = counters},
        {.name = "epochs",
         .dtype = INGOT_F64,
         .rank = 2,
         .shape = {place->epoch, COLUMNS},
         .data = history},
        {.name = "state",
         .dtype = INGOT_F32,
         .rank = 1,
         .shape = {(int64_t)program->state_floats},
         .data = rest->state},
        {.name = "sums", .dtype = INGOT_F64, .rank = 1, .shape = {SUMS}, .data = sums},
    };
    int64_t written = 4;
    if (rest->finished) {
        tensors[written++] = (ingot_saved_tensor){.name = "finished",
                                                  .dtype = INGOT_F32,
                                                  .rank = 1,
                                                  .shape = {model},
                                                  .data = rest->finished};
    }
    if (rest->best) {
        tensors[written++] = (ingot_saved_tensor){
            .name = "best", .dtype = INGOT_F32, .rank = 1, .shape = {model}, .data = rest->best};
    }
    for (int64_t t = 0; t < written; t++) {
        const size_t size = tensors[t].dtype == INGOT_F32 ? 4 : 8;
        tensors[t].bytes = (size_t)ingot_saved_count(&tensors[t]) * size;
    }
    ingot_status status = ingot_saved_digest(tensors, written, digest, error);
    if (status == INGOT_OK) {
        ingot_hex(digest, sizeof digest, hex);
        snprintf(count, sizeof count, "%d", threads);
        const ingot_saved_metadata metadata[] = {{"digest", hex},
                                                 {"format", format_name},
                                                 {"stamp", program->stamp},
                                                 {"threads", count}};
        status = ingot_safetensors_write(path, tensors, written, metadata, 4, NULL, bytes, error);
    }
    free(history);
    return status;
}

/* ------------------------------------------------------------------ reading */

static const void *array_of(const ingot_safetensors *file, const char *name, ingot_dtype dtype,
                            int64_t count) {
    const ingot_saved_tensor *tensor = ingot_safetensors_find(file, name);
    if (!tensor || tensor->dtype != dtype || ingot_saved_count(tensor) != count) return NULL;
    return tensor->data;
}

/* Whether the numbers are of this program at all: what the loop indexes with must be in range. */
static int is_sound(const ingot_program *program, const ingot_place *p) {
    const ingot_training *t = &program->training;
    return p->epoch >= 0 && p->epoch <= t->epochs && p->step >= 0 &&
           p->step <= t->steps_per_epoch && (p->step == 0 || p->epoch < t->epochs) &&
           p->steps == p->epoch * t->steps_per_epoch + p->step && p->best.epoch < p->epoch;
}

/* Why a file is of no use: whole, of this training, its digest right. NULL: it is good, and `place`
 * is filled. */
static const char *fault_of(const ingot_program *program, int32_t threads,
                            const ingot_safetensors *file, int with_best, ingot_place *place) {
    const char *format = ingot_safetensors_metadata(file, "format");
    const char *stamp = ingot_safetensors_metadata(file, "stamp");
    const char *count = ingot_safetensors_metadata(file, "threads");
    const char *known = ingot_safetensors_metadata(file, "digest");
    char hex[65], here[16];
    uint8_t digest[32];
    if (!format || strcmp(format, format_name) != 0) return "is no checkpoint of this version";
    if (!stamp || strcmp(stamp, program->stamp) != 0) return "is of another stamp";
    snprintf(here, sizeof here, "%d", threads);
    if (!count || strcmp(count, here) != 0)
        return "is of a training with another number of threads";
    if (!known || ingot_saved_digest(file->tensors, file->tensor_count, digest, NULL) != INGOT_OK) {
        return "has no digest";
    }
    ingot_hex(digest, sizeof digest, hex);
    if (strcmp(known, hex) != 0) return "is damaged: its digest is not that of its content";
    const int64_t model = (int64_t)ingot_model_floats(program);
    const int64_t *counters = array_of(file, "counters", INGOT_I64, COUNTERS);
    const double *sums = array_of(file, "sums", INGOT_F64, SUMS);
    if (!counters || !sums || !array_of(file, "state", INGOT_F32, (int64_t)program->state_floats)) {
        return "lacks a part";
    }
    int64_t rows[COUNTERS]; /* copied: data in a file lies as it falls */
    double numbers[SUMS];
    memcpy(rows, counters, sizeof rows);
    memcpy(numbers, sums, sizeof numbers);
    place_from_rows(rows, numbers, place);
    if (!is_sound(program, place)) return "is damaged: its counters make no sense";
    if ((place->step > 0 && !array_of(file, "finished", INGOT_F32, model)) ||
        (with_best && !array_of(file, "best", INGOT_F32, model)) ||
        (place->epoch > 0 &&
         !array_of(file, "epochs", INGOT_F64, (int64_t)place->epoch * COLUMNS))) {
        return "lacks a part";
    }
    return NULL;
}

static void take(const ingot_program *program, const ingot_safetensors *file,
                 const ingot_place *place, ingot_rest *rest) {
    const size_t model = ingot_model_floats(program);
    rest->place = *place;
    memcpy(rest->state, ingot_safetensors_find(file, "state")->data,
           program->state_floats * sizeof *rest->state);
    if (place->step > 0) {
        memcpy(rest->finished, ingot_safetensors_find(file, "finished")->data,
               model * sizeof *rest->finished);
    } else {
        ingot_model_from_state(program, rest->state, rest->finished);
    }
    if (rest->best) {
        memcpy(rest->best, ingot_safetensors_find(file, "best")->data, model * sizeof *rest->best);
    }
    if (place->epoch > 0) {
        const char *rows = ingot_safetensors_find(file, "epochs")->data;
        for (int32_t e = 0; e < place->epoch; e++) {
            double row[COLUMNS];
            memcpy(row, rows + (size_t)e * sizeof row, sizeof row);
            epoch_from_row(row, &rest->epochs[e]);
        }
    }
}

void ingot_checkpoint_read(const ingot_program *program, int32_t threads, const char *folder,
                           void (*note)(void *user, const char *text), void *user, ingot_rest *rest,
                           int *found) {
    int64_t newest = -1;
    *found = -1;
    for (int which = 0; which < 2; which++) {
        char path[4096], text[4400];
        ingot_safetensors *file = NULL;
        ingot_place place = {0};
        ingot_error why;
        path_of(folder, which, path, sizeof path);
        if (access(path, F_OK) != 0) continue;
        if (ingot_safetensors_read(path, &file, &why) != INGOT_OK) {
            snprintf(text, sizeof text, "checkpoint passed over: %s", why.text);
            if (note) note(user, text);
            continue;
        }
        const char *fault = fault_of(program, threads, file, rest->best != NULL, &place);
        if (fault) {
            snprintf(text, sizeof text, "checkpoint passed over: %s %s", path, fault);
            if (note) note(user, text);
        } else if (place.steps > newest ||
                   (place.steps == newest && place.epoch > rest->place.epoch)) {
            newest = place.steps;
            *found = which;
            take(program, file, &place, rest);
        }
        ingot_safetensors_free(file);
    }
}

void ingot_checkpoint_remove(const char *folder) {
    for (int which = 0; which < 2; which++) {
        char path[4096];
        path_of(folder, which, path, sizeof path);
        unlink(path);
    }
}
