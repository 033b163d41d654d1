/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * pixels.c: see pixels.h.
 */
#include "data/pixels.h"

static int64_t pixels_count(const void *config, const ingot_file *facts) {
    (void)config;
    (void)facts;
    return 1;
}

static ingot_status pixels_workspace_new(const void *config, void **workspace, ingot_error *error) {
    (void)config;
    (void)error;
    *workspace = NULL;
    return INGOT_OK;
}

static void pixels_workspace_free(void *workspace) {
    (void)workspace;
}

static ingot_status pixels_compute(const void *config, void *workspace, ingot_signal *signal,
                                   ingot_sample_sink sink, void *user, ingot_error *error) {
    (void)workspace;
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
    return sink(user, 0, signal->pixels, error);
}

const ingot_features ingot_features_pixels = {.name = "pixels",
                                              .accepts = INGOT_SIGNAL_IMAGE,
                                              .count = pixels_count,
                                              .workspace_new = pixels_workspace_new,
                                              .workspace_free = pixels_workspace_free,
                                              .compute = pixels_compute};
