-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The brightness of images (torchvision's `adjust_brightness`); flip.lua says what an augmentation is.

local render = require("generator.base.render")

return {
  kind = "brightness", section = "augmentation",
  doc = "Multiplies an image by a random factor, within 0 to 255.",
  fields = {
    { name = "amount", type = "number", above = 0, max = 1, default = 0.4,
      doc = "the factor is uniform from 1 - amount to 1 + amount" },
  },
  accepts = { image = true }, stage = "sample",
  symbol = "ingot_augment_brightness", config = "ingot_light_config",
  emit = function(o) return render.render("{${amount}}", { amount = o.amount + 0.0 }) end,
}
