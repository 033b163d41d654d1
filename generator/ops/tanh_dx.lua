-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of tanh from its output: dy (1 - y y).

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"

local op = {
  name = "tanh_dx",
  doc = "Gradient of `tanh`.",
  inputs = { "dy", "y" }, outputs = { "dx" }, attrs = {},
  infer = function(n) return { dx = { shape = n.inputs.dy.shape } } end,
  cost = function(n) return 3 * graph.count(n.inputs.dy.shape) end,
  grad = false,
  pointwise = "${dy} * (1 - ${y} * ${y})",
  inplace = { dx = { "dy", "y" } },
  reference = "dy * (1 - y * y)",
  tests = { { dy = { 3, 5 }, y = { 3, 5 } } },
}
op.kernels = { c = c.pointwise_kernel(op) }
return op
