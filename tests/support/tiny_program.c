/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * tiny_program.c: see tiny_program.h. The arithmetic is the textbook's.
 */
#include "tests/support/tiny_program.h"

#include <math.h>
#include <signal.h>
#include <string.h>

tiny_fault tiny = {-1, -1, -1, -1, -1};
int tiny_open_entries;

void tiny_reset(void) {
    tiny = (tiny_fault){-1, -1, -1, -1, -1};
}

enum { D = TINY_INPUTS, C = TINY_CLASSES };

/* State, in floats. fc.weight is [3][6] as saved and lies as [6][3]. */
enum { WEIGHT = 0, BIAS = 32, SEEN = 48, WEIGHT_M = 64, BIAS_M = 96, STATE = 112 };

/* Arena, in bytes, wide enough for the largest batch. */
enum {
    X = 0,
    LABELS = 256,
    LOGITS = 320,
    PROBABILITIES = 448,
    LOSS = 576,
    DLOGITS = 640,
    DWEIGHT = 768,
    DBIAS = 896,
    ARENA = 960
};

static float *at(ingot_machine *m, size_t offset) {
    return (float *)(void *)(m->arena + offset);
}

static void linear(ingot_machine *m, int batch, const float *w, const float *b) {
    const float *x = at(m, X);
    float *y = at(m, LOGITS);
    for (int n = 0; n < batch; n++) {
        for (int c = 0; c < C; c++) {
            float sum = b[c];
            for (int d = 0; d < D; d++) sum += x[n * D + d] * w[d * C + c];
            y[n * C + c] = sum;
        }
    }
}

static void softmax(ingot_machine *m, int batch) {
    const float *y = at(m, LOGITS);
    float *p = at(m, PROBABILITIES);
    for (int n = 0; n < batch; n++) {
        float most = y[n * C], sum = 0;
        for (int c = 1; c < C; c++) most = fmaxf(most, y[n * C + c]);
        for (int c = 0; c < C; c++) sum += p[n * C + c] = expf(y[n * C + c] - most);
        for (int c = 0; c < C; c++) p[n * C + c] /= sum;
    }
}

static void cross_entropy(ingot_machine *m, int batch) {
    const int32_t *labels = (const int32_t *)(const void *)(m->arena + LABELS);
    const float *p = at(m, PROBABILITIES);
    float loss = 0, *d = at(m, DLOGITS);
    if (tiny.signal_at_step == (int64_t)m->step) raise(SIGINT);
    if (tiny.kill_at_step == (int64_t)m->step) raise(SIGKILL);
    for (int n = 0; n < batch; n++) {
        loss -= logf(p[n * C + labels[n]]) / (float)batch;
        for (int c = 0; c < C; c++) {
            d[n * C + c] = (p[n * C + c] - (float)(c == labels[n])) / (float)batch;
        }
    }
    *at(m, LOSS) = tiny.nan_at_step == (int64_t)m->step ? NAN : loss;
}

static void linear_dw(ingot_machine *m, int batch) {
    const float *x = at(m, X), *d = at(m, DLOGITS);
    float *dw = at(m, DWEIGHT), *db = at(m, DBIAS);
    memset(dw, 0, D * C * sizeof *dw);
    memset(db, 0, C * sizeof *db);
    for (int n = 0; n < batch; n++) {
        for (int c = 0; c < C; c++) {
            for (int i = 0; i < D; i++) dw[i * C + c] += d[n * C + c] * x[n * D + i];
            db[c] += d[n * C + c];
        }
    }
}

static void sgd(ingot_machine *m, int batch) {
    const float *dw = at(m, DWEIGHT), *db = at(m, DBIAS);
    for (int i = 0; i < D * C; i++) {
        m->state[WEIGHT_M + i] = 0.9f * m->state[WEIGHT_M + i] + dw[i];
        m->state[WEIGHT + i] -= m->learning_rate * m->state[WEIGHT_M + i];
    }
    for (int i = 0; i < C; i++) {
        m->state[BIAS_M + i] = 0.9f * m->state[BIAS_M + i] + db[i];
        m->state[BIAS + i] -= m->learning_rate * m->state[BIAS_M + i];
    }
    m->state[SEEN] += (float)batch;
    if (tiny.inf_weight_step == (int64_t)m->step) m->state[BIAS + 1] = INFINITY;
}

static void prepare(ingot_machine *m) {
    memcpy(m->prepared, m->state + WEIGHT, D * C * sizeof(float));
    memcpy(m->prepared + 32, m->state + BIAS, C * sizeof(float));
}

