-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- VGG-11, -13, -16 and -19 (Simonyan and Zisserman 2015), plain and with batch normalisation, with
-- torchvision's names, order and initialisation, so that its state dicts load: features.0 …,
-- classifier.0, .3 and .6.

-- Convolutions of each of the five stages; a max pool ends a stage.
local depths = {
  vgg11 = { 1, 1, 2, 2, 2 }, vgg13 = { 2, 2, 2, 2, 2 }, vgg16 = { 2, 2, 3, 3, 3 }, vgg19 = { 2, 2, 4, 4, 4 },
}
local widths = { 1, 2, 4, 8, 8 }

return {
  kinds = { "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn" },
  section = "model",
  doc = "Stages of 3x3 convolutions and three linear layers (Simonyan and Zisserman 2015), as torchvision's; "
    .. "`_bn` has batch normalisation after every convolution.",
  fields = {
    { name = "width", type = "integer", min = 1, default = 64,
      doc = "channels of the first stage; the following stages have 2, 4, 8 and 8 times as many" },
    { name = "hidden", type = "integer", min = 1, default = 4096, doc = "size of the two hidden linear layers" },
    { name = "dropout", type = "number", min = 0, below = 1, default = 0.5,
      doc = "probability of zero after each hidden linear layer" },
    { name = "stem", type = "enum", allowed = { "imagenet", "small" }, default = "imagenet",
      doc = "`imagenet`: a pool after every stage, for images of at least 32x32; `small`: none after the first, "
        .. "for at least 16x16" },
    { name = "pool", type = "integer", min = 1,
      doc = "height and width of the image that the linear layers see; default: 7, with the small stem 1" },
  },
  build = function(l, p, context)
    local small = p.stem == "small"
    local depth, normalised = p.kind:match("^(vgg%d+)"), p.kind:find("_bn$") ~= nil
    local features = { name = "features" }
    for stage, count in ipairs(depths[depth]) do
      for _ = 1, count do
        features[#features + 1] = l.conv2d {
          channels = widths[stage] * p.width, kernel_size = 3, padding = 1, init = "kaiming_normal_fan_out",
          bias_init = "zero",
        }
        if normalised then features[#features + 1] = l.batch_norm {} end
        features[#features + 1] = l.relu {}
      end
      -- the place of a pool left out stays empty: names are the same with either stem
      local pools = not (small and stage == 1)
      features[#features + 1] = pools and l.max_pool { kernel_size = 2, stride = 2 } or l.identity {}
    end
    local function linear(outputs) return l.linear { outputs = outputs, init = "normal", bias_init = "zero" } end
    return l.sequential {
      l.sequential(features),
      l.adaptive_avg_pool { name = "avgpool", output_size = p.pool or small and 1 or 7 },
      l.flatten { name = "flatten" },
      l.sequential {
        name = "classifier",
        linear(p.hidden), l.relu {}, l.dropout { p = p.dropout },
        linear(p.hidden), l.relu {}, l.dropout { p = p.dropout },
        linear(context.classes),
      },
    }
  end,
}
