-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Rectified linear unit, y = max(x, 0). A NaN stays a NaN.

local c = require "generator.backends.c"

local op = {
  name = "relu",
  doc = "Rectified linear unit: `max(x, 0)`.",
  inputs = { "x" }, outputs = { "y" }, attrs = {},
  infer = function(n) return { y = { shape = n.inputs.x.shape } } end,
  cost = function(n) return require("generator.graph.graph").count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    return { x = g:node("relu_dx", n.path, { dy = d.y, y = n.outputs.y }).dx }
  end,
  pointwise = "${x} <= 0 ? 0 : ${x}",
  inplace = { y = "x" },
  reference = "F.relu(x)",
  tests = { { x = { 3, 5 } }, { x = { 2, 16, 3, 3 } } },
  layer = {
    kind = "relu", doc = "Rectified linear unit.", fields = {},
    build = function(b, x) return b:op("relu", { x = x }).y end,
  },
}
op.kernels = { c = c.pointwise_kernel(op) }
return op
