-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Sounds moved in time; flip.lua says what an augmentation is.

return {
  kind = "time_shift", section = "augmentation",
  doc = "Moves a segment of sound by a random time, before its spectrogram.",
  fields = {
    { name = "seconds", type = "number", above = 0, max = 3600, required = true, doc = "at most, either way" },
    { name = "wrap", type = "boolean", default = false,
      doc = "what leaves at one end enters at the other; else zeros do" },
  },
  accepts = { audio = true }, stage = "wave",
  symbol = "ingot_augment_time_shift", config = "ingot_time_shift_config",
  check_sample = function(o, context)
    if o.seconds > context.features.segment_seconds then
      return ("seconds is %g, longer than a segment, %g"):format(o.seconds, context.features.segment_seconds)
    end
    if o.seconds * context.features.sample_rate < 1 then return "seconds is shorter than a frame" end
  end,
  emit = function(o, context)
    return ("{%d, %d}"):format(math.floor(o.seconds * context.features.sample_rate), o.wrap and 1 or 0)
  end,
}
