/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * maker.c: see maker.h.
 */
#include "data/maker.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/sha256.h"
#include "data/locked_file.h"
#include "data/store_internal.h"
#include "dsp/resample_image.h"

struct ingot_maker {
    const ingot_program *program;
    const ingot_store *store;
    void *workspace; /* of the features */
    ingot_image_resampler resampler;
    size_t room;                /* floats of values and spare each */
    float *values, *spare;      /* of one sample or segment; exchanged by augmentations */
    float middle[4];            /* per stored channel: the value the model sees as 0 */
    unsigned char *stored;      /* [sample bytes] of a sample made from its file */
    const unsigned char *ready; /* the stored form of the sample at hand */
};

static size_t stored_values(const ingot_data *data) {
    return (size_t)data->stored_channels * (size_t)data->height * (size_t)data->width;
}

ingot_status ingot_maker_new(const ingot_program *program, const ingot_store *store,
                             ingot_maker **maker, ingot_error *error) {
    const ingot_data *data = &program->data;
    ingot_maker *made = calloc(1, sizeof *made);
    *maker = made;
    if (made == NULL) return ingot_fail(error, INGOT_FAILED, "out of memory for samples");
    made->program = program;
    made->store = store;
    made->room = stored_values(data);
    if (data->loading != NULL && (size_t)data->loading->waves > made->room) {
        made->room = (size_t)data->loading->waves;
    }
    made->values = calloc(made->room + 1, sizeof(float));
    made->spare = calloc(made->room + 1, sizeof(float));
    const size_t bytes = (made->room + 1) * sizeof(float);
    made->stored = malloc(bytes);
    for (int32_t c = 0; c < data->stored_channels && c < 4; c++) {
        made->middle[c] = -data->shift[c] / data->scale[c];
    }
    ingot_status status = INGOT_OK;
    if (made->values == NULL || made->spare == NULL || made->stored == NULL) {
        status = ingot_fail(error, INGOT_FAILED, "out of memory for samples");
    }
    if (status == INGOT_OK) {
        status = data->features->workspace_new(data->features_config, &made->workspace, error);
    }
    if (status != INGOT_OK) {
        ingot_maker_free(made);
        *maker = NULL;
    }
    return status;
}

void ingot_maker_free(ingot_maker *maker) {
    if (maker == NULL) return;
    if (maker->workspace != NULL) {
        maker->program->data.features->workspace_free(maker->workspace);
    }
    ingot_image_resampler_free(&maker->resampler);
    free(maker->values);
    free(maker->spare);
    free(maker->stored);
    free(maker);
}

/* ------------------------------------------------------------------ parts of images */

/* A random part of a plane of bytes, resized to the sample's size, into values. */
static ingot_status crop(ingot_maker *own, ingot_rng *rng, const uint8_t *pixels, int32_t channels,
                         int32_t height, int32_t width, ingot_error *error) {
    const ingot_data *data = &own->program->data;
    const ingot_random_resized_crop_config *config = data->loading->crop;
    const ingot_box box = ingot_draw_box(config, rng, height, width);
    const ingot_resample_axis rows = {box.height, data->height, 0, data->height};
    const ingot_resample_axis columns = {box.width, data->width, 0, data->width};
    return ingot_resample_image(&own->resampler,
                                pixels + (size_t)box.top * (size_t)width + (size_t)box.left,
                                (size_t)width, (size_t)height * (size_t)width, channels, &rows,
                                &columns, config->antialias, own->values, error);
}

/* ------------------------------------------------------------------ from a file */

static ingot_status keep(void *user, int64_t index, const void *sample, ingot_error *error) {
    ingot_maker *own = user;
    const ingot_data *data = &own->program->data;
    if (index != 0) return ingot_fail(error, INGOT_FAILED, "gave more than one sample");
    memcpy(own->stored, sample, stored_values(data) * (data->stored_u8 ? 1 : sizeof(float)));
    own->ready = own->stored;
    return INGOT_OK;
}

