/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * onednn_conv2d.c: convolution slots (onednn.h): cross-correlation as deep learning defines it,
 *   y[n][o][i][j] = b[o] + sum over c, u, v of w[o][c][u][v] x[n][c][i*s - p + u*d][j*s - p + v*d].
 */
#include "backends/onednn_internal.h"

#include <string.h>

typedef struct shapes {
    dnnl_memory_desc_t x, y, bias, any_weights, canonical_weights;
} shapes;

static dnnl_status_t activation(dnnl_memory_desc_t *out, const ingot_onednn *context,
                                ingot_onednn_layout layout, dnnl_data_type_t type, int32_t n,
                                int32_t c, int32_t h, int32_t w) {
    dnnl_dims_t dims = {n, c, h, w};
    dnnl_format_tag_t tag = layout == INGOT_ONEDNN_PLAIN           ? dnnl_nchw
                            : layout == INGOT_ONEDNN_CHANNELS_LAST ? dnnl_nhwc
                            : context->block == 16                 ? dnnl_nChw16c
                                                                   : dnnl_nChw8c;
    return dnnl_memory_desc_init_by_tag(out, 4, dims, type, tag);
}

static dnnl_status_t describe(shapes *out, const ingot_onednn *context,
                              const ingot_onednn_conv2d *d) {
    memset(out, 0, sizeof *out);
    dnnl_data_type_t type = d->bf16 ? dnnl_bf16 : dnnl_f32;
    dnnl_status_t status = activation(&out->x, context, d->x_layout, type, d->batch, d->in_channels,
                                      d->in_height, d->in_width);
    if (status != dnnl_success) return status;
    status = activation(&out->y, context, d->y_layout, type, d->batch, d->out_channels,
                        d->out_height, d->out_width);
    if (status != dnnl_success) return status;
    dnnl_dims_t grouped = {d->groups, d->out_channels / d->groups, d->in_channels / d->groups,
                           d->kernel_height, d->kernel_width};
    int skip = d->groups == 1 ? 1 : 0; /* without groups the first dimension is left out */
    /* a gradient stays float: what is summed over the batch is not to be rounded */
    status = dnnl_memory_desc_init_by_tag(
        &out->any_weights, 5 - skip, grouped + skip,
        d->task == INGOT_ONEDNN_BACKWARD_WEIGHTS ? dnnl_f32 : type, dnnl_format_tag_any);
    if (status != dnnl_success) return status;
    status = dnnl_memory_desc_init_by_tag(&out->canonical_weights, 5 - skip, grouped + skip,
                                          dnnl_f32, skip ? dnnl_oihw : dnnl_goihw);
    if (status != dnnl_success || !d->bias) return status;
    dnnl_dims_t channels = {d->out_channels};
    return dnnl_memory_desc_init_by_tag(&out->bias, 1, channels, dnnl_f32, dnnl_a);
}

/* For inference Winograd's weights are transformed when packed, which oneDNN does at about half a
 * microsecond per 3x3 kernel: seconds for a deep net. Large layers take the training variant, which
 * transforms in each run and loses little. */
static dnnl_prop_kind_t forward_kind(const ingot_onednn_conv2d *d, dnnl_alg_kind_t algorithm) {
    enum { MOST_PACKED_KERNELS = 16384 };
    if (d->task != INGOT_ONEDNN_INFERENCE) return dnnl_forward_training;
    return algorithm == dnnl_convolution_winograd &&
                   (int64_t)d->in_channels * d->out_channels > MOST_PACKED_KERNELS
               ? dnnl_forward_training
               : dnnl_forward_inference;
}

static dnnl_status_t operation(dnnl_convolution_desc_t *out, const shapes *s,
                               const ingot_onednn_conv2d *d, dnnl_alg_kind_t algorithm) {
    dnnl_dims_t strides = {d->stride_height, d->stride_width};
    dnnl_dims_t dilates = {d->dilation_height - 1, d->dilation_width - 1};
    dnnl_dims_t before = {d->pad_top, d->pad_left}, after = {d->pad_bottom, d->pad_right};
    const dnnl_memory_desc_t *bias = d->bias ? &s->bias : NULL;
    switch (d->task) {
    case INGOT_ONEDNN_INFERENCE:
    case INGOT_ONEDNN_FORWARD:
        return dnnl_dilated_convolution_forward_desc_init(out, forward_kind(d, algorithm),
                                                          algorithm, &s->x, &s->any_weights, bias,
                                                          &s->y, strides, dilates, before, after);
    case INGOT_ONEDNN_BACKWARD_DATA:
        return dnnl_dilated_convolution_backward_data_desc_init(
            out, algorithm, &s->x, &s->any_weights, &s->y, strides, dilates, before, after);
    case INGOT_ONEDNN_BACKWARD_WEIGHTS:
        return dnnl_dilated_convolution_backward_weights_desc_init(
            out, algorithm, &s->x, &s->any_weights, bias, &s->y, strides, dilates, before, after);
    }
    return dnnl_invalid_arguments;
}

