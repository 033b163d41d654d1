/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * For tests/features/test_pixels.lua: reads an image as decimal bytes and prints what `pixels`
 * makes of it, one float a line, by the config that the generator wrote into CONFIG.
 */
#include <stdio.h>

#include "data/pixels.h"

#include CONFIG

static ingot_status print(void *user, int64_t index, const void *sample, ingot_error *error) {
    (void)index;
    (void)error;
    for (int i = 0; i < *(int *)user; i++) printf("%.9g\n", (double)((const float *)sample)[i]);
    return INGOT_OK;
}

int main(void) {
    static uint8_t pixels[1 << 16];
    const ingot_pixels_config *want = &features_config;
    int count = 0, value, floats = want->channels * want->rows->to * want->columns->to;
    while (count < (int)sizeof pixels && scanf("%d", &value) == 1) pixels[count++] = (uint8_t)value;
    if (count != want->channels * want->height * want->width) return 1;
    ingot_signal signal = {.kind = INGOT_SIGNAL_IMAGE,
                           .pixels = pixels,
                           .channels = want->channels,
                           .height = want->height,
                           .width = want->width};
    void *workspace;
    ingot_error error;
    if (ingot_features_pixels.workspace_new(want, &workspace, &error) != INGOT_OK) return 1;
    if (ingot_features_pixels.compute(want, workspace, &signal, print, &floats, &error)) return 1;
    signal.width++; /* another size is refused */
    if (!ingot_features_pixels.compute(want, workspace, &signal, print, &floats, &error)) return 1;
    ingot_features_pixels.workspace_free(workspace);
    return 0;
}
