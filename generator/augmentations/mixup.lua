-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Samples mixed with each other; flip.lua says what an augmentation is.

local render = require("generator.base.render")

return {
  kind = "mixup", section = "augmentation",
  doc = "Mixes each sample of a batch with the one before it, and the labels likewise (Zhang et al. 2018): share * "
    .. "own + (1 - share) * other, one share for the batch, drawn from Beta(alpha, alpha). The last in the list. "
    .. "The accuracy told while training counts the own label.",
  fields = {
    { name = "alpha", type = "number", min = 0.1, max = 100, default = 0.2,
      doc = "small: mostly one of the two; 1: any share is as likely; large: about half" },
  },
  accepts = { image = true, audio = true }, stage = "batch", mixes = true,
  config = "ingot_mixup_config",
  emit = function(o) return render.render("{${alpha}}", { alpha = o.alpha + 0.0 }) end,
}
