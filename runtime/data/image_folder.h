/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * image_folder.h: images in one folder per class. JPEG and PNG of any size, as image.h decodes
 * them; folder_tree.h says which files of a folder are taken.
 */
#ifndef INGOT_DATA_IMAGE_FOLDER_H
#define INGOT_DATA_IMAGE_FOLDER_H

#include "data/image.h"
#include "data/reader.h"

struct json_t;

/* The lists are those of ingot_folder_choice. */
typedef struct ingot_image_folder_config {
    const char *const *classes, *const *include, *const *exclude;
    ingot_image_rules rules;
    int flat; /* labels come from elsewhere than folders */
} ingot_image_folder_config;

/* Options: the lists, "channels" (1 or 3), "background" (0xRRGGBB) and "max_pixels"; what is left
 * out is 3, white and 50,000,000. */
ingot_status ingot_image_folder_configure(const struct json_t *options, void **config,
                                          ingot_error *error);

#endif
