-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of relu from its output: dx = dy where y > 0, else 0.

local c = require "generator.backends.c"

local op = {
  name = "relu_dx",
  doc = "Gradient of `relu`: passes `dy` where the output was above zero.",
  inputs = { "dy", "y" }, outputs = { "dx" }, attrs = {},
  infer = function(n) return { dx = { shape = n.inputs.dy.shape } } end,
  cost = function(n) return require("generator.graph.graph").count(n.inputs.dy.shape) end,
  grad = false,
  pointwise = "${y} > 0 ? ${dy} : 0",
  inplace = { dx = "dy" },
  reference = "torch.where(y > 0, dy, torch.zeros_like(dy))",
  tests = { { dy = { 3, 5 }, y = { 3, 5 } } },
}
op.kernels = { c = c.pointwise_kernel(op) }
return op
