/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * audio_container.h: whether a file ends before its container says it does. Decoders correct such
 * headers silently and return a shorter sound, which would be trained on unnoticed.
 */
#ifndef INGOT_DATA_AUDIO_CONTAINER_H
#define INGOT_DATA_AUDIO_CONTAINER_H

#include "base/error.h"

/* INGOT_FAILED with "truncated: ..." where the file is shorter than it says: the data chunk of WAV
 * (RIFF, RIFX, RF64) and AIFF, the data size of AU, the last page of Ogg. Sizes that writers of
 * streams leave open (0 in AU and RF64 without ds64, 2^31 - 4096 and more in WAV) promise nothing.
 * Any other content: INGOT_OK. The message does not name the file. */
ingot_status ingot_audio_container_check(const char *path, ingot_error *error);

#endif
