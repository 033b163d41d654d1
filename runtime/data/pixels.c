/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * pixels.c: see pixels.h.
 */
#include "data/pixels.h"

#include <math.h>
#include <stdlib.h>

#include "dsp/resample_image.h"

static int64_t pixels_count(const void *config, const ingot_file *facts) {
    (void)config;
    (void)facts;
    return 1;
}

/* Of one image, where it is resized; all three are parts of one block. */
typedef struct pixels_workspace {
    ingot_image_resampler resampler; /* of images of any size */
    uint8_t *bytes;                  /* their sample: lies over `sample` */
    float *plane;                    /* [height][width] */
    float *scratch;                  /* [height][columns->to] */
    float *sample;                   /* [channels][rows->to][columns->to] */
    float floats[];
} pixels_workspace;

static ingot_status pixels_workspace_new(const void *config, void **workspace, ingot_error *error) {
    const ingot_pixels_config *want = config;
    *workspace = NULL;
    const int any = want->height == 0;
    if (want->rows == NULL && !any) return INGOT_OK;
    const size_t to = (size_t)(any ? want->prepare.width : want->columns->to);
    const size_t rows = (size_t)(any ? want->prepare.height : want->rows->to);
    const size_t plane = (size_t)want->height * (size_t)want->width;
    const size_t scratch = (size_t)want->height * to;
    const size_t sample = (size_t)want->channels * rows * to;
    pixels_workspace *made = calloc(1, sizeof *made + (plane + scratch + sample) * sizeof(float));
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for an image");
    made->plane = made->floats;
    made->scratch = made->plane + plane;
    made->sample = made->scratch + scratch;
    made->bytes = (uint8_t *)made->sample;
    *workspace = made;
    return INGOT_OK;
}

static void pixels_workspace_free(void *workspace) {
    pixels_workspace *own = workspace;
    if (own != NULL) ingot_image_resampler_free(&own->resampler);
    free(own);
}

/* ------------------------------------------------------------------ any size */

/* Of `size`, `wanted` in the middle: where it begins. Half a pixel rounds to even. */
static int32_t middle(int32_t size, int32_t wanted) {
    const int32_t twice = size - wanted, half = twice / 2;
    return twice % 2 != 0 && half % 2 != 0 ? half + 1 : half;
}

static void sizes_of(const ingot_image_prepare *prepare, int32_t height, int32_t width,
                     ingot_resample_axis *rows, ingot_resample_axis *columns) {
    int64_t h = prepare->resize_height > 0 ? prepare->resize_height : height;
    int64_t w = prepare->resize_width > 0 ? prepare->resize_width : width;
    if (prepare->shorter > 0) {
        const int64_t shorter = prepare->shorter;
        h = height <= width ? shorter : shorter * height / width;
        w = height <= width ? shorter * width / height : shorter;
    }
    *rows = (ingot_resample_axis){height, (int32_t)h, 0, prepare->height};
    *columns = (ingot_resample_axis){width, (int32_t)w, 0, prepare->width};
    rows->first = middle(rows->to, prepare->height);
    columns->first = middle(columns->to, prepare->width);
}

static ingot_status any_size(const ingot_pixels_config *want, pixels_workspace *work,
                             const ingot_signal *signal, ingot_error *error) {
    const ingot_image_prepare *prepare = &want->prepare;
    ingot_resample_axis rows, columns;
    sizes_of(prepare, signal->height, signal->width, &rows, &columns);
    if (rows.to < prepare->height || columns.to < prepare->width) {
        return ingot_fail(error, INGOT_FAILED,
                          "an image of %d x %d (height, width)%s, too small to cut out %d x %d",
                          rows.to, columns.to,
                          prepare->shorter > 0 || prepare->resize_height > 0 ||
                                  prepare->resize_width > 0
                              ? " after resizing"
                              : "",
                          prepare->height, prepare->width);
    }
    const size_t values = (size_t)want->channels * (size_t)prepare->height * (size_t)prepare->width;
    const ingot_status status =
        ingot_resample_image(&work->resampler, signal->pixels, (size_t)signal->width,
                             (size_t)signal->height * (size_t)signal->width, signal->channels,
                             &rows, &columns, prepare->antialias, work->sample, error);
    if (status != INGOT_OK) return status;
    /* Byte i lies at or before float i: what is written has been read. */
    for (size_t i = 0; i < values; i++) {
        const float value = nearbyintf(work->sample[i]);
        work->bytes[i] = (uint8_t)(value < 0.0F ? 0.0F : value > 255.0F ? 255.0F : value);
    }
    return INGOT_OK;
}

/* ------------------------------------------------------------------ one size */

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
    if (want->height == 0 && signal->channels == want->channels) {
        const ingot_status status = any_size(want, workspace, signal, error);
        return status == INGOT_OK ? sink(user, 0, ((pixels_workspace *)workspace)->bytes, error)
                                  : status;
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
