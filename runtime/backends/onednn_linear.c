/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * onednn_linear.c: dense layers (onednn.h), all three as matrix products of what lies in memory:
 *   y[n][o] = b[o] + sum over i of x[n][i] w[o][i],
 *   dx[n][i] = sum over o of dy[n][o] w[o][i],   dw[o][i] = sum over n of dy[n][o] x[n][i].
 */
#include "backends/onednn_internal.h"

#include <stdlib.h>
#include <string.h>

static dnnl_status_t matrix(dnnl_memory_desc_t *out, dnnl_data_type_t type, int32_t rows,
                            int32_t columns, int32_t row, int32_t column) {
    dnnl_dims_t dims = {rows, columns}, strides = {row, column};
    return dnnl_memory_desc_init_by_strides(out, 2, dims, type, strides);
}

/* Weights in bf16 lie as the library likes; those outside are the canonical float. */
static dnnl_status_t weights(dnnl_memory_desc_t *out, const ingot_onednn_linear *d, bool canonical,
                             int32_t rows, int32_t columns, int32_t row, int32_t column) {
    if (canonical || !d->bf16) return matrix(out, dnnl_f32, rows, columns, row, column);
    dnnl_dims_t dims = {rows, columns};
    return dnnl_memory_desc_init_by_tag(out, 2, dims, dnnl_bf16, dnnl_format_tag_any);
}

/* a times b gives c; `canonical`: b's weights as they lie outside. */
static dnnl_status_t factors(const ingot_onednn_linear *d, bool canonical, dnnl_memory_desc_t *a,
                             dnnl_memory_desc_t *b, dnnl_memory_desc_t *c) {
    int32_t n = d->batch, i = d->inputs, o = d->outputs;
    int32_t w_in = d->transposed ? o : 1, w_out = d->transposed ? 1 : i; /* strides of w and dw */
    dnnl_data_type_t t = d->bf16 ? dnnl_bf16 : dnnl_f32;
    dnnl_status_t status = dnnl_invalid_arguments;
    switch (d->task) {
    case INGOT_ONEDNN_INFERENCE:
    case INGOT_ONEDNN_FORWARD:
        status = matrix(a, t, n, i, i, 1);
        if (status == dnnl_success) status = weights(b, d, canonical, i, o, w_in, w_out);
        if (status == dnnl_success) status = matrix(c, t, n, o, o, 1);
        break;
    case INGOT_ONEDNN_BACKWARD_DATA:
        status = matrix(a, t, n, o, o, 1);
        if (status == dnnl_success) status = weights(b, d, canonical, o, i, w_out, w_in);
        if (status == dnnl_success) status = matrix(c, t, n, i, i, 1);
        break;
    case INGOT_ONEDNN_BACKWARD_WEIGHTS: /* the product lies as dw does, in float */
        status = d->transposed ? matrix(a, t, i, n, 1, i) : matrix(a, t, o, n, 1, o);
        if (status == dnnl_success) {
            status = d->transposed ? matrix(b, t, n, o, o, 1) : matrix(b, t, n, i, i, 1);
        }
        if (status == dnnl_success) {
            status =
                d->transposed ? matrix(c, dnnl_f32, i, o, o, 1) : matrix(c, dnnl_f32, o, i, i, 1);
        }
        break;
    }
    return status;
}

static bool is_forward(const ingot_onednn_linear *d) {
    return d->task == INGOT_ONEDNN_INFERENCE || d->task == INGOT_ONEDNN_FORWARD;
}

static dnnl_status_t plan(dnnl_primitive_desc_t *out, const ingot_onednn *context,
                          const ingot_onednn_linear *d, dnnl_primitive_attr_t attributes) {
    dnnl_memory_desc_t a, b, c, bias;
    dnnl_status_t status = factors(d, false, &a, &b, &c);
    if (status == dnnl_success) status = matrix(&bias, dnnl_f32, 1, d->outputs, d->outputs, 1);
    if (status != dnnl_success) return status;
    dnnl_matmul_desc_t wanted;
    status = dnnl_matmul_desc_init(&wanted, &a, &b, is_forward(d) && d->bias ? &bias : NULL, &c);
    if (status != dnnl_success) return status;
    if (is_forward(d) && d->relu) {
        dnnl_post_ops_t ops = NULL;
        status = dnnl_post_ops_create(&ops);
        if (status != dnnl_success) return status;
        status = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
        if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, ops);
        dnnl_post_ops_destroy(ops);
        if (status != dnnl_success) return status;
    }
    return dnnl_primitive_desc_create(out, &wanted, attributes, context->engine, NULL);
}

