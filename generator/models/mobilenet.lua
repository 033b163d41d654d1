-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- MobileNet v2 (Sandler et al. 2018): inverted residuals with depthwise convolutions, with torchvision's
-- names, order and initialisation, so that its state dict loads.

-- Stages: expansion (1, or the model's), channels at width 1, blocks, stride of the first block.
local stages = {
  { false, 16, 1, 1 }, { true, 24, 2, 2 }, { true, 32, 3, 2 }, { true, 64, 4, 2 }, { true, 96, 3, 1 },
  { true, 160, 3, 2 }, { true, 320, 1, 1 },
}

-- The multiple of 8 nearest to `value`, at least 8, and not more than a tenth below it.
local function rounded(value)
  local channels = math.max(8, math.floor(value + 4) // 8 * 8)
  return (channels < 0.9 * value and channels + 8 or channels) | 0
end

local function conv(l, channels, size, stride, groups)
  return l.conv2d {
    channels = channels, kernel_size = size, stride = stride, padding = size // 2, groups = groups, bias = false,
    init = "kaiming_normal_fan_out",
  }
end

-- Convolution, batch norm, ReLU6: three places of a sequential, as torchvision counts them.
local function unit(l, channels, size, stride, groups)
  return l.sequential { conv(l, channels, size, stride, groups), l.batch_norm {}, l.relu6 {} }
end

local function inverted_residual(l, inputs, outputs, stride, expansion)
  local hidden = inputs * expansion
  local main = { name = "conv" }
  if expansion ~= 1 then main[1] = unit(l, hidden, 1, 1, 1) end
  main[#main + 1] = unit(l, hidden, 3, stride, hidden)
  main[#main + 1] = conv(l, outputs, 1, 1, 1)
  main[#main + 1] = l.batch_norm {}
  if stride ~= 1 or inputs ~= outputs then return l.sequential { l.sequential(main) } end
  return l.add { l.sequential(main), l.identity {} }
end

return {
  kinds = { "mobilenet_v2" }, section = "model",
  doc = "Inverted residuals with depthwise convolutions and ReLU6 (Sandler et al. 2018), as torchvision's.",
  fields = {
    { name = "width", type = "number", above = 0, default = 1.0,
      doc = "multiplier of every layer's channels, rounded to multiples of 8" },
    { name = "expansion", type = "integer", min = 1, default = 6,
      doc = "a block's hidden channels are this many times its input's" },
    { name = "head", type = "integer", min = 1, default = 1280,
      doc = "channels of the last convolution, multiplied by `width` where that is above 1" },
    { name = "dropout", type = "number", min = 0, below = 1, default = 0.2,
      doc = "probability of zero before the linear layer" },
    { name = "stem", type = "enum", allowed = { "imagenet", "small" }, default = "imagenet",
      doc = "`imagenet`: the image is halved five times; `small`: three times, for images of about 32x32" },
  },
  build = function(l, p, context)
    local small = p.stem == "small"
    local inputs = rounded(32 * p.width)
    local features = { name = "features", unit(l, inputs, 3, small and 1 or 2, 1) }
    for index, stage in ipairs(stages) do
      local outputs = rounded(stage[2] * p.width)
      for i = 1, stage[3] do
        local stride = i == 1 and not (small and index == 2) and stage[4] or 1
        features[#features + 1] = inverted_residual(l, inputs, outputs, stride, stage[1] and p.expansion or 1)
        inputs = outputs
      end
    end
    features[#features + 1] = unit(l, rounded(p.head * math.max(1, p.width)), 1, 1, 1)
    return l.sequential {
      l.sequential(features), l.global_avg_pool {},
      l.sequential {
        name = "classifier",
        l.dropout { p = p.dropout },
        l.linear { outputs = context.classes, init = "normal", bias_init = "zero" },
      },
    }
  end,
}
