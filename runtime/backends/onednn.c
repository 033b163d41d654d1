/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * onednn.c: the context of the oneDNN backend (onednn.h): ISA, engine, memory, and primitives with
 * their arguments. Convolutions and dense products are in files of their own.
 */
#include "backends/onednn_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *ingot_onednn_allocate(size_t bytes) {
    return aligned_alloc(64, bytes == 0 ? 64 : (bytes + 63) / 64 * 64);
}

bool ingot_onednn_grow(void **buffer, size_t *have, size_t bytes) {
    if (bytes <= *have) return true;
    free(*buffer);
    *have = 0;
    *buffer = ingot_onednn_allocate(bytes);
    if (*buffer == NULL) return false;
    *have = bytes;
    return true;
}

ingot_status ingot_onednn_refused(ingot_error *error, const char *path, const char *what,
                                  dnnl_status_t status) {
    if (status == dnnl_out_of_memory) {
        return ingot_fail(error, INGOT_FAILED, "%s: %s: out of memory", path, what);
    }
    return ingot_fail(error, INGOT_ENVIRONMENT, "%s: %s: oneDNN %s says: %s", path, what,
                      ingot_onednn_version(),
                      status == dnnl_unimplemented       ? "not implemented"
                      : status == dnnl_invalid_arguments ? "invalid arguments"
                                                         : "run-time error");
}

/* The library takes its ISA, its hints and its arithmetic from the environment unless it is told
 * before the first primitive; a later call is refused, which is fine where it was told the same. */
static ingot_status tell_isa(const char *isa, int32_t *block, ingot_error *error) {
    dnnl_cpu_isa_t wanted;
    if (strcmp(isa, "x86-64-v4-amx") == 0) {
        wanted = dnnl_cpu_isa_avx512_core_amx;
        *block = 16;
    } else if (strcmp(isa, "x86-64-v4-bf16") == 0) {
        wanted = dnnl_cpu_isa_avx512_core_bf16;
        *block = 16;
    } else if (strcmp(isa, "x86-64-v4") == 0) {
        wanted = dnnl_cpu_isa_avx512_core;
        *block = 16;
    } else if (strcmp(isa, "x86-64-v3") == 0) {
        wanted = dnnl_cpu_isa_avx2;
        *block = 8;
    } else {
        return ingot_fail(error, INGOT_ENVIRONMENT, "oneDNN: no support for the target \"%s\"",
                          isa);
    }
    (void)dnnl_set_max_cpu_isa(wanted);
    (void)dnnl_set_cpu_isa_hints(dnnl_cpu_isa_no_hints);
    if (dnnl_get_effective_cpu_isa() != wanted) {
        return ingot_fail(error, INGOT_ENVIRONMENT,
                          "oneDNN: runs with ISA %#x, the target %s needs %#x (an older CPU, or "
                          "another target in the same process)",
                          (unsigned)dnnl_get_effective_cpu_isa(), isa, (unsigned)wanted);
    }
    if (dnnl_set_default_fpmath_mode(dnnl_fpmath_mode_strict) != dnnl_success) {
        return ingot_fail(error, INGOT_ENVIRONMENT, "oneDNN: refuses strict arithmetic");
    }
    return INGOT_OK;
}

dnnl_status_t ingot_onednn_attributes(dnnl_primitive_attr_t *attributes) {
    dnnl_status_t status = dnnl_primitive_attr_create(attributes);
    if (status != dnnl_success) {
        *attributes = NULL;
        return status;
    }
    status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
    if (status == dnnl_success) {
        status = dnnl_primitive_attr_set_fpmath_mode(*attributes, dnnl_fpmath_mode_strict);
    }
    return status;
}

ingot_status ingot_onednn_new(ingot_onednn **context, int32_t slots, const char *isa,
                              ingot_error *error) {
    *context = NULL;
    int32_t block = 0;
    ingot_status told = tell_isa(isa, &block, error);
    if (told != INGOT_OK) return told;
    ingot_onednn *made = calloc(1, sizeof *made + (size_t)slots * sizeof made->slots[0]);
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "oneDNN: out of memory");
    made->block = block;
    made->slot_count = slots;
    dnnl_status_t status = dnnl_engine_create(&made->engine, dnnl_cpu, 0);
    if (status == dnnl_success) {
        status = dnnl_stream_create(&made->stream, made->engine, dnnl_stream_default_flags);
    }
    if (status == dnnl_success) status = ingot_onednn_attributes(&made->plain);
    if (status != dnnl_success) {
        ingot_onednn_free(made);
        return ingot_onednn_refused(error, "oneDNN", "engine", status);
    }
    *context = made;
    return INGOT_OK;
}

void ingot_onednn_free(ingot_onednn *context) {
    if (context == NULL) return;
    for (int32_t i = 0; i < context->slot_count; i++) {
        ingot_onednn_unmake(&context->slots[i].main);
        ingot_onednn_unmake(&context->slots[i].reorder);
        free(context->slots[i].weights);
    }
    free(context->scratchpad);
    free(context->staging);
    if (context->plain != NULL) dnnl_primitive_attr_destroy(context->plain);
    if (context->stream != NULL) dnnl_stream_destroy(context->stream);
    if (context->engine != NULL) dnnl_engine_destroy(context->engine);
    free(context);
}

slot *ingot_onednn_slot(ingot_onednn *context, int32_t index, slot_kind kind) {
    assert(index >= 0 && index < context->slot_count);
    assert(context->slots[index].kind == kind);
    (void)kind;
    return &context->slots[index];
}

/* ------------------------------------------------------------------ primitives */