ingot_status ingot_onednn_open_linear(ingot_onednn *context, int32_t index,
                                      const ingot_onednn_linear *linear, ingot_error *error) {
    slot *s = ingot_onednn_slot(context, index, SLOT_EMPTY);
    s->linear = *linear;
    size_t n = (size_t)linear->batch, i = (size_t)linear->inputs, o = (size_t)linear->outputs;
    size_t number = linear->bf16 ? sizeof(uint16_t) : sizeof(float);
    s->output_bytes = is_forward(linear)                           ? n * o * number
                      : linear->task == INGOT_ONEDNN_BACKWARD_DATA ? n * i * number
                                                                   : i * o * sizeof(float);
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t planned = NULL;
    dnnl_memory_desc_t packed, a, b, c;
    dnnl_status_t status = ingot_onednn_attributes(&attributes);
    if (status == dnnl_success) status = plan(&planned, context, linear, attributes);
    if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
    if (status == dnnl_success) {
        packed = *dnnl_primitive_desc_query_md(planned, dnnl_query_weights_md, 0);
        status = ingot_onednn_make(
            context, planned, (int[]){DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS},
            (dnnl_query_t[]){dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md,
                             dnnl_query_weights_md},
            (int[]){0, 0, 0, 1}, is_forward(linear) && linear->bias ? 4 : 3, &s->main);
    }
    if (status == dnnl_success && linear->bf16 && linear->task != INGOT_ONEDNN_BACKWARD_WEIGHTS) {
        status = factors(linear, true, &a, &b, &c);
        if (status == dnnl_success) {
            status = ingot_onednn_make_reorder(context, s, &b, &packed, false);
        }
    }
    if (status != dnnl_success) {
        return ingot_onednn_refused(error, linear->path, "linear", status);
    }
    ingot_onednn_name_kernel(s);
    s->kind = SLOT_LINEAR;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ runs */

void ingot_onednn_linear_pack(ingot_onednn *context, int32_t index, const float *w) {
    ingot_onednn_pack(context, ingot_onednn_slot(context, index, SLOT_LINEAR), w);
}

static bool multiply(ingot_onednn *context, slot *s, const void *a, const void *b, void *c) {
    return ingot_onednn_point(&s->main, 0, a) && ingot_onednn_point(&s->main, 1, b) &&
           ingot_onednn_point(&s->main, 2, c) && ingot_onednn_execute(context, &s->main);
}

void ingot_onednn_linear_forward(ingot_onednn *context, int32_t index, const void *x,
                                 const float *w, const float *b, void *y) {
    slot *s = ingot_onednn_slot(context, index, SLOT_LINEAR);
    if ((s->linear.bias && !ingot_onednn_point(&s->main, 3, b)) ||
        !multiply(context, s, x, s->packed ? s->weights : (const void *)w, y)) {
        ingot_onednn_poison(y, s->output_bytes);
    }
}

void ingot_onednn_linear_backward_data(ingot_onednn *context, int32_t index, const void *dy,
                                       const float *w, void *dx) {
    slot *s = ingot_onednn_slot(context, index, SLOT_LINEAR);
    if (!multiply(context, s, dy, s->packed ? s->weights : (const void *)w, dx))
        ingot_onednn_poison(dx, s->output_bytes);
}

static float number_at(const void *values, int32_t bf16, size_t index) {
    if (!bf16) return ((const float *)values)[index];
    uint32_t bits = (uint32_t)((const uint16_t *)values)[index] << 16;
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

void ingot_onednn_linear_backward_weights(ingot_onednn *context, int32_t index, const void *x,
                                          const void *dy, float *dw, float *db) {
    slot *s = ingot_onednn_slot(context, index, SLOT_LINEAR);
    if (!(s->linear.transposed ? multiply(context, s, x, dy, dw)
                               : multiply(context, s, dy, x, dw))) {
        ingot_onednn_poison(dw, s->output_bytes);
    }
    if (!s->linear.bias) return;
    /* One row after another: the sum does not depend on the threads. */
    size_t outputs = (size_t)s->linear.outputs;
    memset(db, 0, outputs * sizeof *db);
    for (int32_t n = 0; n < s->linear.batch; n++) {
        for (size_t o = 0; o < outputs; o++) {
            db[o] += number_at(dy, s->linear.bf16, (size_t)n * outputs + o);
        }
    }
}
