-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Logistic sigmoid, 1 / (1 + exp(-x)).

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"

local op = {
  name = "sigmoid",
  doc = "Logistic sigmoid, element by element.",
  inputs = { "x" }, outputs = { "y" }, attrs = {},
  infer = function(n) return { y = { shape = n.inputs.x.shape } } end,
  cost = function(n) return 4 * graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d) return { x = g:node("sigmoid_dx", n.path, { dy = d.y, y = n.outputs.y }).dx } end,
  pointwise = "1 / (1 + EXP(-(${x})))",
  inplace = { y = "x" },
  reference = "torch.sigmoid(x)",
  tests = { { x = { 3, 5 } }, { x = { 2, 16, 3, 3 } } },
  layer = {
    kind = "sigmoid", doc = "Logistic sigmoid.", fields = {},
    build = function(b, x) return b:op("sigmoid", { x = x }).y end,
  },
}
op.kernels = { c = c.pointwise_kernel(op) }
return op
