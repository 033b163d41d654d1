-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mirrored images. What an augmentation has beside its fields:
--
--   accepts         { image = true, audio = true }: what it can change
--   stage           "source": part of an image, before it is resized; "wave": a segment of sound, before its
--                   spectrogram; "sample": what is cached, before it is scaled; "batch": samples with each
--                   other. A list names them in this order
--   symbol          the ingot_augment (runtime/data/augment.h) of a wave or a sample
--   config          C type of its settings
--   emit(o, context) the initialiser of that; context: { features =, sample = } of the resolved pipeline
--   mixes           true where a sample gets two classes and a share of the first
--   check_sample(o, context)  nil, or a message where the settings do not fit the samples; may be absent

local render = require("generator.base.render")

return {
  kind = "flip", section = "augmentation",
  doc = "Mirrors an image, left to right or top to bottom.",
  fields = {
    { name = "horizontal", type = "number", min = 0, max = 1, default = 0.5, doc = "chance of left to right" },
    { name = "vertical", type = "number", min = 0, max = 1, default = 0, doc = "chance of top to bottom" },
  },
  check = function(o)
    if o.horizontal == 0 and o.vertical == 0 then return "horizontal", "and `vertical` are 0: nothing is flipped" end
  end,
  accepts = { image = true }, stage = "sample",
  symbol = "ingot_augment_flip", config = "ingot_flip_config",
  emit = function(o)
    return render.render("{${across}, ${down}}", { across = o.horizontal + 0.0, down = o.vertical + 0.0 })
  end,
}
