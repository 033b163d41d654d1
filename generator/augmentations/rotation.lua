-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Images turned by a few degrees; flip.lua says what an augmentation is.

local render = require("generator.base.render")
local shared = require("generator.augmentations")

return {
  kind = "rotation", section = "augmentation",
  doc = "Turns an image around its middle by a random angle (bilinear), as torchvision's `rotate`.",
  fields = {
    { name = "degrees", type = "number", above = 0, max = 180, required = true,
      doc = "the angle is uniform from minus this to this" },
    shared.fill(0, 'value of the corners, 0 to 255; "mean": what is 0 after `mean` and `std`'),
  },
  accepts = { image = true }, stage = "sample",
  symbol = "ingot_augment_rotation", config = "ingot_rotation_config",
  emit = function(o)
    return render.render("{${degrees}, ${fill}}", { degrees = o.degrees + 0.0, fill = shared.emit_fill(o.fill) })
  end,
}
