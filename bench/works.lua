-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What is compared: groups of lines, each group one executable at one number of threads.
--
--   { name = "resnet224",               the word that selects it: `lua5.4 bench/run.lua resnet224`
--     title = "…", spec = "bench/specs/x.lua", threads = 2,
--     images = { size =, count = },     what bench/data.lua makes for the spec's lock
--     lines = { { title =, entry =,     entry of the executable that is measured
--                 unit = "images", batch =, flops =,          per step
--                 modes = { … },                              of bench/peers/torch_peer.py
--     precision = "bf16",               where both sides compute so (absent: fp32)
--                 request = { … } }, … } }                    what the peer is asked to prepare

local models = require "bench.flops"

local PLAIN = { "eager", "channels_last" }
local EAGER = { "eager", "channels_last", "compile", "compile_channels_last" }
local INFER = { "eager", "channels_last", "compile", "compile_channels_last", "onnx" }
local PLAIN_INFER = { "eager", "channels_last", "onnx" }
local TUNED = { "plain", "foreach", "fused", "compile_fused", "functional", "manual", "manual_compile",
                "manual_autotune" }

-- In bf16, the model as a whole or by autocast: which is faster depends on the work.
local BF16 = { "eager", "channels_last", "autocast", "autocast_channels_last" }

local M = {}

-- Gives lines of more than one sample another batch.
local function with_batch(groups, batch)
  for _, g in ipairs(groups) do
    for _, l in ipairs(g.lines) do
      if l.batch > 1 then
        l.title, l.flops = l.title:gsub("batch %d+", "batch " .. batch), l.flops / l.batch * batch
        l.batch, l.request.batch = batch, batch
      end
    end
  end
  return groups
end

-- The line of one entry. `model` names the peer's model and a function of bench/flops.lua.
local function line(title, entry, phase, batch, modes, model)
  local request = { phase = phase, batch = batch }
  for _, name in ipairs { "model", "channels", "size", "classes", "width", "stem" } do request[name] = model[name] end
  if phase == "train" then
    request.momentum, request.weight_decay = model.momentum, model.weight_decay
  end
  return { title = title, entry = entry, batch = batch, modes = modes, request = request,
           flops = batch * models[model.model](model, phase == "train") }
end

local function group(name, title, spec, threads, images, lines)
  for _, l in ipairs(lines) do l.request.threads = threads end
  return { name = name, title = title, spec = spec, threads = threads, images = images, lines = lines }
end

-- A group in bf16 on both sides.
local function in_bf16(g)
  g.precision = "bf16"
  for _, l in ipairs(g.lines) do l.request.precision = "bf16" end
  return g
end

--- All groups, in the order of the table. A fresh list each time. `other`: the batch of every line that has more than
--- one sample, in place of its own.
function M.groups(other)
  local large = { model = "resnet18", channels = 3, size = 224, classes = 10, width = 64, momentum = 0.9,
                  weight_decay = 1e-4 }
  local small = { model = "resnet18", channels = 1, size = 64, classes = 10, width = 64, momentum = 0.9,
                  weight_decay = 1e-4 }
  local cifar = { model = "resnet18", channels = 3, size = 32, classes = 10, width = 64, stem = "small",
                  momentum = 0.9, weight_decay = 1e-4 }
  local narrow = { model = "resnet18", channels = 3, size = 224, classes = 10, width = 16, momentum = 0.9,
                   weight_decay = 1e-4 }
  local cnn = { model = "cnn", channels = 1, size = 28, classes = 10, momentum = 0.9, weight_decay = 0 }
  local mlp = { model = "mlp", channels = 1, size = 28, classes = 10, momentum = 0, weight_decay = 0 }
  local groups = {
    group("resnet224", "ResNet-18, 3x224x224", "bench/specs/resnet18_224.lua", 2, { size = 224, count = 32 }, {
      line("training, batch 16", "train_step", "train", 16, EAGER, large),
      line("inference, batch 16", "evaluate_step", "infer", 16, INFER, large),
      line("inference, batch 1", "predict", "infer", 1, INFER, large),
    }),
    in_bf16(group("resnet224_bf16", "ResNet-18, 3x224x224, bf16", "bench/specs/resnet18_224.lua", 2,
      { size = 224, count = 32 }, {
        line("training, batch 16", "train_step", "train", 16, BF16, large),
        line("inference, batch 16", "evaluate_step", "infer", 16, BF16, large),
        line("inference, batch 1", "predict", "infer", 1, BF16, large),
      })),
    group("resnet64", "ResNet-18, 1x64x64 (the demo's shape)", "bench/specs/resnet18_64.lua", 2,
      { size = 64, count = 64 }, {
        line("training, batch 32", "train_step", "train", 32, EAGER, small),
        line("inference, batch 32", "evaluate_step", "infer", 32, INFER, small),
        line("inference, batch 1", "predict", "infer", 1, INFER, small),
      }),
    group("cifar", "ResNet-18 for small images, 3x32x32", "bench/specs/resnet18_32.lua", 2,
      { size = 32, count = 64 }, {
        line("training, batch 64", "train_step", "train", 64, EAGER, cifar),
      }),
    group("narrow", "ResNet-18 of width 16, 3x224x224", "bench/specs/resnet18_narrow.lua", 2,
      { size = 224, count = 32 }, {
        line("training, batch 32", "train_step", "train", 32, EAGER, narrow),
      }),
    group("cnn", "two convolutions and two linear layers, 1x28x28", "bench/specs/cnn.lua", 2,
      { size = 28, count = 64 }, {
        line("training, batch 32", "train_step", "train", 32, EAGER, cnn),
        line("inference, batch 32", "evaluate_step", "infer", 32, INFER, cnn),
      }),
  }
  for _, name in ipairs { "alexnet", "vgg16", "densenet121", "resnet34", "resnet50", "mobilenet_v2" } do
    local m = { model = name, channels = 3, size = 224, classes = 10, width = name == "resnet34" and 64 or nil,
                momentum = 0.9, weight_decay = 1e-4 }
    groups[#groups + 1] = models[name] and group(name, name .. ", 3x224x224", "bench/specs/" .. name .. "_224.lua", 2,
      { size = 224, count = 32 }, {
        line("training, batch 16", "train_step", "train", 16, PLAIN, m),
        line("inference, batch 16", "evaluate_step", "infer", 16, PLAIN_INFER, m),
        line("inference, batch 1", "predict", "infer", 1, PLAIN_INFER, m),
      })
  end
  for threads = 1, 2 do
    groups[#groups + 1] = group("mlp" .. threads, "MLP 784-128-10", "bench/specs/mlp.lua", threads,
      { size = 28, count = 64 }, {
        line("training, batch 32", "train_step", "train", 32, TUNED, mlp),
        line("inference, batch 32", "evaluate_step", "infer", 32, { "eager", "compile", "onnx" }, mlp),
        line("inference, batch 1", "predict", "infer", 1, { "eager", "compile", "onnx" }, mlp),
      })
  end
  return other and with_batch(groups, other) or groups
end

--- The names of all groups, and `more`, as a set.
function M.names(more)
  local names = {}
  for _, g in ipairs(M.groups()) do names[g.name] = true end
  for _, name in ipairs(more) do names[name] = true end
  return names
end

--- The program that has a mode.
function M.script(mode)
  return mode == "onnx" and "bench/peers/onnx_peer.py" or "bench/peers/torch_peer.py"
end

return M
