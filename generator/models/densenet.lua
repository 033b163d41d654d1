-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- DenseNet-121 (Huang et al. 2017), with torchvision's names, order and initialisation, so that its state
-- dict loads. Every layer of a block sees the outputs of all layers before it; here each adds its
-- `growth` channels behind what has come so far.

local blocks = { 6, 12, 24, 16 }

local function conv(l, name, channels, size, stride)
  return l.conv2d {
    name = name, channels = channels, kernel_size = size, stride = stride or 1, padding = size // 2, bias = false,
    init = "kaiming_normal_fan_in",
  }
end

local function dense_layer(l, p, index)
  return l.concat {
    name = "denselayer" .. index,
    l.identity {},
    l.sequential {
      name = "",
      l.batch_norm { name = "norm1" }, l.relu {}, conv(l, "conv1", p.bottleneck * p.growth, 1),
      l.batch_norm { name = "norm2" }, l.relu {}, conv(l, "conv2", p.growth, 3),
      l.dropout { p = p.dropout },
    },
  }
end

return {
  kinds = { "densenet121" }, section = "model",
  doc = "Densely connected network (Huang et al. 2017), as torchvision's.",
  fields = {
    { name = "width", type = "integer", min = 2, default = 64, doc = "channels of the first convolution" },
    { name = "growth", type = "integer", min = 1, default = 32, doc = "channels each layer of a block adds" },
    { name = "bottleneck", type = "integer", min = 1, default = 4,
      doc = "the 1x1 convolution of a layer has this many times `growth` channels" },
    { name = "dropout", type = "number", min = 0, below = 1, default = 0,
      doc = "probability of zero of what a layer adds" },
    { name = "stem", type = "enum", allowed = { "imagenet", "small" }, default = "imagenet",
      doc = "`imagenet`: 7x7 convolution of stride 2 and max pooling, for images of at least 29x29; `small`: one "
        .. "3x3 convolution, for at least 8x8" },
  },
  build = function(l, p, context)
    local small = p.stem == "small"
    local features = {
      name = "features",
      conv(l, "conv0", p.width, small and 3 or 7, small and 1 or 2), l.batch_norm { name = "norm0" }, l.relu {},
    }
    if not small then
      features[#features + 1] = l.max_pool { name = "pool0", kernel_size = 3, stride = 2, padding = 1 }
    end
    local channels = p.width
    for b, count in ipairs(blocks) do
      local block = { name = "denseblock" .. b }
      for i = 1, count do block[i] = dense_layer(l, p, i) end
      features[#features + 1] = l.sequential(block)
      channels = channels + count * p.growth
      if b < #blocks then
        channels = channels // 2
        features[#features + 1] = l.sequential {
          name = "transition" .. b,
          l.batch_norm { name = "norm" }, l.relu {}, conv(l, "conv", channels, 1),
          l.avg_pool { name = "pool", kernel_size = 2, stride = 2 },
        }
      end
    end
    features[#features + 1] = l.batch_norm { name = "norm5" }
    return l.sequential {
      l.sequential(features), l.relu {}, l.global_avg_pool {},
      l.linear { name = "classifier", outputs = context.classes, bias_init = "zero" },
    }
  end,
}
