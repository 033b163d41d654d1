-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- ResNet-18, -34 and -50 (He et al. 2016), with torchvision's names, order and initialisation, so that
-- its state dicts load. In the blocks of ResNet-50 the 3x3 convolution has the stride, as in
-- torchvision's ("v1.5"), not the first 1x1 as in the paper.

local blocks_per_stage = { resnet18 = { 2, 2, 2, 2 }, resnet34 = { 3, 4, 6, 3 }, resnet50 = { 3, 4, 6, 3 } }

local function conv(l, name, channels, kernel_size, stride)
  return l.conv2d {
    name = name, channels = channels, kernel_size = kernel_size, stride = stride,
    padding = kernel_size // 2, bias = false, init = "kaiming_normal_fan_out",
  }
end

-- Convolutions beside a shortcut, which is projected where the shape changes.
local function block(l, name, main, inputs, outputs, stride)
  local shortcut = l.identity {}
  if stride ~= 1 or inputs ~= outputs then
    shortcut = l.sequential { name = "downsample", conv(l, nil, outputs, 1, stride), l.batch_norm {} }
  end
  main.name = ""
  return l.sequential { name = name, l.add { name = "", l.sequential(main), shortcut }, l.relu {} }
end

-- Two 3x3 convolutions; returns the block and its output channels.
local function basic_block(l, name, inputs, channels, stride)
  return block(l, name, {
    conv(l, "conv1", channels, 3, stride), l.batch_norm { name = "bn1" }, l.relu {},
    conv(l, "conv2", channels, 3, 1), l.batch_norm { name = "bn2" },
  }, inputs, channels, stride), channels
end

-- 1x1, 3x3, 1x1 to four times the channels.
local function bottleneck(l, name, inputs, channels, stride)
  local outputs = 4 * channels
  return block(l, name, {
    conv(l, "conv1", channels, 1, 1), l.batch_norm { name = "bn1" }, l.relu {},
    conv(l, "conv2", channels, 3, stride), l.batch_norm { name = "bn2" }, l.relu {},
    conv(l, "conv3", outputs, 1, 1), l.batch_norm { name = "bn3" },
  }, inputs, outputs, stride), outputs
end

return {
  kinds = { "resnet18", "resnet34", "resnet50" }, section = "model",
  doc = "Residual network (He et al. 2016) of basic blocks, or for `resnet50` of bottlenecks, as torchvision's.",
  fields = {
    { name = "width", type = "integer", min = 1, default = 64,
      doc = "channels of the first stage (inside its blocks, for `resnet50`); the following stages have 2, 4 and 8 "
        .. "times as many" },
    { name = "stem", type = "enum", allowed = { "imagenet", "small" }, default = "imagenet",
      doc = "`imagenet`: 7x7 convolution of stride 2 and max pooling; `small`: one 3x3 convolution, for "
        .. "images of about 32x32" },
  },
  build = function(l, p, context)
    local layers = { conv(l, "conv1", p.width, p.stem == "small" and 3 or 7, p.stem == "small" and 1 or 2),
                     l.batch_norm { name = "bn1" }, l.relu {} }
    if p.stem == "imagenet" then
      layers[#layers + 1] = l.max_pool { kernel_size = 3, stride = 2, padding = 1 }
    end
    local inputs, make = p.width, p.kind == "resnet50" and bottleneck or basic_block
    for stage, count in ipairs(blocks_per_stage[p.kind]) do
      local channels = p.width * 2 ^ (stage - 1) // 1 | 0
      local blocks = { name = "layer" .. stage }
      for i = 1, count do
        blocks[i], inputs = make(l, tostring(i - 1), inputs, channels, i == 1 and stage > 1 and 2 or 1)
      end
      layers[#layers + 1] = l.sequential(blocks)
    end
    layers[#layers + 1] = l.global_avg_pool {}
    layers[#layers + 1] = l.linear { name = "fc", outputs = context.classes }
    return l.sequential(layers)
  end,
}