static ingot_status opens(ingot_machine *m, ingot_error *error) {
    (void)error;
    tiny_open_entries++;
    m->backend = &tiny_open_entries;
    return INGOT_OK;
}

static void closes(ingot_machine *m) {
    tiny_open_entries--;
    m->backend = NULL;
}

/* ------------------------------------------------------------------ entries */

#define SPAN(NAME, SPACE, OFFSET, COUNT)                                                           \
    &(const ingot_span) {                                                                          \
        NAME, SPACE, OFFSET, COUNT                                                                 \
    }

#define TRAINING(NAME, BATCH)                                                                      \
    static void NAME##_0(ingot_machine *m) {                                                       \
        linear(m, BATCH, m->state + WEIGHT, m->state + BIAS);                                      \
    }                                                                                              \
    static void NAME##_1(ingot_machine *m) {                                                       \
        softmax(m, BATCH);                                                                         \
    }                                                                                              \
    static void NAME##_2(ingot_machine *m) {                                                       \
        cross_entropy(m, BATCH);                                                                   \
    }                                                                                              \
    static void NAME##_3(ingot_machine *m) {                                                       \
        linear_dw(m, BATCH);                                                                       \
    }                                                                                              \
    static void NAME##_4(ingot_machine *m) {                                                       \
        sgd(m, BATCH);                                                                             \
    }                                                                                              \
    static void NAME##_compute(ingot_machine *m) {                                                 \
        NAME##_0(m), NAME##_1(m), NAME##_2(m), NAME##_3(m);                                        \
    }                                                                                              \
    static const ingot_node NAME##_nodes[] = {                                                     \
        {"fc", "linear", "c", NAME##_0, 2.0 * BATCH * D * C, 4.0 * BATCH * (D + C), 1,             \
         SPAN("fc.y", INGOT_ARENA, LOGITS, BATCH * C)},                                            \
        {"loss", "softmax", "c", NAME##_1, 5.0 * BATCH * C, 8.0 * BATCH * C, 1,                    \
         SPAN("loss.p", INGOT_ARENA, PROBABILITIES, BATCH * C)},                                   \
        {"loss", "cross_entropy", "c", NAME##_2, 3.0 * BATCH * C, 8.0 * BATCH * C, 1,              \
         SPAN("loss.y", INGOT_ARENA, LOSS, 1)},                                                    \
        {"fc", "linear_dw", "c", NAME##_3, 2.0 * BATCH * D * C, 4.0 * BATCH * (D + C), 1,          \
         SPAN("fc.dw", INGOT_ARENA, DWEIGHT, D * C)},                                              \
        {"optimizer", "sgd", "c", NAME##_4, 4.0 * D * C, 16.0 * D * C, 0, NULL}};                  \
    static const ingot_entry NAME = {.name = #NAME,                                                \
                                     .batch = BATCH,                                               \
                                     .arena_bytes = ARENA,                                         \
                                     .x = X,                                                       \
                                     .labels = LABELS,                                             \
                                     .labels2 = SIZE_MAX,                                          \
                                     .mix = SIZE_MAX,                                              \
                                     .targets = SIZE_MAX,                                          \
                                     .logits = LOGITS,                                             \
                                     .probabilities = SIZE_MAX,                                    \
                                     .loss = LOSS,                                                 \
                                     .gradient_norm = SIZE_MAX,                                    \
                                     .update_node = 4,                                             \
                                     .node_count = 5,                                              \
                                     .nodes = NAME##_nodes,                                        \
                                     .open = opens,                                                \
                                     .close = closes,                                              \
                                     .compute = NAME##_compute,                                    \
                                     .update = NAME##_4};

#define INFERENCE(NAME, BATCH)                                                                     \
    static void NAME##_1(ingot_machine *m) {                                                       \
        linear(m, BATCH, m->prepared, m->prepared + 32);                                           \
    }                                                                                              \
    static void NAME##_2(ingot_machine *m) {                                                       \
        softmax(m, BATCH);                                                                         \
    }                                                                                              \
    static void NAME##_compute(ingot_machine *m) {                                                 \
        NAME##_1(m), NAME##_2(m);                                                                  \
    }                                                                                              \
    static const ingot_node NAME##_nodes[] = {                                                     \
        {"fc", "linear_prepare", "c", prepare, 0, 8.0 * D * C, 1,                                  \
         SPAN("fc.w", INGOT_PREPARED, 0, D * C)},                                                  \
        {"fc", "linear", "c", NAME##_1, 2.0 * BATCH * D * C, 4.0 * BATCH * (D + C), 1,             \
         SPAN("fc.y", INGOT_ARENA, LOGITS, BATCH * C)},                                            \
        {"softmax", "softmax", "c", NAME##_2, 5.0 * BATCH * C, 8.0 * BATCH * C, 1,                 \
         SPAN("softmax.y", INGOT_ARENA, PROBABILITIES, BATCH * C)}};                               \
    static const ingot_entry NAME = {.name = #NAME,                                                \
                                     .batch = BATCH,                                               \
                                     .arena_bytes = ARENA,                                         \
                                     .prepared_floats = 48,                                        \
                                     .x = X,                                                       \
                                     .labels = SIZE_MAX,                                           \
                                     .labels2 = SIZE_MAX,                                          \
                                     .mix = SIZE_MAX,                                              \
                                     .targets = SIZE_MAX,                                          \
                                     .logits = LOGITS,                                             \
                                     .probabilities = PROBABILITIES,                               \
                                     .loss = SIZE_MAX,                                             \
                                     .gradient_norm = SIZE_MAX,                                    \
                                     .prepare_nodes = 1,                                           \
                                     .update_node = 3,                                             \
                                     .node_count = 3,                                              \
                                     .nodes = NAME##_nodes,                                        \
                                     .open = opens,                                                \
                                     .close = closes,                                              \
                                     .prepare = prepare,                                           \
                                     .compute = NAME##_compute};

TRAINING(train_step, TINY_BATCH)
TRAINING(train_step_tail, TINY_TAIL)
INFERENCE(evaluate_step, 4)
INFERENCE(predict, 2)

/* ------------------------------------------------------------------ the program */

static const ingot_tensor tensors[] = {
    {"fc.weight", INGOT_PARAMETER, 2, {C, D}, 1, WEIGHT, C *D, INGOT_INIT_UNIFORM, -0.4, 0.4},
    {"fc.bias", INGOT_PARAMETER, 1, {C}, 0, BIAS, C, INGOT_INIT_NORMAL, 0, 0.1},
    {"seen", INGOT_BUFFER, 1, {1}, 0, SEEN, 1, INGOT_INIT_CONSTANT, 0, 0},
    {"fc.weight.momentum",
     INGOT_OPTIMIZER,
     2,
     {C, D},
     1,
     WEIGHT_M,
     C *D,
     INGOT_INIT_CONSTANT,
     0,
     0},
    {"fc.bias.momentum", INGOT_OPTIMIZER, 1, {C}, 0, BIAS_M, C, INGOT_INIT_CONSTANT, 0, 0},
};

static const char *const names[] = {"ash", "birch", "<cedar & \"co\">"};
static const float rates[] = {0.1f, 0.1f, 0.05f, 0.02f};

static const char *libm_version(void) {
    return "2.36";
}
static const ingot_library libraries[] = {{"libm", "2.36", "LGPL-2.1-or-later", libm_version}};

static const char spec_text[] = "return experiment { name = \"tiny\", note = \"a < b & c\" }\n";
#define BLOB(TEXT)                                                                                 \
    { (const unsigned char *)TEXT, (const unsigned char *)TEXT + sizeof TEXT - 1 }

const ingot_program ingot_the_program = {
    .name = "tiny",
    .stamp = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    .isa = "x86-64-v2",
    .threads = 1,
    .classes = C,
    .class_names = names,
    .data = {.reader = &tiny_reader,
             .path = "tests/support",
             .features = &tiny_features,
             .features_key = "aa",
             .channels = 1,
             .height = 1,
             .width = D,
             .stored_channels = 1,
             .stored_u8 = 1,
             .scale = {1.0f / 64, 0, 0, 0},
             .shift = {-2, 0, 0, 0},
             .items = {TINY_TRAIN, TINY_VALIDATION, TINY_TEST / TINY_TEST_SEGMENTS},
             .samples = {TINY_TRAIN, TINY_VALIDATION, TINY_TEST}},
    .training = {.epochs = 4,
                 .batch = TINY_BATCH,
                 .shuffle = 1,
                 .steps_per_epoch = 7,
                 .seed = 7,
                 .learning_rates = rates,
                 .learning_rate_count = 4},
    .state_floats = STATE,
    .parameters = C * D + C,
    .tensor_count = 5,
    .tensors = tensors,
    .train_step = &train_step,
    .train_step_tail = &train_step_tail,
    .evaluate_step = &evaluate_step,
    .predict = &predict,
    .library_count = 1,
    .libraries = libraries,
    .spec = BLOB(spec_text),
};
