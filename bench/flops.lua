-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Floating point operations per sample of the compared models: convolutions and products only, two
-- per multiply-add, the same count for every side. In training each layer costs three times its
-- forward pass (output, gradient by the weights, gradient by the input); the first layer two, because
-- nobody needs the gradient by the data.

local compile = require "generator.compile"
local ops = require "generator.ops"
local registry = require("generator.spec.registry").default()

local M = {}

-- Adds a layer of `forward` operations to the sum.
local function layer(sum, forward, training)
  local times = training and (sum.layers == 0 and 2 or 3) or 1
  sum.layers, sum.flops = sum.layers + 1, sum.flops + times * forward
end

local function conv(sum, training, inputs, outputs, kernel, size)
  layer(sum, 2 * inputs * outputs * kernel * kernel * size * size, training)
end

--- ResNet-18, m = { channels =, size =, width =, classes =, stem = "small" or torchvision's }.
function M.resnet18(m, training)
  local sum = { layers = 0, flops = 0 }
  local size = m.size
  if m.stem == "small" then
    conv(sum, training, m.channels, m.width, 3, size)
  else
    size = (size + 1) // 2
    conv(sum, training, m.channels, m.width, 7, size)
    size = (size + 1) // 2
  end
  local inputs = m.width
  for stage = 1, 4 do
    local outputs = m.width * (1 << (stage - 1))
    if stage > 1 then size = (size + 1) // 2 end
    for block = 1, 2 do
      conv(sum, training, inputs, outputs, 3, size)
      conv(sum, training, outputs, outputs, 3, size)
      if block == 1 and stage > 1 then conv(sum, training, inputs, outputs, 1, size) end
      inputs = outputs
    end
  end
  layer(sum, 2 * inputs * m.classes, training)
  return sum.flops
end

--- One hidden layer of 128.
function M.mlp(m, training)
  local sum = { layers = 0, flops = 0 }
  layer(sum, 2 * m.channels * m.size * m.size * 128, training)
  layer(sum, 2 * 128 * m.classes, training)
  return sum.flops
end

--- Two 3x3 convolutions with pools, two linear layers: bench/specs/cnn.lua.
function M.cnn(m, training)
  local sum = { layers = 0, flops = 0 }
  conv(sum, training, m.channels, 32, 3, m.size)
  conv(sum, training, 32, 64, 3, m.size // 2)
  layer(sum, 2 * 64 * (m.size // 4) ^ 2 * 128, training)
  layer(sum, 2 * 128 * m.classes, training)
  return sum.flops
end

-- A model of the zoo with its defaults: what its own graph says of its convolutions and products.
-- m = { model =, channels =, size =, classes =, width = where it is not the default }.
local function of_graph(m, training)
  local model = { kind = m.model }
  for _, f in ipairs(registry.kinds[m.model].fields) do model[f.name] = f.default end
  model.width = m.width or model.width
  local classes = {}
  for i = 1, m.classes do classes[i] = tostring(i) end
  local sum = { layers = 0, flops = 0 }
  local done, errors = compile.compile({
    name = m.model, classes = classes, sample = { channels = m.channels, height = m.size, width = m.size },
    model = model, train = { optimizer = { kind = "sgd" }, loss = { kind = "cross_entropy" } },
    batch = 2, tail = 0, evaluate = { batch_size = 2 }, predict = { batch_size = 1 },
    target = { isa = "x86-64-v4", threads = 2, backends = { "c" } },
  }, { registry = registry, stop_after = "build", trace = function(g)
    if g.name ~= "predict" then return end
    for _, n in ipairs(g.nodes) do
      if n.op == "conv2d" or n.op == "linear" then layer(sum, ops.by_name[n.op].cost(n), training) end
    end
  end })
  if not done then error(m.model .. ": " .. errors[1].message) end
  return sum.flops
end

for _, name in ipairs { "alexnet", "densenet121", "mobilenet_v2", "resnet34", "resnet50", "vgg16" } do
  M[name] = of_graph
end

return M
