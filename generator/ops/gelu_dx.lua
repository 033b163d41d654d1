-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of gelu from its input: dy (P(X <= x) + x p(x)), p the density of the standard normal.

local graph = require "generator.graph.graph"
local elements = require "generator.backends.elements"

return {
  name = "gelu_dx",
  doc = "Gradient of `gelu`.",
  inputs = { "dy", "x", "rows?" }, outputs = { "dx" }, attrs = {},
  infer = function(n) return { dx = { shape = n.inputs.x.shape } } end,
  cost = function(n) return 35 * graph.count(n.inputs.x.shape) end,
  grad = false,
  kernels = elements.kernels {
    of = "x", y = "dx",
    plain = "dy[i] * ((real)0.5 * ERFC(x[i] * (real)-0.70710678118654752)"
      .. " + x[i] * (real)0.3989422804014327 * EXP(x[i] * x[i] * (real)-0.5))",
    fast = "load_some(dy + i, left) * gelu_slope(load_some(x + i, left))",
    support = { "vector_choose", "vector_exp", "vector_gelu" }, plain_support = elements.erfc, work = 35,
  },
  inplace = { dx = { "dy", "x" } },
  reference = "dy * (0.5 * (1 + torch.erf(x / 2 ** 0.5)) + x * torch.exp(-x * x / 2) / (2 * math.pi) ** 0.5)",
  tests = { { dy = { 3, 5 }, x = { 3, 5 } },
            { dy = { 5, 9 }, x = { 5, 9 }, int = { rows = { 2, values = { 0, 5 } } } } },
}
