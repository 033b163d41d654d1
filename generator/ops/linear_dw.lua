-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of linear with respect to its weights, in their memory order (in, out): dw = x^T dy.
-- Every element is one sum over the batch in order, whatever the number of threads. `bias`: the sum of dy, the
-- bias's gradient, is made on the way.

local products = require "generator.backends.products"

return {
  name = "linear_dw",
  doc = "Gradient of `linear` with respect to its weights.",
  inputs = { "x", "dy", "rows?" }, outputs = { "dw", "db", "scratch" },
  attrs = {
    { name = "bias", default = false, doc = "give the sum of `dy` too" },
    { name = "scratch", optional = true, doc = "numbers of memory that the kernel works in" },
  },
  infer = function(n)
    local outputs = n.inputs.dy.shape[2]
    return { dw = { shape = { n.inputs.x.shape[2], outputs } }, db = n.attrs.bias and { shape = { outputs } } or nil,
             scratch = n.attrs.scratch and { shape = { n.attrs.scratch } } or nil }
  end,
  cost = function(n) return 2 * n.inputs.x.shape[1] * n.inputs.x.shape[2] * n.inputs.dy.shape[2] end,
  grad = false,
  bf16 = products.bf16({ a = "x", b = "dy", form = "tn" }, { "x", "dy" }),
  kernels = products.kernels { a = "x", b = "dy", y = "dw", form = "tn" },
  reference = [[
dw = x.T @ dy
if bias:
    db = dy.sum(0)
]],
  tests = {
    { x = { 4, 5 }, dy = { 4, 3 }, outputs = { "dw" } },
    { x = { 33, 70 }, dy = { 33, 40 }, outputs = { "dw" } },
    { x = { 13, 20 }, dy = { 13, 35 }, outputs = { "dw", "db" }, attrs = { bias = true },
      int = { rows = { 3, values = { 0, 9, 13 } } } },
    { x = { 400, 7 }, dy = { 400, 16 }, outputs = { "dw", "db" }, attrs = { bias = true },
      int = { rows = { 3, values = { 0, 9, 400 } } } },
  },
}
