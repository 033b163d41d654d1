-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of a batch norm with running statistics by its input: they are constants, so it is
-- dy gamma / sqrt(var + eps). Only where the layer is frozen and something below it trains.

local graph = require "generator.graph.graph"
local normalisations = require "generator.backends.normalisations"

return {
  name = "batch_norm_inference_dx",
  doc = "Input gradient of `batch_norm_inference`.",
  inputs = { "dy", "gamma", "running_var" }, outputs = { "dx" },
  attrs = { { name = "eps", default = 1e-5, doc = "added to the variance" } },
  infer = function(n) return { dx = { shape = n.inputs.dy.shape } } end,
  cost = function(n) return graph.count(n.inputs.dy.shape) end,
  grad = false,
  bf16 = normalisations.bf16 { "dy", "dx" },
  kernels = normalisations.inference_backward,
  inplace = { dx = "dy" },
  reference = "dy * (gamma / torch.sqrt(running_var.abs() + eps)).reshape(1, -1, *([1] * (dy.dim() - 2)))",
  tests = {
    { dy = { 4, 3 }, gamma = { 3 }, running_var = { 3 }, positive = { "running_var" } },
    { dy = { 2, 20, 3, 3 }, gamma = { 20 }, running_var = { 20 }, positive = { "running_var" } },
  },
}
