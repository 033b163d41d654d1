-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mel spectrograms of audio. What a kind of features is, besides its fields:
--
--   accepts                    "audio" or "image": what a reader must yield
--   sample(features)           shape of a sample: { channels, height, width, stored_channels,
--                              stored_u8, scale = {…}, shift = {…} }
--   segments(features, file)   samples that a file of the lock gives ({ rate, frames, … })
--   emit(features [, name])    C text that defines `static const ingot_mel_config NAME`
--   waves(features)            of audio: floats of a segment as it is before it becomes a sample
--   include, symbol            header of the config, and the ingot_features in it
--   libraries                  what its code in the runtime needs linked
--   sources                    the files whose digest is part of the key of cached features
--
-- Windows, bands, resize weights and frame counts are decided here and are constants in the C.

local float = require("generator.dsp.float")
local mel = require("generator.dsp.mel")
local render = require("generator.base.render")
local resize = require("generator.dsp.resize")
local segments = require("generator.dsp.segments")

local function rule_of(o)
  return {
    window_us = segments.microseconds(o.segment_seconds),
    hop_us = segments.microseconds(o.segment_hop_seconds),
    target_rate = o.sample_rate, short_pad = o.short == "pad", tail_pad = o.tail == "pad",
  }
end

-- Columns of the spectrogram before resizing.
local function frames_of(o)
  local padded = segments.samples(rule_of(o)) + (o.center and 2 * (o.n_fft // 2) or 0)
  return 1 + (padded - o.n_fft) // o.hop_length
end

-- Frames of a segment, for augmentations of sound.
local function waves(o)
  return segments.samples(rule_of(o))
end

local function size_of(o)
  return o.height or o.n_mels, o.width or frames_of(o)
end

local function amin_of(o)
  return o.amin or (o.decibels == "amplitude" and 1e-5 or 1e-10)
end

local fields = {
  { name = "sample_rate", type = "integer", min = 1, max = 1000000, required = true,
    doc = "Hz; sounds at other rates are resampled (soxr, high quality), channels are averaged first" },
  { name = "segment_seconds", type = "number", above = 0, max = 3600, required = true,
    doc = "length of a segment: each is one sample, and a sound's prediction is the mean over its segments" },
  { name = "segment_hop_seconds", type = "number", above = 0, max = 3600,
    default = function(o) return o.segment_seconds end, default_doc = "segment_seconds: no overlap",
    doc = "from the beginning of a segment to that of the next" },
  { name = "short", type = "enum", allowed = { "pad", "drop" }, default = "pad",
    doc = "a sound shorter than a segment is filled up with zeros, or gives no sample" },
  { name = "tail", type = "enum", allowed = { "drop", "pad" }, default = "drop",
    doc = "what is left after the last whole segment is left out, or filled up with zeros" },
  { name = "n_fft", type = "integer", min = 2, max = 1048576, default = 2048, doc = "samples per frame" },
  { name = "win_length", type = "integer", min = 1, max = 1048576,
    default = function(o) return o.n_fft or 2048 end, default_doc = "n_fft",
    doc = "length of the window, in the middle of the frame" },
  { name = "hop_length", type = "integer", min = 1, max = 1048576,
    default = function(o) return math.max(1, (o.win_length or o.n_fft or 2048) // 4) end,
    default_doc = "a quarter of win_length", doc = "samples from one frame to the next" },
  { name = "window", type = "enum", allowed = mel.windows, default = "hann", doc = "periodic window" },
  { name = "center", type = "boolean", default = true,
    doc = "pad a segment by n_fft / 2 on both sides, so that frame t is centred on sample t * hop_length" },
  { name = "pad_mode", type = "enum", allowed = { "constant", "reflect" }, default = "constant",
    doc = "what center pads with: zeros, or the segment mirrored" },
  { name = "power", type = "number", above = 0, max = 8, default = 2.0,
    doc = "exponent of the magnitude: 1 amplitude, 2 power" },
  { name = "n_mels", type = "integer", min = 1, max = 4096, default = 128, doc = "mel bands" },
  { name = "fmin", type = "number", min = 0, default = 0.0, doc = "lowest frequency, Hz" },
  { name = "fmax", type = "number", above = 0,
    default = function(o) return o.sample_rate and o.sample_rate / 2 end,
    default_doc = "half of sample_rate", doc = "highest frequency, Hz" },
  { name = "mel_scale", type = "enum", allowed = { "slaney", "htk" }, default = "slaney",
    doc = "formula of the mel scale" },
  { name = "mel_norm", type = "enum", allowed = { "slaney", "none" }, default = "slaney",
    doc = "bands of equal area, or of equal height" },
  { name = "decibels", type = "enum", allowed = { "power", "amplitude", "none" },
    default = function(o) return o.power == 1 and "amplitude" or "power" end,
    default_doc = '"amplitude" where power is 1, else "power"',
    doc = "10 log10 of the values (power), of their squares (amplitude), or the values as they are" },
  { name = "reference", type = "any_of", default = 1.0,
    of = { { type = "number", above = 0 }, { type = "enum", allowed = { "max" } } },
    doc = 'the value that is 0 dB; "max": the largest of the segment' },
  { name = "amin", type = "number", above = 0, max = 1, default = function(o)
      local amplitude = o.decibels == "amplitude" or (o.decibels == nil and o.power == 1)
      return amplitude and 1e-5 or 1e-10
    end, default_doc = "1e-10 for power, 1e-5 for amplitude", doc = "smaller values count as this one" },
  { name = "top_db", type = "any_of", default = 80.0,
    of = { { type = "number", min = 0 }, { type = "enum", allowed = { "none" } } },
    doc = "decibels below the segment's largest value at which smaller ones are cut off" },
  { name = "height", type = "integer", min = 1, max = 8192,
    doc = "resize to so many rows (bilinear); absent: n_mels" },
  { name = "width", type = "integer", min = 1, max = 65536,
    doc = "resize to so many columns (bilinear); absent: the frames of a segment" },
  { name = "antialias", type = "boolean", default = false,
    doc = "widen the resize filter when shrinking, so that no row or column is skipped" },
  { name = "mean", type = "number", default = 0.0, doc = "subtracted from every value after resizing" },
  { name = "std", type = "number", above = 0, default = 1.0, doc = "divides every value after that" },
  { name = "normalise", type = "enum", allowed = { "none", "standardise", "min_max" }, default = "none",
    doc = "then each sample by itself: to mean 0 and standard deviation 1, or to the range 0 to 1" },
  { name = "channels", type = "integer", min = 1, max = 3, default = 1,
    doc = "1, or 3: the plane repeated, for stems that expect colours" },
}

local function check(o)
  local half = o.sample_rate / 2
  if o.win_length > o.n_fft then
    return "win_length", ("is %d, longer than n_fft, %d"):format(o.win_length, o.n_fft)
  end
  if o.fmax > half then
    return "fmax", ("is %g Hz, above half of the sample rate, %g Hz"):format(o.fmax, half)
  end
  if o.fmin >= o.fmax then return "fmin", ("is %g Hz, not below fmax, %g Hz"):format(o.fmin, o.fmax) end
  if o.channels == 2 then return "channels", "must be 1 or 3, not 2" end
  if segments.microseconds(o.segment_hop_seconds) < 1 then
    return "segment_hop_seconds", "is shorter than a microsecond"
  end
  if segments.microseconds(o.segment_seconds) < 1 then
    return "segment_seconds", "is shorter than a microsecond"
  end
  local samples = segments.samples(rule_of(o))
  if not o.center and samples < o.n_fft then
    return "segment_seconds", ("holds %d samples at %d Hz, fewer than n_fft, %d (center = true pads)")
      :format(samples, o.sample_rate, o.n_fft)
  end
  if samples > 2 ^ 28 or o.n_mels * frames_of(o) > 2 ^ 28 then
    return "segment_seconds", "makes a sample of more than 2^28 values"
  end
end

local function sample(o)
  local height, width = size_of(o)
  return { channels = o.channels, height = height, width = width, stored_channels = 1,
    stored_u8 = false, scale = { 1.0 }, shift = { 0.0 } }
end

local pads = { constant = "INGOT_MEL_PAD_ZERO", reflect = "INGOT_MEL_PAD_REFLECT" }
local scales = { none = "INGOT_MEL_DB_NONE", power = "INGOT_MEL_DB_POWER", amplitude = "INGOT_MEL_DB_AMPLITUDE" }
local normalisations = { none = "INGOT_MEL_AS_IS", standardise = "INGOT_MEL_STANDARDISE",
  min_max = "INGOT_MEL_MIN_MAX" }

local template = [[
static const ingot_mel_config ${name} = {
    .segments = { .window_us = ${window_us}, .hop_us = ${hop_us}, .target_rate = ${rate},
                  .short_pad = ${short_pad}, .tail_pad = ${tail_pad} },
    .samples = ${samples},
    .n_fft = ${n_fft}, .hop_length = ${hop_length}, .pad = ${pad}, .frames = ${frames},
    .window = ${name}_window, .power = ${power},
    .n_mels = ${n_mels}, .band_start = ${name}_band_start, .band_count = ${name}_band_count,
    .band_offset = ${name}_band_offset, .band_weights = ${name}_band_weights,
    .db = ${db}, .reference_max = ${reference_max}, .reference = ${reference},
    .amin = ${amin}, .top_db = ${top_db},
    .rows = ${rows}, .columns = ${columns}, .height = ${height}, .width = ${width},
    .mean = ${mean}, .deviation = ${deviation}, .normalise = ${normalise},
};
]]

local function emit(o, name)
  name = name or "features_config"
  local rule, frames = rule_of(o), frames_of(o)
  local height, width = size_of(o)
  local bank = mel.bank { rate = o.sample_rate, n_fft = o.n_fft, n_mels = o.n_mels, fmin = o.fmin,
    fmax = o.fmax, scale = o.mel_scale, norm = o.mel_norm }
  local resized = height ~= o.n_mels or width ~= frames
  local parts = {
    float.array("double", name .. "_window", mel.window(o.window, o.win_length, o.n_fft)),
    float.array("int32_t", name .. "_band_start", bank.start),
    float.array("int32_t", name .. "_band_count", bank.count),
    float.array("int32_t", name .. "_band_offset", bank.offset),
    float.array("float", name .. "_band_weights", bank.weights),
  }
  if resized then
    parts[#parts + 1] = resize.text(name .. "_rows", resize.axis(o.n_mels, height, o.antialias))
    parts[#parts + 1] = resize.text(name .. "_columns", resize.axis(frames, width, o.antialias))
  end
  parts[#parts + 1] = render.render(template, {
    name = name, window_us = rule.window_us, hop_us = rule.hop_us, rate = o.sample_rate,
    short_pad = rule.short_pad and 1 or 0, tail_pad = rule.tail_pad and 1 or 0,
    samples = segments.samples(rule), n_fft = o.n_fft, hop_length = o.hop_length,
    pad = o.center and pads[o.pad_mode] or "INGOT_MEL_PAD_NONE", frames = frames,
    power = float.double_literal(o.power), n_mels = o.n_mels, db = scales[o.decibels],
    reference_max = o.reference == "max" and 1 or 0,
    reference = float.literal(o.reference == "max" and 1 or o.reference),
    amin = float.literal(amin_of(o)), top_db = float.literal(o.top_db == "none" and -1 or o.top_db),
    rows = resized and "&" .. name .. "_rows" or "NULL",
    columns = resized and "&" .. name .. "_columns" or "NULL", height = height, width = width,
    mean = float.literal(o.mean), deviation = float.literal(o.std),
    normalise = normalisations[o.normalise],
  })
  return table.concat(parts)
end

return {
  kind = "mel_spectrogram", section = "features",
  doc = "Mel spectrograms of audio segments, by the definitions of librosa.",
  fields = fields, check = check,
  accepts = "audio",
  waves = waves,
  sample = sample,
  segments = function(o, file) return segments.count(rule_of(o), file.rate, file.frames) end,
  emit = emit,
  include = "dsp/mel.h", symbol = "ingot_features_mel_spectrogram",
  libraries = { "soxr" },
  sources = {
    "runtime/data/mel_features.c", "runtime/dsp/decibel.c",
    "runtime/dsp/decibel.h", "runtime/dsp/fft.c", "runtime/dsp/fft.h", "runtime/dsp/lanes.h",
    "runtime/dsp/mel.c", "runtime/dsp/mel.h", "runtime/dsp/resample.c", "runtime/dsp/resample.h",
    "runtime/dsp/resize.c", "runtime/dsp/resize.h", "runtime/dsp/segment.c", "runtime/dsp/segment.h",
  },
}
