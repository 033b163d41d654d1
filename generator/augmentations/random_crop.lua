-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Images moved by a few pixels; flip.lua says what an augmentation is.

local shared = require("generator.augmentations")

return {
  kind = "random_crop", section = "augmentation",
  doc = "Pads an image on all sides and cuts its own size out of that at a random place, which moves it by up to "
    .. "`padding` pixels.",
  fields = {
    { name = "padding", type = "integer", min = 1, max = 4096, default = 4, doc = "pixels on each side" },
    shared.fill(0, 'value of the padding, 0 to 255; "mean": what is 0 after `mean` and `std`'),
  },
  accepts = { image = true }, stage = "sample",
  symbol = "ingot_augment_random_crop", config = "ingot_random_crop_config",
  check_sample = function(o, context)
    local sample = context.sample
    return shared.too_large("padding", o.padding, math.min(sample.height, sample.width), "pixels a side")
  end,
  emit = function(o) return ("{%d, %s}"):format(o.padding, shared.emit_fill(o.fill)) end,
}
