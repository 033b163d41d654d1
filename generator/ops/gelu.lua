-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gaussian error linear unit (Hendrycks and Gimpel 2016), x P(X <= x) for a standard normal X: the exact
-- form with erf, as BERT has it, not the approximation by tanh. The model `bert` writes it into the product
-- before it (attribute `gelu` of linear); as a layer of its own it is a node of its own.

local graph = require "generator.graph.graph"
local elements = require "generator.backends.elements"

return {
  name = "gelu",
  doc = "Gaussian error linear unit, `x * (1 + erf(x / sqrt(2))) / 2`.",
  inputs = { "x", "rows?" }, outputs = { "y" }, attrs = {},
  infer = function(n) return { y = { shape = n.inputs.x.shape } } end,
  cost = function(n) return 30 * graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    return { x = g:node("gelu_dx", n.path, { dy = d.y, x = n.inputs.x, rows = n.inputs.rows }).dx }
  end,
  kernels = elements.kernels {
    of = "x", y = "y", plain = "x[i] * (real)0.5 * ERFC(x[i] * (real)-0.70710678118654752)",
    fast = "gelu(load_some(x + i, left))", support = { "vector_choose", "vector_exp", "vector_gelu" },
    plain_support = elements.erfc, work = 30,
  },
  inplace = { y = "x" },
  reference = "F.gelu(x)",
  tests = { { x = { 3, 5 } }, { x = { 2, 16, 3, 3 } }, { x = { 5, 8 }, int = { rows = { 3, values = { 0, 2, 5 } } } } },
  layer = {
    kind = "gelu", doc = "Gaussian error linear unit, as torch.nn.GELU.", fields = {},
    build = function(b, x) return b:op("gelu", { x = x }).y end,
  },
}
