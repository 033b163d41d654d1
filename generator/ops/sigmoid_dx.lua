-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of the sigmoid from its output: dy y (1 - y).

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"

local op = {
  name = "sigmoid_dx",
  doc = "Gradient of `sigmoid`.",
  inputs = { "dy", "y" }, outputs = { "dx" }, attrs = {},
  infer = function(n) return { dx = { shape = n.inputs.dy.shape } } end,
  cost = function(n) return 3 * graph.count(n.inputs.dy.shape) end,
  grad = false,
  pointwise = "${dy} * ${y} * (1 - ${y})",
  inplace = { dx = { "dy", "y" } },
  reference = "dy * y * (1 - y)",
  tests = { { dy = { 3, 5 }, y = { 3, 5 } } },
}
op.kernels = { c = c.pointwise_kernel(op) }
return op
