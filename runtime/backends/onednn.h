/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * oneDNN for generated code: convolutions and dense products whose shapes were constants when the
 * spec was compiled. Written against the C API of oneDNN 2.6.3; knows no model.
 *
 * Use. An entry's open makes one context with ingot_onednn_new and opens one slot per node from a
 * `static const` descriptor; machine->backend holds the context. A node's run calls one run
 * function with its slot and plain pointers. Everything is allocated when a slot is opened; a run
 * allocates nothing. ingot_onednn_free takes NULL.
 *
 * Layouts of activations. PLAIN is [N][C][H][W]. BLOCKED is [N][ceil(C/B)][H][W][B], B = 16 for
 * x86-64-v4 and 8 for x86-64-v3; the padding of the last block is zero, and what is written here
 * keeps it zero. CHANNELS_LAST is [N][H][W][C], what the kernels for bf16 like best. All tensors
 * are 64-byte aligned.
 *
 * Numbers are float. Where a descriptor says `bf16`, activations and their gradients are bf16
 * (uint16_t: the upper half of a float), weights are rounded to bf16 when they are packed, products
 * are summed in float; weights outside, biases and the gradients of both stay float.
 *
 * Weights outside are canonical: convolution [groups][OC/groups][IC/groups][KH][KW], dense
 * [outputs][inputs], or [inputs][outputs] where `transposed`. Convolutions, and dense products
 * in bf16, run on a packed copy
 * that lives in the context where the primitive wants another layout: call
 * ingot_onednn_conv2d_pack, ingot_onednn_linear_pack after each change of the weights (each step in
 * training, once for inference). It costs nothing where the canonical layout is taken as it is.
 * Weight gradients come back canonical.
 *
 * Errors. Opening returns INGOT_ENVIRONMENT where the CPU or the library cannot do what is asked
 * and INGOT_FAILED where memory ends. Running returns nothing: oneDNN refuses an opened primitive
 * only when memory ends, and then the outputs are filled with NaN, which the runtime's check of the
 * loss finds and names.
 *
 * Determinism. The ISA is the target's, the arithmetic is strict
 * float, or bf16 summed in float, whatever the environment says. Bits are the same from run to run
 * with the same number of OpenMP threads; with another number, weight gradients of large
 * convolutions and the dense products may differ in the last bits.
 *
 * Threads. A context is used from one thread at a time; the library itself uses OpenMP, and plans
 * for omp_get_max_threads() of the moment a slot is opened.
 */
#ifndef INGOT_BACKENDS_ONEDNN_H
#define INGOT_BACKENDS_ONEDNN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct ingot_onednn ingot_onednn;

typedef enum ingot_onednn_layout {
    INGOT_ONEDNN_PLAIN,
    INGOT_ONEDNN_BLOCKED,
    INGOT_ONEDNN_CHANNELS_LAST
} ingot_onednn_layout;

/* WINOGRAD: F(4x4, 3x3) of Lavin & Gray 2015, for 3x3 kernels of stride 1 without dilation and
 * groups on x86-64-v4. Where it is not available the slot uses DIRECT; ingot_onednn_kernel says
 * what was taken. */
typedef enum ingot_onednn_algorithm {
    INGOT_ONEDNN_DIRECT,
    INGOT_ONEDNN_WINOGRAD
} ingot_onednn_algorithm;

typedef enum ingot_onednn_task {
    INGOT_ONEDNN_INFERENCE,     /* y = f(x, w, b); the weights seldom change: the packed copy may be
                                   larger and dearer to make */
    INGOT_ONEDNN_FORWARD,       /* the same within a training step */
    INGOT_ONEDNN_BACKWARD_DATA, /* dx from dy, w */
    INGOT_ONEDNN_BACKWARD_WEIGHTS /* dw, and db where `bias`, from x, dy */
} ingot_onednn_task;

