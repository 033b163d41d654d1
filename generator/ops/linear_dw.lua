-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of linear with respect to its weights, in their memory order (in, out): dw = x^T dy.
-- Every element is one sum over the batch in order, whatever the number of threads.

local products = require "generator.backends.products"

return {
  name = "linear_dw",
  doc = "Gradient of `linear` with respect to its weights.",
  inputs = { "x", "dy" }, outputs = { "dw" }, attrs = {},
  infer = function(n) return { dw = { shape = { n.inputs.x.shape[2], n.inputs.dy.shape[2] } } } end,
  cost = function(n) return 2 * n.inputs.x.shape[1] * n.inputs.x.shape[2] * n.inputs.dy.shape[2] end,
  grad = false,
  bf16 = products.bf16({ a = "x", b = "dy", form = "tn" }, { "x", "dy" }),
  kernels = products.kernels { a = "x", b = "dy", y = "dw", form = "tn" },
  reference = "x.T @ dy",
  tests = { { x = { 4, 5 }, dy = { 4, 3 } }, { x = { 33, 70 }, dy = { 33, 40 } } },
}
