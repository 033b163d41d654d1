-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Hyperbolic tangent, from one e^(-2 |x|) so that nothing overflows; near zero, where that would lose
-- digits, by a series.

local graph = require "generator.graph.graph"
local elements = require "generator.backends.elements"

return {
  name = "tanh",
  doc = "Hyperbolic tangent, element by element.",
  inputs = { "x" }, outputs = { "y" }, attrs = {},
  infer = function(n) return { y = { shape = n.inputs.x.shape } } end,
  cost = function(n) return 20 * graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d) return { x = g:node("tanh_dx", n.path, { dy = d.y, y = n.outputs.y }).dx } end,
  kernels = elements.kernels {
    of = "x", y = "y", plain = "TANH(x[i])", plain_support = elements.tanh, work = 20,
    fast = "vector_tanh(load_some(x + i, left))", support = { "vector_choose", "vector_exp", "vector_tanh" },
  },
  inplace = { y = "x" },
  reference = "torch.tanh(x)",
  tests = { { x = { 3, 5 } }, { x = { 2, 16, 3, 3 } } },
  layer = {
    kind = "tanh", doc = "Hyperbolic tangent.", fields = {},
    build = function(b, x) return b:op("tanh", { x = x }).y end,
  },
}
