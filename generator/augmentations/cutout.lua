-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Images with a part covered; flip.lua says what an augmentation is.

local shared = require("generator.augmentations")

return {
  kind = "cutout", section = "augmentation",
  doc = "Covers a rectangle around a random place, what lies outside of the sample being cut off (DeVries & Taylor "
    .. "2017); on spectrograms too.",
  fields = {
    { name = "size", type = "pair", min = 1, max = 65536, required = true, doc = "rows and columns" },
    { name = "count", type = "integer", min = 1, max = 64, default = 1, doc = "rectangles" },
    shared.fill("mean", 'what covers, 0 to 255 in images; "mean": what is 0 to the model'),
  },
  accepts = { image = true, audio = true }, stage = "sample",
  symbol = "ingot_augment_cutout", config = "ingot_cutout_config",
  check_sample = function(o, context)
    return shared.too_large("size", o.size[1], context.sample.height, "rows")
      or shared.too_large("size", o.size[2], context.sample.width, "columns")
  end,
  emit = function(o)
    return ("{%d, %d, %d, %s}"):format(o.size[1], o.size[2], o.count, shared.emit_fill(o.fill))
  end,
}
