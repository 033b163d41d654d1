/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * onednn_internal.h: what the files of the oneDNN backend share; nothing else includes it.
 */
#ifndef INGOT_BACKENDS_ONEDNN_INTERNAL_H
#define INGOT_BACKENDS_ONEDNN_INTERNAL_H

#include <stdbool.h>

#include <oneapi/dnnl/dnnl.h>

#include "backends/onednn.h"

enum { SLOT_ARGUMENTS = 5 }; /* two inputs, weights or bias, output, scratchpad */

/* A primitive with its arguments, as dnnl_primitive_execute wants them. Memory objects are made
 * without a buffer; a run sets the pointers. The scratchpad is always the last argument. */
typedef struct call {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[SLOT_ARGUMENTS];
    int count;
} call;

typedef enum slot_kind { SLOT_EMPTY, SLOT_CONV2D, SLOT_LINEAR } slot_kind;

typedef struct slot {
    slot_kind kind;
    ingot_onednn_conv2d conv;
    ingot_onednn_linear linear;
    const char *kernel; /* owned by the primitive */
    call main;
    call reorder;         /* canonical -> packed weights, or packed -> canonical gradient */
    bool packed;          /* whether `reorder` exists */
    void *weights;        /* packed weights of the slot (forward, backward data) */
    size_t weights_bytes; /* of `weights`, or of the gradient before its reorder */
    size_t output_bytes;  /* what is filled with NaN where a run fails */
} slot;

struct ingot_onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_attr_t plain; /* user scratchpad, strict arithmetic, no post-ops */
    int32_t block;               /* floats per block of BLOCKED */
    void *scratchpad;            /* shared by all slots: calls follow one another */
    size_t scratchpad_bytes;
    void *staging; /* a weight gradient between primitive and reorder; shared likewise */
    size_t staging_bytes;
    size_t weights_bytes; /* of all slots */
    int32_t slot_count;
    slot slots[];
};

/* The slot, which must hold `kind`: a wrong number is a fault of the generator, found by assert. */
slot *ingot_onednn_slot(ingot_onednn *context, int32_t index, slot_kind kind);

/* 64-byte aligned, at least one byte; NULL where memory ends. */
void *ingot_onednn_allocate(size_t bytes);

/* Grows *buffer to at least `bytes`; what it held is lost. */
bool ingot_onednn_grow(void **buffer, size_t *have, size_t bytes);

/* A new attribute like context->plain, to be given post-ops; destroyed by the caller. */
dnnl_status_t ingot_onednn_attributes(dnnl_primitive_attr_t *attributes);

/* Makes the primitive of `description` and its memory objects; query[i] names the memory
 * descriptor of argument id[i]. Grows the scratchpad. Destroys `description` in every case. */
dnnl_status_t ingot_onednn_make(ingot_onednn *context, dnnl_primitive_desc_t description,
                                const int *ids, const dnnl_query_t *queries,
                                const int *query_indices, int count, call *out);
void ingot_onednn_unmake(call *made);

/* Points argument `index` of the call at `data`. */
bool ingot_onednn_point(call *made, int index, const void *data);
bool ingot_onednn_execute(ingot_onednn *context, call *made);

/* Makes the reorder between canonical weights and the primitive's, and the memory for them, where
 * they differ: of weights into the slot's own, of a gradient from the staging. */
dnnl_status_t ingot_onednn_make_reorder(ingot_onednn *context, slot *s,
                                        const dnnl_memory_desc_t *canonical,
                                        const dnnl_memory_desc_t *theirs, bool gradient);

/* Packs w by that reorder; where it fails the products of these weights are NaN. */
void ingot_onednn_pack(ingot_onednn *context, slot *s, const float *w);

/* What the library calls the implementation it took for the slot's main call. */
void ingot_onednn_name_kernel(slot *s);

/* Where a run failed: see onednn.h, "Errors". All ones are a NaN in float and in bf16. */
void ingot_onednn_poison(void *output, size_t bytes);

/* INGOT_FAILED where memory ended, INGOT_ENVIRONMENT otherwise, with a message. */
ingot_status ingot_onednn_refused(ingot_error *error, const char *path, const char *what,
                                  dnnl_status_t status);

#endif
