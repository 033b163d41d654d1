/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * pixels.c: see pixels.h.
 */
#include "data/pixels.h"

#include <stdlib.h>

static int64_t pixels_count(const void *config, const ingot_file *facts) {
    (void)config;
    (void)facts;
    return 1;
}

/* Of one image, where it is resized; all three are parts of one block. */
typedef struct pixels_workspace {
    float *plane;   /* [height][width] */
    float *scratch; /* [height][columns->to] */
    float *sample;  /* [channels][rows->to][columns->to] */
    float floats[];
} pixels_workspace;

static ingot_status pixels_workspace_new(const void *config, void **workspace, ingot_error *error) {
    const ingot_pixels_config *want = config;
    *workspace = NULL;
    if (want->rows == NULL) return INGOT_OK;
    const size_t to = (size_t)want->columns->to;
    const size_t plane = (size_t)want->height * (size_t)want->width;
    const size_t scratch = (size_t)want->height * to;
    const size_t sample = (size_t)want->channels * (size_t)want->rows->to * to;
    pixels_workspace *made = malloc(sizeof *made + (plane + scratch + sample) * sizeof(float));
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for an image");
    made->plane = made->floats;
    made->scratch = made->plane + plane;
    made->sample = made->scratch + scratch;
    *workspace = made;
    return INGOT_OK;
}

static void pixels_workspace_free(void *workspace) {
    free(workspace);
}

static const float *resized(const ingot_pixels_config *want, pixels_workspace *work,
                            const uint8_t *pixels) {
    const size_t from = (size_t)want->height * (size_t)want->width;
    const size_t to = (size_t)want->rows->to * (size_t)want->columns->to;
    for (size_t c = 0; c < (size_t)want->channels; c++) {
        for (size_t i = 0; i < from; i++) work->plane[i] = (float)pixels[c * from + i];
        ingot_resize(want->rows, want->columns, work->plane, work->scratch, work->sample + c * to);
    }
    return work->sample;
}

static ingot_status pixels_compute(const void *config, void *workspace, ingot_signal *signal,
                                   ingot_sample_sink sink, void *user, ingot_error *error) {
    const ingot_pixels_config *want = config;
    if (signal->kind != INGOT_SIGNAL_IMAGE) {
        return ingot_fail(error, INGOT_FAILED, "not an image: pixels need one");
    }
    if (signal->channels != want->channels || signal->height != want->height ||
        signal->width != want->width) {
        return ingot_fail(
            error, INGOT_FAILED,
            "an image of %d x %d x %d (channels, height, width), expected %d x %d x %d",
            signal->channels, signal->height, signal->width, want->channels, want->height,
            want->width);
    }
    if (want->rows == NULL) return sink(user, 0, signal->pixels, error);
    return sink(user, 0, resized(want, workspace, signal->pixels), error);
}

const ingot_features ingot_features_pixels = {.name = "pixels",
                                              .accepts = INGOT_SIGNAL_IMAGE,
                                              .count = pixels_count,
                                              .workspace_new = pixels_workspace_new,
                                              .workspace_free = pixels_workspace_free,
                                              .compute = pixels_compute};
