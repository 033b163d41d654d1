-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Spectrograms with bands and moments covered; flip.lua says what an augmentation is.

local shared = require("generator.augmentations")

return {
  kind = "spec_augment", section = "augmentation",
  doc = "Covers random bands of frequency and of time of a spectrogram with its mean (Park et al. 2019, SpecAugment, "
    .. "without time warping). The width of each band is uniform from 0, its place among those where it fits.",
  fields = {
    { name = "frequency_masks", type = "integer", min = 0, max = 64, default = 2, doc = "bands of frequency" },
    { name = "frequency_width", type = "integer", min = 1, max = 8192, default = 8, doc = "rows of each at most" },
    { name = "time_masks", type = "integer", min = 0, max = 64, default = 2, doc = "bands of time" },
    { name = "time_width", type = "integer", min = 1, max = 65536, default = 16, doc = "columns of each at most" },
  },
  check = function(o)
    if o.frequency_masks == 0 and o.time_masks == 0 then
      return "frequency_masks", "and `time_masks` are 0: nothing is covered"
    end
  end,
  accepts = { audio = true }, stage = "sample",
  symbol = "ingot_augment_spec_augment", config = "ingot_spec_augment_config",
  check_sample = function(o, context)
    return shared.too_large("frequency_width", o.frequency_width, context.sample.height, "rows")
      or shared.too_large("time_width", o.time_width, context.sample.width, "columns")
  end,
  emit = function(o)
    return ("{%d, %d, %d, %d}"):format(o.time_masks, o.time_width, o.frequency_masks, o.frequency_width)
  end,
}
