/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * features.h: how a decoded record becomes samples, the tensors [stored_channels][height][width]
 * that the model sees (after the loader's scale, shift and channel repetition).
 * A kind of features is one file here plus its schema in generator/features/.
 */
#ifndef INGOT_DATA_FEATURES_H
#define INGOT_DATA_FEATURES_H

#include "data/reader.h"

/* Called once per sample in order; `sample` is valid during the call only. It holds floats or
 * bytes, as ingot_data.stored_u8 says, or int32_t, where ingot_data.row_cells says that samples are
 * rows; of rows there are as many cells as the longest of width and predict_width. Non-OK stops the
 * computation. */
typedef ingot_status (*ingot_sample_sink)(void *user, int64_t index, const void *sample,
                                          ingot_error *error);

typedef struct ingot_features {
    const char *name; /* "mel_spectrogram" */
    ingot_signal_kind accepts;
    /* How many samples a record of these facts gives; pure integer arithmetic, the same formula as
     * the generator's. 0: too short to give any. */
    int64_t (*count)(const void *config, const ingot_file *facts);
    /* Sounds: the seconds of the record, of these facts, that sample `index` was made from. NULL
     * where a sample is the whole record. */
    void (*span)(const void *config, const ingot_file *facts, int64_t index, double *begin,
                 double *end);
    /* Scratch for one thread. */
    ingot_status (*workspace_new)(const void *config, void **workspace, ingot_error *error);
    void (*workspace_free)(void *workspace);
    /* Streams the signal and calls sink for each sample. Memory does not depend on its length. */
    ingot_status (*compute)(const void *config, void *workspace, ingot_signal *signal,
                            ingot_sample_sink sink, void *user, ingot_error *error);
    /* Where a sample comes from a segment of sound (else NULL): compute_waves gives the segments
     * instead, floats; from_wave makes the sample of one, the same bytes as compute. */
    ingot_status (*compute_waves)(const void *config, void *workspace, ingot_signal *signal,
                                  ingot_sample_sink sink, void *user, ingot_error *error);
    void (*from_wave)(const void *config, void *workspace, const float *wave, float *sample);
    /* Rows of integers: what an id or index stands for, as text; NULL: nothing that can be told.
     * The function itself is NULL where samples are something else. */
    const char *(*term)(const void *config, int32_t index);
} ingot_features;

extern const ingot_features ingot_features_mel_spectrogram; /* ingot_mel_config */
extern const ingot_features ingot_features_pixels;          /* ingot_pixels_config */
extern const ingot_features ingot_features_tabular;         /* ingot_tabular_config */
extern const ingot_features ingot_features_term_vectors;    /* ingot_term_vectors_config */
extern const ingot_features ingot_features_word_ids;        /* ingot_word_ids_config */
extern const ingot_features ingot_features_piece_ids;       /* ingot_piece_ids_config */

#endif
