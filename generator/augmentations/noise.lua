-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Noise under sounds; flip.lua says what an augmentation is.

local render = require("generator.base.render")

return {
  kind = "noise", section = "augmentation",
  doc = "Adds white Gaussian noise to a segment of sound, before its spectrogram, at a random ratio of the segment's "
    .. "power to that of the noise. A silent segment stays silent.",
  fields = {
    { name = "low", type = "number", min = -60, max = 120, default = 10, doc = "least signal-to-noise ratio, dB" },
    { name = "high", type = "number", min = -60, max = 120, default = 40, doc = "largest, dB" },
  },
  check = function(o)
    if o.low > o.high then return "low", ("is %g, above `high`, %g"):format(o.low, o.high) end
  end,
  accepts = { audio = true }, stage = "wave",
  symbol = "ingot_augment_noise", config = "ingot_noise_config",
  emit = function(o) return render.render("{${low}, ${high}}", { low = o.low + 0.0, high = o.high + 0.0 }) end,
}
