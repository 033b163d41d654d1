-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of relu6 from its output: dx = dy where 0 < y < 6, else 0.

local c = require "generator.backends.c"

local op = {
  name = "relu6_dx",
  doc = "Gradient of `relu6`: passes `dy` where the output was between zero and six.",
  inputs = { "dy", "y" }, outputs = { "dx" },
  attrs = { { name = "ceiling", default = 6, doc = "the bound" } },
  infer = function(n) return { dx = { shape = n.inputs.dy.shape } } end,
  cost = function(n) return require("generator.graph.graph").count(n.inputs.dy.shape) end,
  grad = false,
  pointwise = "(${y} > 0) & (${y} < ${ceiling}) ? ${dy} : 0",
  inplace = { dx = "dy" },
  reference = "torch.where((y > 0) & (y < ceiling), dy, torch.zeros_like(dy))",
  tests = { { dy = { 3, 5 }, y = { 3, 5 }, attrs = { ceiling = 1 } } },
}
op.kernels = { c = c.pointwise_kernel(op) }
return op