static dnnl_status_t add_argument(ingot_onednn *context, call *out, int id,
                                  const dnnl_memory_desc_t *description) {
    dnnl_memory_t memory = NULL;
    dnnl_status_t status =
        dnnl_memory_create(&memory, description, context->engine, DNNL_MEMORY_NONE);
    if (status != dnnl_success) return status;
    assert(out->count < SLOT_ARGUMENTS);
    out->arguments[out->count].arg = id;
    out->arguments[out->count].memory = memory;
    out->count++;
    return dnnl_success;
}

dnnl_status_t ingot_onednn_make(ingot_onednn *context, dnnl_primitive_desc_t description,
                                const int *ids, const dnnl_query_t *queries,
                                const int *query_indices, int count, call *out) {
    memset(out, 0, sizeof *out);
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < count && status == dnnl_success; i++) {
        const dnnl_memory_desc_t *memory =
            dnnl_primitive_desc_query_md(description, queries[i], query_indices[i]);
        status = memory == NULL ? dnnl_runtime_error : add_argument(context, out, ids[i], memory);
    }
    if (status == dnnl_success) {
        const dnnl_memory_desc_t *scratchpad =
            dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
        size_t bytes = scratchpad == NULL ? 0 : dnnl_memory_desc_get_size(scratchpad);
        if (!ingot_onednn_grow(&context->scratchpad, &context->scratchpad_bytes, bytes)) {
            status = dnnl_out_of_memory;
        } else if (bytes > 0) {
            status = add_argument(context, out, DNNL_ARG_SCRATCHPAD, scratchpad);
        }
    }
    if (status == dnnl_success) status = dnnl_primitive_create(&out->primitive, description);
    dnnl_primitive_desc_destroy(description);
    if (status != dnnl_success) ingot_onednn_unmake(out);
    return status;
}

void ingot_onednn_unmake(call *made) {
    for (int i = 0; i < made->count; i++) dnnl_memory_destroy(made->arguments[i].memory);
    if (made->primitive != NULL) dnnl_primitive_destroy(made->primitive);
    memset(made, 0, sizeof *made);
}

bool ingot_onednn_point(call *made, int index, const void *data) {
    /* The interface has no const; inputs are only read (a blocked input's padding, zero already,
     * may be written as zero). */
    void *handle = (void *)(uintptr_t)data;
    return dnnl_memory_set_data_handle(made->arguments[index].memory, handle) == dnnl_success;
}

bool ingot_onednn_execute(ingot_onednn *context, call *made) {
    const dnnl_exec_arg_t *last = &made->arguments[made->count - 1];
    /* The scratchpad may have moved when a later slot was opened. */
    if (last->arg == DNNL_ARG_SCRATCHPAD &&
        !ingot_onednn_point(made, made->count - 1, context->scratchpad)) {
        return false;
    }
    return dnnl_primitive_execute(made->primitive, context->stream, made->count, made->arguments) ==
               dnnl_success &&
           dnnl_stream_wait(context->stream) == dnnl_success;
}

void ingot_onednn_poison(void *output, size_t bytes) {
    memset(output, 0xff, bytes);
}

/* ------------------------------------------------------------------ packed weights */

dnnl_status_t ingot_onednn_make_reorder(ingot_onednn *context, slot *s,
                                        const dnnl_memory_desc_t *canonical,
                                        const dnnl_memory_desc_t *theirs, bool gradient) {
    if (dnnl_memory_desc_equal(theirs, canonical)) return dnnl_success;
    dnnl_primitive_desc_t planned = NULL;
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(
        &planned, gradient ? theirs : canonical, context->engine, gradient ? canonical : theirs,
        context->engine, context->plain);
    if (status != dnnl_success) return status;
    status = ingot_onednn_make(context, planned, (int[]){DNNL_ARG_FROM, DNNL_ARG_TO},
                               (dnnl_query_t[]){dnnl_query_src_md, dnnl_query_dst_md},
                               (int[]){0, 0}, 2, &s->reorder);
    if (status != dnnl_success) return status;
    s->packed = true;
    s->weights_bytes = dnnl_memory_desc_get_size(theirs);
    if (gradient) {
        return ingot_onednn_grow(&context->staging, &context->staging_bytes, s->weights_bytes)
                   ? dnnl_success
                   : dnnl_out_of_memory;
    }
    s->weights = ingot_onednn_allocate(s->weights_bytes);
    if (s->weights == NULL) return dnnl_out_of_memory;
    context->weights_bytes += s->weights_bytes;
    return dnnl_success;
}

void ingot_onednn_pack(ingot_onednn *context, slot *s, const float *w) {
    if (!s->packed) return;
    assert(s->weights != NULL);
    if (!ingot_onednn_point(&s->reorder, 0, w) || !ingot_onednn_point(&s->reorder, 1, s->weights) ||
        !ingot_onednn_execute(context, &s->reorder)) {
        ingot_onednn_poison(s->weights, s->weights_bytes);
    }
}

/* ------------------------------------------------------------------ what was taken */

void ingot_onednn_name_kernel(slot *s) {
    const_dnnl_primitive_desc_t taken = NULL;
    s->kernel = "";
    if (dnnl_primitive_get_primitive_desc(s->main.primitive, &taken) == dnnl_success) {
        (void)dnnl_primitive_desc_query(taken, dnnl_query_impl_info_str, 0, &s->kernel);
    }
}

const char *ingot_onednn_kernel(const ingot_onednn *context, int32_t index) {
    assert(index >= 0 && index < context->slot_count);
    return context->slots[index].kernel;
}

size_t ingot_onednn_bytes(const ingot_onednn *context) {
    return context->scratchpad_bytes + context->staging_bytes + context->weights_bytes;
}

const char *ingot_onednn_version(void) {
    static char text[48]; /* written with the same bytes by every call */
    const dnnl_version_t *version = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
    return text;
}