static dnnl_status_t post_ops(dnnl_primitive_attr_t attributes, const ingot_onednn_conv2d *d) {
    if (!d->sum && !d->relu) return dnnl_success;
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t status = dnnl_post_ops_create(&ops);
    if (status != dnnl_success) return status;
    if (d->sum) status = dnnl_post_ops_append_sum(ops, 1.0f);
    if (d->relu && status == dnnl_success) {
        status = d->ceiling > 0.0f
                     ? dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_bounded_relu,
                                                    d->ceiling, 0.0f)
                     : dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
    }
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, ops);
    dnnl_post_ops_destroy(ops);
    return status;
}

/* A backward primitive wants the forward one as a hint; for convolutions it decides nothing, so the
 * direct one, which always exists, serves both algorithms. */
static dnnl_status_t plan_with(dnnl_primitive_desc_t *out, const ingot_onednn *context,
                               const ingot_onednn_conv2d *d, dnnl_primitive_attr_t attributes,
                               dnnl_alg_kind_t algorithm) {
    shapes s;
    dnnl_convolution_desc_t wanted;
    dnnl_status_t status = describe(&s, context, d);
    if (status != dnnl_success) return status;
    dnnl_primitive_desc_t hint = NULL;
    if (d->task == INGOT_ONEDNN_BACKWARD_DATA || d->task == INGOT_ONEDNN_BACKWARD_WEIGHTS) {
        ingot_onednn_conv2d forward = *d;
        shapes of_forward;
        forward.task = INGOT_ONEDNN_FORWARD;
        status = describe(&of_forward, context, &forward);
        if (status != dnnl_success) return status;
        status = operation(&wanted, &of_forward, &forward, dnnl_convolution_direct);
        if (status != dnnl_success) return status;
        status = dnnl_primitive_desc_create(&hint, &wanted, context->plain, context->engine, NULL);
        if (status != dnnl_success) return status;
    }
    status = operation(&wanted, &s, d, algorithm);
    if (status == dnnl_success) {
        status = dnnl_primitive_desc_create(out, &wanted, attributes, context->engine, hint);
    }
    if (hint != NULL) dnnl_primitive_desc_destroy(hint);
    return status;
}

static dnnl_status_t plan(dnnl_primitive_desc_t *out, const ingot_onednn *context,
                          const ingot_onednn_conv2d *d, dnnl_primitive_attr_t attributes) {
    if (d->algorithm == INGOT_ONEDNN_WINOGRAD &&
        plan_with(out, context, d, attributes, dnnl_convolution_winograd) == dnnl_success) {
        return dnnl_success;
    }
    return plan_with(out, context, d, attributes, dnnl_convolution_direct);
}