/* `rng`, where there is one, draws a part of the image; it is then in values, else in ready. */
static ingot_status decode(ingot_maker *own, const char *path, const uint8_t *bytes, size_t size,
                           ingot_rng *rng, ingot_error *error) {
    const ingot_data *data = &own->program->data;
    ingot_source *source;
    ingot_signal signal;
    int32_t label;
    ingot_status status =
        data->reader->open_bytes(data->reader_config, path, bytes, size, &source, error);
    if (status != INGOT_OK) return status;
    status = data->reader->read(source, 0, &signal, &label, error);
    if (status == INGOT_OK && rng != NULL) {
        if (signal.channels != data->stored_channels) {
            status = ingot_fail(error, INGOT_FAILED, "an image of %d channels, expected %d",
                                signal.channels, data->stored_channels);
        } else {
            status =
                crop(own, rng, signal.pixels, signal.channels, signal.height, signal.width, error);
        }
    } else if (status == INGOT_OK) {
        status = data->features->compute(data->features_config, own->workspace, &signal, keep, own,
                                         error);
    }
    data->reader->close_file(source);
    if (status == INGOT_OK || (error != NULL && strstr(error->text, path) != NULL)) return status;
    return ingot_fail_in(error, status, "%s", path);
}

static ingot_status from_file(ingot_maker *own, int64_t sample, ingot_rng *rng,
                              ingot_error *error) {
    const ingot_file *locked = ingot_store_file(own->store, sample);
    char *path = ingot_join(ingot_store_root(own->store), locked->path), *bytes = NULL;
    size_t size = 0;
    if (path == NULL) return ingot_fail(error, INGOT_FAILED, "%s: out of memory", locked->path);
    ingot_status status = ingot_read_locked_file(path, locked, &bytes, &size, error);
    if (status == INGOT_OK) {
        status = decode(own, path, (const uint8_t *)bytes, size, rng, error);
    }
    free(bytes);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ a sample */

static void to_values(ingot_maker *own) {
    const ingot_data *data = &own->program->data;
    const size_t count = stored_values(data);
    if (!data->stored_u8) {
        memcpy(own->values, own->ready, count * sizeof(float));
        return;
    }
    for (size_t i = 0; i < count; i++) own->values[i] = (float)own->ready[i];
}

static void apply(ingot_maker *own, const ingot_augment_step *steps, int32_t count, int64_t sample,
                  uint32_t epoch, ingot_augmented s) {
    for (int32_t i = 0; i < count; i++) {
        ingot_rng rng =
            ingot_augment_rng(own->program->training.seed, epoch, sample, steps[i].place);
        steps[i].apply(steps[i].config, &rng, &s);
    }
    own->values = s.values;
    own->spare = s.spare;
}

/* The cached segment, changed where `epoch` says so, to its spectrogram in values. */
static void from_wave(ingot_maker *own, int64_t sample, int64_t epoch) {
    const ingot_data *data = &own->program->data;
    const ingot_loading *loading = data->loading;
    memcpy(own->values, ingot_store_stored(own->store, sample),
           (size_t)loading->waves * sizeof(float));
    if (epoch >= 0) {
        const ingot_augmented wave = {own->values, own->spare, 1, 1, loading->waves, own->middle};
        apply(own, loading->wave_steps, loading->wave_count, sample, (uint32_t)epoch, wave);
    }
    data->features->from_wave(data->features_config, own->workspace, own->values, own->spare);
    float *values = own->spare;
    own->spare = own->values;
    own->values = values;
}

ingot_status ingot_maker_make(ingot_maker *own, int64_t sample, int64_t epoch, float *x,
                              ingot_error *error) {
    const ingot_data *data = &own->program->data;
    const ingot_loading *loading = data->loading;
    const int augmented = loading != NULL && epoch >= 0;
    const int cropped = augmented && loading->crop != NULL;
    int in_values = cropped;
    ingot_rng rng;
    ingot_status status = INGOT_OK;
    if (cropped) {
        rng = ingot_augment_rng(own->program->training.seed, (uint32_t)epoch, sample,
                                loading->crop_place);
    }
    if (loading != NULL && loading->stream) {
        status = from_file(own, sample, cropped ? &rng : NULL, error);
    } else if (loading != NULL && loading->waves > 0) {
        from_wave(own, sample, epoch);
        in_values = 1;
    } else {
        own->ready = ingot_store_stored(own->store, sample);
        if (cropped) {
            status = crop(own, &rng, own->ready, data->stored_channels, data->height, data->width,
                          error);
        }
    }
    if (status != INGOT_OK) return status;
    if (augmented && loading->sample_count > 0) {
        if (!in_values) to_values(own);
        in_values = 1;
        const ingot_augmented s = {own->values,  own->spare,  data->stored_channels,
                                   data->height, data->width, own->middle};
        apply(own, loading->sample_steps, loading->sample_count, sample, (uint32_t)epoch, s);
    }
    if (in_values) {
        ingot_values_convert(data, own->values, x);
    } else {
        ingot_sample_convert(data, own->ready, x);
    }
    return INGOT_OK;
}
