/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as an image: the first byte chooses grey or RGB. What is accepted must have as many
 * pixels as it says, and not more than it may. The rest as Exif data too.
 */
/* fuzz: runtime/data/image.c runtime/data/image_jpeg.c runtime/data/image_png.c runtime/data/exif.c
 * runtime/base/error.c ; libs: jpeg png */
#include <stdlib.h>
#include <string.h>

#include "data/exif.h"
#include "data/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size < 1) return 0;
    uint8_t *copy = malloc(size);
    memcpy(copy, bytes + 1, size - 1);
    const int turned = ingot_exif_orientation(copy, size - 1);
    if (turned < 1 || turned > 8) abort();
    const ingot_image_rules rules = {bytes[0] & 1 ? 3 : 1, {1, 2, 3}, 1 << 16};
    ingot_image image;
    ingot_error error;
    if (ingot_image_decode(copy, size - 1, &rules, &image, &error) == INGOT_OK) {
        const size_t area = (size_t)image.height * (size_t)image.width;
        if (area > 1 << 16 || image.channels != rules.channels) abort();
        volatile uint8_t last = image.pixels[area * (size_t)image.channels - 1];
        (void)last;
        ingot_image_free(&image);
    }
    free(copy);
    return 0;
}
