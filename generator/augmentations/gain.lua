-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The loudness of sounds; flip.lua says what an augmentation is.

local render = require("generator.base.render")

return {
  kind = "gain", section = "augmentation",
  doc = "Multiplies a segment of sound by a random gain, before its spectrogram.",
  fields = {
    { name = "low", type = "number", min = -100, max = 100, default = -6, doc = "least gain, dB" },
    { name = "high", type = "number", min = -100, max = 100, default = 6, doc = "largest gain, dB" },
  },
  check = function(o)
    if o.low > o.high then return "low", ("is %g, above `high`, %g"):format(o.low, o.high) end
  end,
  accepts = { audio = true }, stage = "wave",
  symbol = "ingot_augment_gain", config = "ingot_gain_config",
  emit = function(o) return render.render("{${low}, ${high}}", { low = o.low + 0.0, high = o.high + 0.0 }) end,
}