/* Argument order of the main call; run functions below rely on it. */
static dnnl_status_t make_main(ingot_onednn *context, slot *s, dnnl_primitive_desc_t planned) {
    static const dnnl_query_t src = dnnl_query_src_md, dst = dnnl_query_dst_md,
                              wei = dnnl_query_weights_md, dsrc = dnnl_query_diff_src_md,
                              ddst = dnnl_query_diff_dst_md, dwei = dnnl_query_diff_weights_md;
    int bias = s->conv.bias ? 1 : 0;
    switch (s->conv.task) {
    case INGOT_ONEDNN_INFERENCE:
    case INGOT_ONEDNN_FORWARD:
        return ingot_onednn_make(
            context, planned, (int[]){DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS},
            (dnnl_query_t[]){src, wei, dst, wei}, (int[]){0, 0, 0, 1}, 3 + bias, &s->main);
    case INGOT_ONEDNN_BACKWARD_DATA:
        return ingot_onednn_make(context, planned,
                                 (int[]){DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
                                 (dnnl_query_t[]){ddst, wei, dsrc}, (int[]){0, 0, 0}, 3, &s->main);
    case INGOT_ONEDNN_BACKWARD_WEIGHTS:
        return ingot_onednn_make(
            context, planned,
            (int[]){DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_BIAS},
            (dnnl_query_t[]){src, dwei, ddst, dwei}, (int[]){0, 0, 0, 1}, 3 + bias, &s->main);
    }
    return dnnl_invalid_arguments;
}

static size_t activation_bytes(const ingot_onednn *context, const ingot_onednn_conv2d *d,
                               ingot_onednn_layout layout, int32_t c, int32_t h, int32_t w) {
    size_t block = layout == INGOT_ONEDNN_BLOCKED ? (size_t)context->block : 1;
    size_t numbers =
        (size_t)d->batch * (((size_t)c + block - 1) / block * block) * (size_t)h * (size_t)w;
    return numbers * (d->bf16 ? sizeof(uint16_t) : sizeof(float));
}

static size_t output_bytes(const ingot_onednn *context, const ingot_onednn_conv2d *d) {
    switch (d->task) {
    case INGOT_ONEDNN_INFERENCE:
    case INGOT_ONEDNN_FORWARD:
        return activation_bytes(context, d, d->y_layout, d->out_channels, d->out_height,
                                d->out_width);
    case INGOT_ONEDNN_BACKWARD_DATA:
        return activation_bytes(context, d, d->x_layout, d->in_channels, d->in_height, d->in_width);
    case INGOT_ONEDNN_BACKWARD_WEIGHTS:
        return (size_t)d->out_channels * (size_t)(d->in_channels / d->groups) *
               (size_t)d->kernel_height * (size_t)d->kernel_width * sizeof(float);
    }
    return 0;
}

ingot_status ingot_onednn_open_conv2d(ingot_onednn *context, int32_t index,
                                      const ingot_onednn_conv2d *conv, ingot_error *error) {
    slot *s = ingot_onednn_slot(context, index, SLOT_EMPTY);
    s->conv = *conv;
    s->output_bytes = output_bytes(context, conv);
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t planned = NULL;
    dnnl_status_t status = ingot_onednn_attributes(&attributes);
    if (status == dnnl_success) status = post_ops(attributes, conv);
    if (status == dnnl_success) status = plan(&planned, context, conv, attributes);
    if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
    if (status == dnnl_success) {
        dnnl_memory_desc_t weights = *dnnl_primitive_desc_query_md(
            planned,
            conv->task == INGOT_ONEDNN_BACKWARD_WEIGHTS ? dnnl_query_diff_weights_md
                                                        : dnnl_query_weights_md,
            0);
        status = make_main(context, s, planned);
        shapes shape;
        if (status == dnnl_success) status = describe(&shape, context, conv);
        if (status == dnnl_success) {
            status = ingot_onednn_make_reorder(context, s, &shape.canonical_weights, &weights,
                                               conv->task == INGOT_ONEDNN_BACKWARD_WEIGHTS);
        }
    }
    if (status != dnnl_success) {
        return ingot_onednn_refused(error, conv->path, "conv2d", status);
    }
    ingot_onednn_name_kernel(s);
    s->kind = SLOT_CONV2D;
    return INGOT_OK;
}

/* ------------------------------------------------------------------ runs */

void ingot_onednn_conv2d_pack(ingot_onednn *context, int32_t index, const float *w) {
    ingot_onednn_pack(context, ingot_onednn_slot(context, index, SLOT_CONV2D), w);
}

void ingot_onednn_conv2d_forward(ingot_onednn *context, int32_t index, const void *x,
                                 const float *w, const float *b, void *y) {
    slot *s = ingot_onednn_slot(context, index, SLOT_CONV2D);
    if (!ingot_onednn_point(&s->main, 0, x) ||
        !ingot_onednn_point(&s->main, 1, s->packed ? s->weights : (const void *)w) ||
        !ingot_onednn_point(&s->main, 2, y) ||
        (s->conv.bias && !ingot_onednn_point(&s->main, 3, b)) ||
        !ingot_onednn_execute(context, &s->main)) {
        ingot_onednn_poison(y, s->output_bytes);
    }
}

void ingot_onednn_conv2d_backward_data(ingot_onednn *context, int32_t index, const void *dy,
                                       const float *w, void *dx) {
    slot *s = ingot_onednn_slot(context, index, SLOT_CONV2D);
    if (!ingot_onednn_point(&s->main, 0, dy) ||
        !ingot_onednn_point(&s->main, 1, s->packed ? s->weights : (const void *)w) ||
        !ingot_onednn_point(&s->main, 2, dx) || !ingot_onednn_execute(context, &s->main)) {
        ingot_onednn_poison(dx, s->output_bytes);
    }
}

void ingot_onednn_conv2d_backward_weights(ingot_onednn *context, int32_t index, const void *x,
                                          const void *dy, float *dw, float *db) {
    slot *s = ingot_onednn_slot(context, index, SLOT_CONV2D);
    void *theirs = s->packed ? context->staging : dw;
    if (!ingot_onednn_point(&s->main, 0, x) || !ingot_onednn_point(&s->main, 1, theirs) ||
        !ingot_onednn_point(&s->main, 2, dy) ||
        (s->conv.bias && !ingot_onednn_point(&s->main, 3, db)) ||
        !ingot_onednn_execute(context, &s->main) ||
        (s->packed &&
         (!ingot_onednn_point(&s->reorder, 0, theirs) || !ingot_onednn_point(&s->reorder, 1, dw) ||
          !ingot_onednn_execute(context, &s->reorder)))) {
        ingot_onednn_poison(dw, s->output_bytes);
        if (s->conv.bias) ingot_onednn_poison(db, (size_t)s->conv.out_channels * sizeof *db);
    }
}
