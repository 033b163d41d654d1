-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of linear with respect to its input: dx = dy w^T.

local products = require "generator.backends.products"

return {
  name = "linear_dx",
  doc = "Gradient of `linear` with respect to its input.",
  inputs = { "dy", "w" }, outputs = { "dx" }, attrs = {},
  infer = function(n) return { dx = { shape = { n.inputs.dy.shape[1], n.inputs.w.shape[1] } } } end,
  cost = function(n) return 2 * n.inputs.dy.shape[1] * n.inputs.w.shape[1] * n.inputs.w.shape[2] end,
  grad = false,
  bf16 = products.bf16({ a = "dy", b = "w", form = "nt" }, { "dy", "w", "dx" }),
  kernels = products.kernels { a = "dy", b = "w", y = "dx", form = "nt" },
  reference = "dy @ w.T",
  tests = { { dy = { 4, 3 }, w = { 5, 3 } }, { dy = { 33, 40 }, w = { 17, 40 } } },
}
