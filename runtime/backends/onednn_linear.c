/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * onednn_linear.c: dense layers (onednn.h), all three as matrix products of what lies in memory:
 *   y[n][o] = b[o] + sum over i of x[n][i] w[o][i],
 *   dx[n][i] = sum over o of dy[n][o] w[o][i],   dw[o][i] = sum over n of dy[n][o] x[n][i].
 */
#include "backends/onednn_internal.h"

#include <stdlib.h>
#include <string.h>

static dnnl_status_t matrix(dnnl_memory_desc_t *out, int32_t rows, int32_t columns, int32_t row,
                            int32_t column) {
    dnnl_dims_t dims = {rows, columns}, strides = {row, column};
    return dnnl_memory_desc_init_by_strides(out, 2, dims, dnnl_f32, strides);
}

/* a times b gives c. */
static dnnl_status_t factors(const ingot_onednn_linear *d, dnnl_memory_desc_t *a,
                             dnnl_memory_desc_t *b, dnnl_memory_desc_t *c) {
    int32_t n = d->batch, i = d->inputs, o = d->outputs;
    int32_t w_in = d->transposed ? o : 1, w_out = d->transposed ? 1 : i; /* strides of w and dw */
    dnnl_status_t status = dnnl_invalid_arguments;
    switch (d->task) {
    case INGOT_ONEDNN_INFERENCE:
    case INGOT_ONEDNN_FORWARD:
        status = matrix(a, n, i, i, 1);
        if (status == dnnl_success) status = matrix(b, i, o, w_in, w_out);
        if (status == dnnl_success) status = matrix(c, n, o, o, 1);
        break;
    case INGOT_ONEDNN_BACKWARD_DATA:
        status = matrix(a, n, o, o, 1);
        if (status == dnnl_success) status = matrix(b, o, i, w_out, w_in);
        if (status == dnnl_success) status = matrix(c, n, i, i, 1);
        break;
    case INGOT_ONEDNN_BACKWARD_WEIGHTS: /* the product lies as dw does */
        status = d->transposed ? matrix(a, i, n, 1, i) : matrix(a, o, n, 1, o);
        if (status == dnnl_success) {
            status = d->transposed ? matrix(b, n, o, o, 1) : matrix(b, n, i, i, 1);
        }
        if (status == dnnl_success) {
            status = d->transposed ? matrix(c, i, o, o, 1) : matrix(c, o, i, i, 1);
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
    dnnl_status_t status = factors(d, &a, &b, &c);
    if (status == dnnl_success) status = matrix(&bias, 1, d->outputs, d->outputs, 1);
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
    s->output_floats = is_forward(linear)                           ? n * o
                       : linear->task == INGOT_ONEDNN_BACKWARD_DATA ? n * i
                                                                    : i * o;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t planned = NULL;
    dnnl_status_t status = ingot_onednn_attributes(&attributes);
    if (status == dnnl_success) status = plan(&planned, context, linear, attributes);
    if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
    if (status == dnnl_success) {
        status = ingot_onednn_make(
            context, planned, (int[]){DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS},
            (dnnl_query_t[]){dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md,
                             dnnl_query_weights_md},
            (int[]){0, 0, 0, 1}, is_forward(linear) && linear->bias ? 4 : 3, &s->main);
    }
    if (status != dnnl_success) {
        return ingot_onednn_refused(error, linear->path, "linear", status);
    }
    const_dnnl_primitive_desc_t taken = NULL;
    s->kernel = "";
    if (dnnl_primitive_get_primitive_desc(s->main.primitive, &taken) == dnnl_success) {
        (void)dnnl_primitive_desc_query(taken, dnnl_query_impl_info_str, 0, &s->kernel);
    }
    s->kind = SLOT_LINEAR;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ runs */

static bool multiply(ingot_onednn *context, slot *s, const float *a, const float *b, float *c) {
    return ingot_onednn_point(&s->main, 0, a) && ingot_onednn_point(&s->main, 1, b) &&
           ingot_onednn_point(&s->main, 2, c) && ingot_onednn_execute(context, &s->main);
}

void ingot_onednn_linear_forward(ingot_onednn *context, int32_t index, const float *x,
                                 const float *w, const float *b, float *y) {
    slot *s = ingot_onednn_slot(context, index, SLOT_LINEAR);
    if ((s->linear.bias && !ingot_onednn_point(&s->main, 3, b)) || !multiply(context, s, x, w, y)) {
        ingot_onednn_poison(y, s->output_floats);
    }
}

void ingot_onednn_linear_backward_data(ingot_onednn *context, int32_t index, const float *dy,
                                       const float *w, float *dx) {
    slot *s = ingot_onednn_slot(context, index, SLOT_LINEAR);
    if (!multiply(context, s, dy, w, dx)) ingot_onednn_poison(dx, s->output_floats);
}

void ingot_onednn_linear_backward_weights(ingot_onednn *context, int32_t index, const float *x,
                                          const float *dy, float *dw, float *db) {
    slot *s = ingot_onednn_slot(context, index, SLOT_LINEAR);
    if (!(s->linear.transposed ? multiply(context, s, x, dy, dw)
                               : multiply(context, s, dy, x, dw))) {
        ingot_onednn_poison(dw, s->output_floats);
    }
    if (!s->linear.bias) return;
    /* One row after another: the sum does not depend on the threads. */
    size_t outputs = (size_t)s->linear.outputs;
    memset(db, 0, outputs * sizeof *db);
    for (int32_t n = 0; n < s->linear.batch; n++) {
        for (size_t o = 0; o < outputs; o++) db[o] += dy[(size_t)n * outputs + o];
    }
}
