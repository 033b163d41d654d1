/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * predict.c: the word predict: files in, classes and probabilities out.
 *
 * Samples of all files fill the predict entry's fixed batch one after the other; a record's
 * probabilities are the mean over its samples, and it is printed when the last of them has been
 * computed, in the order of the input. Paths from standard input, or texts, a line each, are
 * answered one by one, so that another process can talk with this one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/environment.h"
#include "cli/stages.h"
#include "cli/words.h"
#include "train/metrics.h"
#include "train/weights.h"

/* A record whose samples are in the batch, or have been. */
typedef struct pending {
    char *name;      /* "a.wav" or "a.gz#17" */
    int64_t samples; /* computed or waiting in the batch */
    int failed;      /* 1: an error was told already; nothing is printed */
    double *sum;     /* [classes] */
} pending;

typedef struct predictor {
    ingot_session *session;
    const ingot_program *program;
    const ingot_entry *entry;
    ingot_machine *machine;
    void *workspace; /* of the features */
    float *samples;  /* [batch][channels * height * width]; the arena may be written over */
    size_t sample_floats;
    int32_t used;         /* samples in the batch */
    int32_t *owner;       /* [batch] index into records */
    pending *records;     /* [batch + 1]: each but the last has a sample in the batch */
    int32_t record_count; /* the last is the current one */
    float *mean;          /* [classes] */
    int64_t predicted, failed;
} predictor;

static void tell(predictor *p, const char *message) {
    fprintf(stderr, "%s: %s\n", p->program->name, message);
    p->failed++;
}

/* ------------------------------------------------------------------ printing */

/* A regression's numbers. */
static void print_numbers(const predictor *p, const char *name) {
    json_t *all = json_object(), *path = json_string(name);
    char *line = NULL;
    for (int32_t c = 0; c < p->program->classes; c++) {
        json_object_set_new(all, p->program->class_names[c], ingot_json_real((double)p->mean[c]));
    }
    if (p->session->options->json) {
        if (!path) path = json_stringn_nocheck("?", 1); /* a path that is not UTF-8 */
        json_t *one = json_pack("{s:O, s:O}", "path", path, "predicted", all);
        line = ingot_json_line(one);
        json_decref(one);
        if (line) puts(line);
    } else {
        fputs(name, stdout);
        for (int32_t c = 0; c < p->program->classes; c++) printf("\t%.9g", (double)p->mean[c]);
        putchar('\n');
    }
    free(line);
    json_decref(path);
    json_decref(all);
}

static void print_json(const predictor *p, const char *name, int32_t best) {
    json_t *all = json_object();
    for (int32_t c = 0; c < p->program->classes; c++) {
        json_object_set_new(all, p->program->class_names[c], ingot_json_real((double)p->mean[c]));
    }
    json_t *path = json_string(name);
    if (!path) path = json_stringn_nocheck("?", 1); /* a path that is not UTF-8 */
    json_t *one =
        json_pack("{s:o, s:s, s:o, s:o}", "path", path, "class", p->program->class_names[best],
                  "probability", ingot_json_real((double)p->mean[best]), "probabilities", all);
    char *line = ingot_json_line(one);
    if (line) puts(line);
    free(line);
    json_decref(one);
}

static void print_record(predictor *p, const pending *record) {
    for (int32_t c = 0; c < p->program->classes; c++) {
        p->mean[c] = (float)(record->sum[c] / (double)record->samples);
    }
    const int32_t best = ingot_argmax(p->mean, p->program->classes);
    int finite = isfinite(p->mean[best]);
    for (int32_t c = 0; c < p->program->classes; c++) finite = finite && isfinite(p->mean[c]);
    if (!finite) {
        ingot_error error;
        ingot_fail(&error, INGOT_FAILED, "%s: the %s are not finite", record->name,
                   p->program->data.regression ? "predicted numbers" : "probabilities");
        tell(p, error.text);
        return;
    }
    if (p->program->data.regression) {
        print_numbers(p, record->name);
    } else if (p->session->options->json) {
        print_json(p, record->name, best);
    } else {
        printf("%s\t%s\t%.4f\n", record->name, p->program->class_names[best],
               (double)p->mean[best]);
    }
    p->predicted++;
}

/* ------------------------------------------------------------------ the batch */

