-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of linear with respect to its input: dx = dy w^T; with `more` the gradient of another reader of the
-- input is added, and with `h`, the input of a GELU before it, the sum is multiplied by that one's slope.

local products = require "generator.backends.products"

return {
  name = "linear_dx",
  doc = "Gradient of `linear` with respect to its input.",
  inputs = { "dy", "w", "rows?", "more?", "h?", "panels?" }, outputs = { "dx" }, attrs = {},
  infer = function(n) return { dx = { shape = { n.inputs.dy.shape[1], n.inputs.w.shape[1] } } } end,
  cost = function(n) return 2 * n.inputs.dy.shape[1] * n.inputs.w.shape[1] * n.inputs.w.shape[2] end,
  grad = false,
  bf16 = products.bf16({ a = "dy", b = "w", form = "nt" }, { "dy", "w", "dx" }),
  kernels = products.kernels { a = "dy", b = "w", y = "dx", form = "nt" },
  reference = [[
dx = dy @ w.T
if more is not None:
    dx = dx + more
if h is not None:
    dx = dx * (0.5 * (1 + torch.erf(h / 2 ** 0.5)) + h * torch.exp(-h * h / 2) / (2 * math.pi) ** 0.5)
]],
  tests = {
    { dy = { 4, 3 }, w = { 5, 3 } },
    { dy = { 33, 40 }, w = { 17, 40 } },
    { dy = { 7, 400 }, w = { 20, 400 }, more = { 7, 20 }, h = { 7, 20 }, int = { rows = { 2, values = { 0, 7 } } } },
    { dy = { 13, 40 }, w = { 32, 40 }, more = { 13, 32 }, int = { rows = { 2, values = { 0, 13 } } } },
  },
}
