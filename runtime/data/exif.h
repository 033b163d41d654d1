/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * exif.h: the orientation a camera wrote into an image.
 */
#ifndef INGOT_DATA_EXIF_H
#define INGOT_DATA_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* The tag Orientation (0x0112) of the first directory of a block of Exif data, which begins with
 * the TIFF header ("II*" or "MM*": JPEG has "Exif\0\0" before it, PNG's eXIf chunk nothing):
 * 1 ... 8 as Exif 2.32, section 4.6.4 defines them. 1, upright, where there is none or the block is
 * damaged: what is around an image is no reason to refuse it. */
int ingot_exif_orientation(const uint8_t *tiff, size_t size);

#endif