/* Computes what waits in the batch. */
static void compute_batch(predictor *p) {
    if (p->used == 0) return;
    const size_t row = p->sample_floats;
    float *x = ingot_at(p->machine, p->entry->x);
    memcpy(x, p->samples, (size_t)p->used * row * sizeof *x);
    /* Places that are left repeat the last sample, so that every value is defined. */
    for (int32_t i = p->used; i < p->entry->batch; i++) {
        memcpy(x + (size_t)i * row, p->samples + (size_t)(p->used - 1) * row, row * sizeof *x);
    }
    p->entry->compute(p->machine);
    const float *probabilities = ingot_at(p->machine, p->entry->probabilities);
    for (int32_t i = 0; i < p->used; i++) {
        pending *record = &p->records[p->owner[i]];
        for (int32_t c = 0; c < p->program->classes; c++) {
            record->sum[c] += (double)probabilities[(int64_t)i * p->program->classes + c];
        }
    }
    p->used = 0;
}

/* Prints the records before `end`, all of whose samples have been computed, and forgets them. */
static void settle_records(predictor *p, int32_t end) {
    for (int32_t r = 0; r < end; r++) {
        pending *record = &p->records[r];
        if (!record->failed) print_record(p, record);
        free(record->name);
        memset(record->sum, 0, (size_t)p->program->classes * sizeof *record->sum);
        record->name = NULL;
    }
    /* The current record, where there is one, becomes the first; its sums change places. */
    for (int32_t r = end; r < p->record_count; r++) {
        const pending moved = p->records[r];
        p->records[r] = p->records[r - end];
        p->records[r - end] = moved;
    }
    p->record_count -= end;
    fflush(stdout);
}

