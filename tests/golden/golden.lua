-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What is golden: the generated C of a few small pipelines, which together meet every op of training
-- and inference. A refactoring leaves it identical to the byte; where it changes, `make golden` writes
-- it again and its diff is read.

local compile = require "generator.compile"
local pipelines = require "tests.support.pipelines"

local M = {}

M.pipelines = {
  mlp = { model = { kind = "mlp", hidden = { 32 }, dropout = 0.25 }, batch = 10, tail = 4, backends = { "c" },
          isa = "x86-64-v3", optimizer = { kind = "adam", learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999,
                                           eps = 1e-8, weight_decay = 0.0 } },
  cnn = { model = { kind = "sequential", { kind = "conv2d", channels = 8, kernel_size = 3, padding = 1 },
                    { kind = "batch_norm" }, { kind = "relu" }, { kind = "max_pool", kernel_size = 2 },
                    { kind = "concat", { kind = "identity" }, { kind = "avg_pool", kernel_size = 3, stride = 1,
                                                                padding = 1 } },
                    { kind = "global_avg_pool" }, { kind = "linear", outputs = 10 } },
          batch = 4, height = 12, width = 12, backends = { "c" }, isa = "x86-64-v4" },
  -- a stem and one projected residual block, with oneDNN
  residual = {
    model = { kind = "sequential", { kind = "conv2d", channels = 16, kernel_size = 3, padding = 1, bias = false },
              { kind = "batch_norm" }, { kind = "relu" }, { kind = "max_pool", kernel_size = 2 },
              { kind = "add", name = "block",
                { kind = "sequential", { kind = "conv2d", channels = 32, kernel_size = 3, padding = 1, bias = false },
                  { kind = "batch_norm" }, { kind = "relu" },
                  { kind = "conv2d", channels = 32, kernel_size = 3, padding = 1, bias = false },
                  { kind = "batch_norm" } },
                { kind = "sequential", name = "projection", { kind = "conv2d", channels = 32, kernel_size = 1,
                                                              bias = false }, { kind = "batch_norm" } } },
              { kind = "relu" }, { kind = "global_avg_pool" }, { kind = "linear", outputs = 10 } },
    batch = 4, channels = 3, height = 32, width = 32,
  },
}

--- → { ["mlp/train.c"] = text, … }
function M.make()
  local files = {}
  for name, options in pairs(M.pipelines) do -- into a map: order does not matter
    local emitted = assert(compile.compile(pipelines.images(options)))
    for _, f in ipairs(emitted.files) do files[name .. "/" .. f.name] = f.text end
  end
  return files
end

return M