typedef struct ingot_onednn_conv2d {
    const char *path; /* of the layer, for messages */
    ingot_onednn_task task;
    ingot_onednn_algorithm algorithm;
    int32_t batch, groups;
    int32_t in_channels, in_height, in_width;
    int32_t out_channels, out_height, out_width;
    int32_t kernel_height, kernel_width, stride_height, stride_width;
    int32_t dilation_height, dilation_width; /* 1: dense */
    int32_t pad_top, pad_left, pad_bottom, pad_right;
    ingot_onednn_layout x_layout, y_layout; /* of dx and dy alike */
    int32_t bias;                           /* 1: b or db[out_channels] is used */
    /* After the product, forward only, in this order: y = product + b + (sum ? y : 0), then
     * y = max(y, 0), bounded by `ceiling` where that is above 0. */
    int32_t sum, relu;
    float ceiling;
    int32_t bf16; /* 1: x, y, dx, dy are bf16, and the packed weights */
} ingot_onednn_conv2d;

typedef struct ingot_onednn_linear {
    const char *path;
    ingot_onednn_task task; /* INFERENCE and FORWARD are the same */
    int32_t batch, inputs, outputs;
    int32_t transposed; /* w and dw: 0 [outputs][inputs], 1 [inputs][outputs] */
    int32_t bias, relu; /* relu: forward only */
    int32_t bf16;       /* 1: x, y, dx, dy are bf16, and the packed weights */
} ingot_onednn_linear;

/* `isa` is the spec's target, "x86-64-v3", "x86-64-v4", "x86-64-v4-bf16" or "x86-64-v4-amx". All
 * contexts of a process must name the same one: the library is told once. */
ingot_status ingot_onednn_new(ingot_onednn **context, int32_t slots, const char *isa,
                              ingot_error *error);
void ingot_onednn_free(ingot_onednn *context);

/* Each slot is opened once; the descriptor is copied, its path is not. */
ingot_status ingot_onednn_open_conv2d(ingot_onednn *context, int32_t slot,
                                      const ingot_onednn_conv2d *conv, ingot_error *error);
ingot_status ingot_onednn_open_linear(ingot_onednn *context, int32_t slot,
                                      const ingot_onednn_linear *linear, ingot_error *error);

/* Takes a changed w into the slot's packed copy; not for BACKWARD_WEIGHTS. Of dense products only
 * those in bf16 have one. */
void ingot_onednn_conv2d_pack(ingot_onednn *context, int32_t slot, const float *w);
void ingot_onednn_linear_pack(ingot_onednn *context, int32_t slot, const float *w);

/* Pointers of what the descriptor has not are NULL. Outputs do not overlap inputs. */
void ingot_onednn_conv2d_forward(ingot_onednn *context, int32_t slot, const void *x, const float *w,
                                 const float *b, void *y);
void ingot_onednn_conv2d_backward_data(ingot_onednn *context, int32_t slot, const void *dy,
                                       const float *w, void *dx);
void ingot_onednn_conv2d_backward_weights(ingot_onednn *context, int32_t slot, const void *x,
                                          const void *dy, float *dw, float *db);

void ingot_onednn_linear_forward(ingot_onednn *context, int32_t slot, const void *x, const float *w,
                                 const float *b, void *y);
void ingot_onednn_linear_backward_data(ingot_onednn *context, int32_t slot, const void *dy,
                                       const float *w, void *dx);
void ingot_onednn_linear_backward_weights(ingot_onednn *context, int32_t slot, const void *x,
                                          const void *dy, float *dw, float *db);

/* What oneDNN took for a slot: "jit:avx512_core", "jit_wino_4x3:avx512_core", "brgemm:..."; an
 * implementation that starts with "ref" or "gemm:ref" is a slow one. Lives as long as the slot. */
const char *ingot_onednn_kernel(const ingot_onednn *context, int32_t slot);

/* Bytes the context holds: scratchpad, staging and packed weights. */
size_t ingot_onednn_bytes(const ingot_onednn *context);

/* "2.6.3", of the library that is loaded; for ingot_library.loaded_version. */
const char *ingot_onednn_version(void);

#endif