static ingot_status take_sample(void *user, int64_t index, const void *sample, ingot_error *error) {
    predictor *p = user;
    (void)index, (void)error;
    if (p->used == p->entry->batch) {
        compute_batch(p);
        settle_records(p, p->record_count - 1);
    }
    float *to = p->samples + (size_t)p->used * p->sample_floats;
    if (p->program->data.predict_width > 0) {
        memcpy(to, sample, p->sample_floats * sizeof *to);
    } else {
        ingot_sample_convert(&p->program->data, sample, to);
    }
    p->owner[p->used++] = p->record_count - 1;
    p->records[p->record_count - 1].samples++;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ files */

static void one_record(predictor *p, ingot_source *source, const char *path, int64_t index,
                       int64_t count) {
    ingot_error error;
    if (p->record_count == p->entry->batch + 1) {
        compute_batch(p);
        settle_records(p, p->record_count);
    }
    pending *record = &p->records[p->record_count++];
    const size_t room = strlen(path) + 24;
    record->name = malloc(room);
    record->samples = 0;
    record->failed = 0;
    ingot_signal signal;
    int32_t label;
    ingot_status status =
        record->name ? p->program->data.reader->read(source, index, &signal, &label, &error)
                     : ingot_fail(&error, INGOT_FAILED, "%s: out of memory", path);
    if (record->name) {
        if (count > 1) {
            snprintf(record->name, room, "%s#%lld", path, (long long)index);
        } else {
            snprintf(record->name, room, "%s", path);
        }
    }
    if (status == INGOT_OK) {
        status = p->program->data.features->compute(p->program->data.features_config, p->workspace,
                                                    &signal, take_sample, p, &error);
        record = &p->records[p->record_count - 1]; /* it may have moved to the front */
        if (status != INGOT_OK && !strstr(error.text, path)) {
            ingot_fail_in(&error, status, "%s", record->name);
        }
        if (status == INGOT_OK && record->samples == 0) {
            status = ingot_fail(&error, INGOT_FAILED, "%s: too short to give a single sample",
                                record->name);
        }
    }
    if (status == INGOT_OK) return;
    tell(p, error.text);
    record->failed = 1;
}

static void one_file(predictor *p, const char *path) {
    const ingot_reader *reader = p->program->data.reader;
    ingot_source *source = NULL;
    ingot_error error;
    if (reader->open_file(p->program->data.reader_config, path, NULL, &source, &error) !=
        INGOT_OK) {
        tell(p, error.text);
        return;
    }
    const int64_t count = reader->records(source);
    for (int64_t i = 0; i < count && !ingot_stop; i++) one_record(p, source, path, i, count);
    reader->close_file(source);
}

/* A line of standard input that is a text: "-:3" by name. */
static void one_line(predictor *p, const char *line, size_t length, int64_t number) {
    const ingot_reader *reader = p->program->data.reader;
    ingot_source *source = NULL;
    ingot_error error;
    char name[32];
    snprintf(name, sizeof name, "-:%lld", (long long)number);
    ingot_status status =
        reader->open_line(p->program->data.reader_config, line, length, &source, &error);
    if (status != INGOT_OK) {
        ingot_fail_in(&error, status, "%s", name);
        tell(p, error.text);
        return;
    }
    one_record(p, source, name, 0, 1);
    reader->close_file(source);
}

static void from_standard_input(predictor *p) {
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int64_t number = 0;
    while (!ingot_stop && (length = getline(&line, &room, stdin)) > 0) {
        if (line[length - 1] == '\n') line[--length] = 0;
        number++;
        if (length == 0) continue;
        if (p->program->data.reader->open_line != NULL) {
            one_line(p, line, (size_t)length, number);
        } else {
            one_file(p, line);
        }
        compute_batch(p);
        settle_records(p, p->record_count);
    }
    free(line);
}

/* ------------------------------------------------------------------ the word */

static void predictor_free(predictor *p) {
    if (p->workspace) p->program->data.features->workspace_free(p->workspace);
    for (int32_t r = 0; p->records && r <= p->entry->batch; r++) {
        free(p->records[r].name);
        free(p->records[r].sum);
    }
    free(p->records);
    free(p->samples);
    free(p->owner);
    free(p->mean);
}

static ingot_status predictor_new(predictor *p, ingot_session *session, ingot_error *error) {
    const ingot_program *program = session->program;
    const ingot_data *data = &program->data;
    const size_t batch = (size_t)program->predict->batch, classes = (size_t)program->classes;
    memset(p, 0, sizeof *p);
    p->session = session;
    p->program = program;
    p->entry = program->predict;
    p->sample_floats = data->predict_width > 0
                           ? (size_t)data->predict_width
                           : (size_t)data->channels * (size_t)data->height * (size_t)data->width;
    p->samples = calloc(batch * p->sample_floats, sizeof *p->samples);
    p->owner = calloc(batch, sizeof *p->owner);
    p->mean = calloc(classes, sizeof *p->mean);
    p->records = calloc(batch + 1, sizeof *p->records);
    int whole = p->samples && p->owner && p->mean && p->records;
    for (size_t r = 0; whole && r <= batch; r++) {
        p->records[r].sum = calloc(classes, sizeof(double));
        whole = p->records[r].sum != NULL;
    }
    if (!whole) return ingot_fail(error, INGOT_FAILED, "out of memory");
    ingot_status status =
        data->features->workspace_new(data->features_config, &p->workspace, error);
    if (status == INGOT_OK) status = ingot_session_engine(session, INGOT_USE_PREDICT, error);
    if (status == INGOT_OK) {
        status = ingot_engine_open(session->engine, p->entry, &p->machine, error);
    }
    return status;
}

ingot_status ingot_word_predict(ingot_session *session, ingot_error *error) {
    char *weights = NULL;
    predictor p;
    ingot_status status = predictor_new(&p, session, error);
    if (status == INGOT_OK) status = ingot_weights_path(session, &weights, error);
    if (status == INGOT_OK) {
        status = ingot_weights_load(session->program, weights, session->options->any_stamp,
                                    ingot_engine_state(session->engine), error);
    }
    free(weights);
    if (status == INGOT_OK && p.entry->prepare) p.entry->prepare(p.machine);
    for (int i = 0; status == INGOT_OK && i < session->options->argument_count && !ingot_stop;
         i++) {
        if (strcmp(session->options->arguments[i], "-") == 0) {
            from_standard_input(&p);
        } else {
            one_file(&p, session->options->arguments[i]);
        }
    }
    if (status == INGOT_OK) {
        compute_batch(&p);
        settle_records(&p, p.record_count);
        json_object_set_new(session->summary, "predicted", json_integer(p.predicted));
        json_object_set_new(session->summary, "failed", json_integer(p.failed));
        if (ingot_stop) {
            session->interrupted = 1;
            status = ingot_fail(error, INGOT_FAILED, "interrupted");
        } else if (p.failed > 0) {
            status = ingot_fail(error, INGOT_FAILED, "%lld of %lld inputs could not be predicted",
                                (long long)p.failed, (long long)(p.failed + p.predicted));
        }
    }
    predictor_free(&p);
    return status;
}
