-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A random part of an image; flip.lua says what an augmentation is.

local render = require("generator.base.render")

local function range(name, above, max, default, doc)
  local number = { type = "number", above = above, max = max }
  return { name = name, type = "list", of = number, min_length = 2, max_length = 2, default = default, doc = doc }
end

return {
  kind = "random_resized_crop", section = "augmentation",
  doc = "Cuts a random part out of an image and resizes it (bilinear, `features.antialias`) to the sample's size, as "
    .. "torchvision's `RandomResizedCrop`. With `features.cache = \"none\"` the part is one of the whole image as it "
    .. "is decoded, in place of `features`' own resizing and cropping; else one of the sample as it is cached. The "
    .. "first in the list.",
  fields = {
    range("scale", 0, 1, { 0.08, 1 }, "least and largest share of the image's area"),
    range("ratio", 0, 100, { 0.75, 4 / 3 }, "least and largest ratio of width to height"),
  },
  check = function(o)
    for _, name in ipairs { "scale", "ratio" } do
      if o[name][1] > o[name][2] then
        return name, ("is { %g, %g }; the smaller number goes first"):format(o[name][1], o[name][2])
      end
    end
  end,
  accepts = { image = true }, stage = "source",
  config = "ingot_random_resized_crop_config",
  check_sample = function(_, context)
    if context.features.cache ~= "none" and not context.sample.stored_u8 then
      return "works on bytes, and resized images of one size are cached as floats: say `shorter` and `crop` in "
        .. "`features` instead of `height` and `width`"
    end
  end,
  emit = function(o, context)
    return render.render("{{${s0}, ${s1}}, {${r0}, ${r1}}, ${antialias}}", {
      s0 = o.scale[1] + 0.0, s1 = o.scale[2] + 0.0, r0 = math.log(o.ratio[1]), r1 = math.log(o.ratio[2]),
      antialias = context.features.antialias and 1 or 0,
    })
  end,
}
